/**
 * The lab's own consumer beside the official Java consumer, against the same lab: members of both kinds in one group, in
 * every mixture, have to hear and own the same at every step, whoever leads; and refuse the same configs in the same words.
 * It runs where a JDK and the official jars are found.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Consumer, KafkaError, parseConsumerConfigs } from '../../engine/client/index.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { compileJavaPrograms, type JavaPrograms } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { type LabProcess, startLabProcess } from './lab-process.ts';

const partitionCount = 6;
const assignors = {
  range: 'RangeAssignor',
  roundrobin: 'RoundRobinAssignor',
  sticky: 'StickyAssignor',
  'cooperative-sticky': 'CooperativeStickyAssignor',
};
const patienceMs = 40_000;
const quick = ['heartbeat.interval.ms', '300'];
/** Of the member that falls silent, so that it is noticed soon; the others' is long, however slow the machine is. */
const shortSession = ['session.timeout.ms', '5000'];

interface Told {
  readonly owned: string;
  readonly heard: readonly string[];
  /** Java's class of what ended it. */
  readonly failure: string;
}

/** A group member of either kind. */
interface Peer {
  tell(): Promise<Told>;
  close(): Promise<void>;
  /** Ends without a word to the group. */
  vanish(): Promise<void>;
}

type Kind = 'ours' | 'java';
type StartPeer = (kind: Kind, name: string, topic: string, group: string, configs: readonly string[]) => Promise<Peer>;

/** The Java members, all in one process. */
class JavaPeers {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];
  #count = 0;

  constructor(programs: JavaPrograms, bootstrapServers: string) {
    const { command, args } = programs.command('ConsumerPeers', bootstrapServers);
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface(this.#child.stdout!).on('line', (line) => this.#waiting.shift()?.(line));
  }

  ask(...words: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin!.write(`${words.join('\t')}\n`);
    });
  }

  async start(topic: string, group: string, configs: readonly string[]): Promise<Peer> {
    const id = `peer-${this.#count++}`;
    await this.ask('start', id, topic, group, ...configs);
    return {
      tell: async () => {
        const [owned = '', heard = '', failure = ''] = (await this.ask('tell', id)).split('\t');
        return { owned, heard: heard === '' ? [] : heard.split(';'), failure };
      },
      close: async () => void (await this.ask('end', id, 'closed')),
      vanish: async () => void (await this.ask('end', id, 'silent')),
    };
  }

  stop(): void {
    this.#child.kill();
  }
}

function javaClassOf(code: string): string {
  if (code.endsWith('Exception')) return code;
  const words = code.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `${words.join('')}Exception`;
}

function asConfigs(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.flatMap((name, i) => (i % 2 === 0 ? [[name, words[i + 1] ?? '']] : [])));
}

/** As `java/Member.java`: polls until it is told to go, and remembers what its listener heard. */
function startOurs(bootstrapServers: string, topic: string, group: string, configs: readonly string[]): Peer {
  const heard: string[] = [];
  const state = { failure: '', ended: false };
  const numbers = (partitions: readonly { readonly partition: number }[]): string =>
    `[${partitions.map(({ partition }) => partition).join(', ')}]`;
  const consumer = new Consumer({
    env: nodeEnv('.', () => {}),
    codecs: nodeCodecs,
    configs: {
      'bootstrap.servers': bootstrapServers,
      'group.id': group,
      'auto.offset.reset': 'earliest',
      ...asConfigs(configs),
    },
    onEvent: () => {},
  });
  consumer.subscribe([topic], {
    onPartitionsAssigned: (partitions) => void heard.push(`assigned ${numbers(partitions)}`),
    onPartitionsRevoked: (partitions) => void heard.push(`revoked ${numbers(partitions)}`),
    onPartitionsLost: (partitions) => void heard.push(`lost ${numbers(partitions)}`),
  });
  const polling = (async () => {
    try {
      while (!state.ended) await consumer.poll(100);
    } catch (error) {
      const { code } = error as KafkaError;
      if (code !== 'WakeupException' && !state.ended) state.failure = javaClassOf(code);
    }
    if (state.failure !== '') await consumer.close();
  })();
  return {
    tell: async () => ({ owned: numbers(consumer.assignment()), heard: [...heard], failure: state.failure }),
    close: async () => {
      state.ended = true;
      consumer.wakeup();
      await polling;
      await consumer.close();
    },
    vanish: async () => {
      state.ended = true;
      consumer.abandon();
      await polling;
    },
  };
}

async function owned(peer: Peer): Promise<number[]> {
  return JSON.parse((await peer.tell()).owned) as number[];
}

/** Every partition has one owner, and all have as many. */
async function settled(...peers: Peer[]): Promise<number[][]> {
  let all: number[][] = [];
  await vi.waitUntil(
    async () => {
      all = await Promise.all(peers.map(owned));
      const share = partitionCount / peers.length;
      return new Set(all.flat()).size === partitionCount && all.every(({ length }) => length === share);
    },
    { timeout: patienceMs, interval: 50 },
  );
  return all;
}

/** One grows to three, one closes, one falls silent: what everybody owned at each step, and heard. */
async function departures(start: StartPeer, kinds: readonly Kind[], assignor: keyof typeof assignors) {
  const group = `${assignor}-${kinds.join('-')}`;
  const strategy = `org.apache.kafka.clients.consumer.${assignors[assignor]}`;
  const peer = (index: number): Promise<Peer> => {
    const name = ['a', 'b', 'c'][index] ?? '';
    const configs = ['client.id', name, 'partition.assignment.strategy', strategy, ...quick];
    const session = index === 0 ? shortSession : [];
    return start(kinds[index] ?? 'ours', name, 'shared', group, [...configs, ...session]);
  };
  const a = await peer(0);
  const steps = [await settled(a)];
  const b = await peer(1);
  steps.push(await settled(a, b));
  const c = await peer(2);
  steps.push(await settled(a, b, c));
  await b.close();
  steps.push(await settled(a, c));
  await a.vanish();
  steps.push(await settled(c));
  await c.close();
  return { steps, heardByB: await heardBy(b), heardByC: await heardBy(c) };
}

/**
 * Calls of one kind behind each other as one: in how many rounds a cooperative group hands partitions on depends on who of
 * the members is faster to join again.
 */
async function heardBy(peer: Peer): Promise<string[]> {
  const calls: { what: string; partitions: number[] }[] = [];
  for (const heard of (await peer.tell()).heard) {
    const what = heard.slice(0, heard.indexOf(' '));
    const partitions = JSON.parse(heard.slice(what.length)) as number[];
    const last = calls.at(-1);
    if (last?.what === what) last.partitions.push(...partitions);
    else if (partitions.length > 0) calls.push({ what, partitions });
  }
  return calls.map(({ what, partitions }) => `${what} ${partitions.sort((x, y) => x - y).join(' ')}`);
}

/** A static member closes and comes back, a second one of its name comes: what all hear, and what ends the first. */
async function staticMembers(start: StartPeer, kinds: readonly Kind[]) {
  const group = `static-${kinds.join('-')}`;
  const peer = (index: number): Promise<Peer> => {
    const instance = ['group.instance.id', `desk-${index}`, 'client.id', `desk-${index}`];
    const strategy = ['partition.assignment.strategy', 'org.apache.kafka.clients.consumer.RangeAssignor'];
    return start(kinds[index] ?? 'ours', `desk-${index}`, 'shared', group, [...quick, ...instance, ...strategy]);
  };
  const first = await peer(0);
  await settled(first);
  const second = await peer(1);
  await settled(first, second);
  await second.close();
  const heardBySecond = (await second.tell()).heard;
  const again = await peer(1);
  const steps = await settled(first, again);
  const heardByFirst = (await first.tell()).heard;
  const double = await peer(1);
  await vi.waitUntil(async () => (await again.tell()).failure !== '', { timeout: patienceMs, interval: 50 });
  const fenced = (await again.tell()).failure;
  const heardByFenced = (await again.tell()).heard;
  for (const each of [double, first]) await each.close();
  return { heardBySecond, steps, heardByFirst, fenced, heardByFenced };
}

const refusals: readonly (readonly string[])[] = [
  ['heartbeat.interval.ms', '45000'],
  ['session.timeout.ms', '2000'],
  ['session.timeout.ms', 'abc'],
  ['session.timeout.ms', '2147483648'],
  ['max.poll.records', '0'],
  ['max.poll.interval.ms', '0'],
  ['max.poll.interval.ms', '1.5'],
  ['auto.offset.reset', 'EARLIEST'],
  ['auto.offset.reset', 'by_duration:foo'],
  ['auto.offset.reset', 'by_duration:-PT1H'],
  ['auto.offset.reset', 'by_duration:PT1H'],
  ['isolation.level', 'serializable'],
  ['fetch.min.bytes', '-1'],
  ['fetch.max.wait.ms', '-1'],
  ['max.partition.fetch.bytes', '-1'],
  ['auto.commit.interval.ms', '-1'],
  ['enable.auto.commit', 'maybe'],
  ['group.id', ''],
  ['group.id', '  '],
  ['group.instance.id', ''],
  ['group.instance.id', 'a b'],
  ['group.instance.id', '.'],
  ['group.instance.id', 'x'.repeat(250)],
  ['group.protocol', 'foo'],
  ['group.remote.assignor', 'uniform'],
  ['partition.assignment.strategy', 'no.such.Assignor'],
  ['partition.assignment.strategy', ''],
  ['bootstrap.servers', 'nowhere'],
  ['bootstrap.servers', ''],
  ['request.timeout.ms', '-1'],
  ['default.api.timeout.ms', 'x'],
  ['client.id', ''],
  ['linger.ms', '5'],
];

describe.runIf(hasKafkaTools())("the lab's consumer beside Java's", () => {
  let lab: LabProcess;
  let programs: JavaPrograms;
  let java: JavaPeers;
  let start: StartPeer;
  beforeAll(async () => {
    const settings = [
      ...['group.initial.rebalance.delay.ms=100', 'group.min.session.timeout.ms=500'],
      ...['offsets.topic.num.partitions=5', `num.partitions=${partitionCount}`],
    ];
    const args = ['--no-default-workload', ...settings.flatMap((config) => ['--set', config])];
    [programs, lab] = await Promise.all([compileJavaPrograms(), startLabProcess({ args })]);
    java = new JavaPeers(programs, lab.bootstrapServers);
    start = (kind, _name, topic, group, configs) =>
      kind === 'java'
        ? java.start(topic, group, configs)
        : Promise.resolve(startOurs(lab.bootstrapServers, topic, group, configs));
    // Makes the topic, so that no group rebalances for it.
    const maker = await start('java', 'maker', 'shared', 'makers', quick);
    await settled(maker);
    await maker.close();
  }, 120_000);
  afterAll(async () => {
    java?.stop();
    await lab?.dispose();
    programs?.dispose();
  });

  it.concurrent.each(Object.keys(assignors) as (keyof typeof assignors)[])(
    'shares partitions with %s, and hears of departures, alike in every mixture',
    async (assignor) => {
      const [reference, ...others] = await Promise.all(
        [['java', 'java', 'java'] as const, ['ours', 'java', 'ours'] as const, ['java', 'ours', 'java'] as const].map(
          (kinds) => departures(start, kinds, assignor),
        ),
      );
      expect(reference?.steps.map((step) => step.map(({ length }) => length))).toEqual([
        [6],
        [3, 3],
        [2, 2, 2],
        [3, 3],
        [6],
      ]);
      for (const other of others) expect(other).toEqual(reference);
    },
  );

  it.concurrent('keeps the place of a static member, and fences a double, alike', async () => {
    const [reference, ...others] = await Promise.all(
      [['java', 'java'] as const, ['ours', 'java'] as const, ['java', 'ours'] as const].map((kinds) =>
        staticMembers(start, kinds),
      ),
    );
    expect(reference?.fenced).toBe('FencedInstanceIdException');
    for (const other of others) expect(other).toEqual(reference);
  });

  it.concurrent("refuses configs in Java's words", async () => {
    for (const configs of refusals) {
      const theirs = await java.ask('refusal', ...configs);
      let ours = 'accepted';
      try {
        parseConsumerConfigs({ 'bootstrap.servers': '127.0.0.1:9092', 'group.id': 'refused', ...asConfigs(configs) });
      } catch (error) {
        const { code, message } = error as KafkaError;
        ours = `${code}: ${message}`;
      }
      expect(ours).toBe(theirs);
    }
  });
});
