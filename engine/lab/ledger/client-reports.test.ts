import { MessageChannel, receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ScriptedGroup } from '../../client/consumer/scripted-group.testkit.ts';
import { utf8 } from '../../base/text.ts';
import { noCodecs } from '../../record/index.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { flushReports, reportedConsumer, reportedProducer } from './client-reports.ts';
import type { ClientReport } from './ledger-messages.ts';

let world: SimWorld;
let group: ScriptedGroup;
let ends: { readonly port1: MessagePort; readonly port2: MessagePort };

beforeEach(async () => {
  world = new SimWorld(41);
  group = new ScriptedGroup(world, [1, 2]);
  group.cluster.addTopic('orders', 2);
  ends = new MessageChannel();
  await group.cluster.start();
});

afterEach(() => ends.port1.close());

/** What lies in the ledger's port: it stays there although the thread that posted it is ended. */
function told(): readonly ClientReport[] {
  const reports: ClientReport[] = [];
  for (let next = receiveMessageOnPort(ends.port2); next !== undefined; next = receiveMessageOnPort(ends.port2)) {
    reports.push(next.message as ClientReport);
  }
  return reports;
}

function options(configs: Readonly<Record<string, string>>) {
  const { clock, network, random } = world.node('client').env;
  const all = { 'bootstrap.servers': group.cluster.bootstrap, ...configs };
  return { env: { clock, network, random }, codecs: noCodecs, configs: all, onEvent: () => {} };
}

describe('a reported consumer', () => {
  it('has told what poll() returned when the application gets it, and before any commit of it arrives', async () => {
    const consumer = reportedConsumer(
      ends.port1,
      options({ 'group.id': 'billing', 'auto.offset.reset': 'earliest', 'auto.commit.interval.ms': '50' }),
    );
    consumer.subscribe(['orders']);
    const given = new Set<string>();
    const members = new Set<string>();
    const hear = (): void => {
      for (const report of told()) {
        if (report.type === 'owns') members.add(report.member);
        if (report.type !== 'polled') continue;
        let at = 0;
        for (const [index, topic] of report.topics.entries()) {
          const to = at + report.counts[index]!;
          for (; at < to; at++) given.add(`${topic}-${report.partitions[index]!}@${report.offsets[at]!}`);
        }
      }
    };
    let commits = 0;
    for (let turn = 0; turn < 60; turn++) {
      group.produce('orders', turn % 2, ['a', 'b', 'c']);
      const polled = consumer.poll(100).then((records) => {
        hear();
        for (const { topic, partition, offset } of records) expect(given).toContain(`${topic}-${partition}@${offset}`);
      });
      await world.complete(polled);
      await world.run(20);
      hear();
      for (const [partition, { offset }] of group.committed) {
        commits += 1;
        if (offset > 0) expect(given).toContain(`${partition}@${offset - 1}`);
      }
    }
    expect(commits).toBeGreaterThan(10);
    expect(members).toEqual(new Set(group.members.keys()));
    consumer.abandon();
  });
});

describe('a reported producer', () => {
  it('tells at once what it has gathered when its thread is about to stand still', () => {
    const producer = reportedProducer(ends.port1, options({}));
    const outcome = producer.send({ topic: 'orders', key: null, value: utf8('a') });
    outcome.catch(() => {});
    expect(told().map(({ type }) => type)).toEqual(['producer']);
    flushReports();
    expect(told()).toMatchObject([{ type: 'sends', sent: [{ topic: 'orders', firstN: 1, keys: [null] }] }]);
    flushReports();
    expect(told()).toEqual([]);
  });
});
