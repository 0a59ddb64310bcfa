/**
 * The official Java clients with their defaults against the lab: the walk of `java/ClientWalk.java`, each of its checks a
 * test here, and a producer that goes on while leaders are killed. They run where a JDK and the official jars are found.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKafkaTools, kafkaTool } from './kafka-tools.ts';
import { root, runProgram, startLabProcess, type LabProcess } from './lab-process.ts';

const sources = join(root, 'test', 'interop', 'java');
let classes = '';
let jars = '';

async function compile(): Promise<void> {
  jars = join((await kafkaTool('jars', [])).trim(), '*');
  classes = mkdtempSync(join(tmpdir(), 'brokerlab-java-'));
  const files = readdirSync(sources).map((name) => join(sources, name));
  await runProgram('javac', ['-cp', jars, '-d', classes, ...files]);
}

const java = (...args: string[]): [string, string[]] => ['java', ['-Xmx256m', '-cp', `${classes}:${jars}`, ...args]];

/** Names of the checks, read from the source so that each is a test of its own. */
const checks = [
  'synchronous sends return offsets in order',
  'asynchronous sends call back once each',
  'a custom partitioner decides',
  'every codec is stored as sent and read back',
  'acks 0 and 1 work without idempotence',
  "a record that is too large is refused in Kafka's words",
  'auto commit continues where it was',
  'synchronous and asynchronous commits are kept',
  'seek, offsetsForTimes and manual assign',
  'auto.offset.reset none and latest',
  ...['RangeAssignor', 'RoundRobinAssignor', 'StickyAssignor', 'CooperativeStickyAssignor'].map(
    (assignor) => `a group with ${assignor} grows to three and shrinks by close and by silence`,
  ),
  'a static member returns without a rebalance',
  'a duplicate group.instance.id is fenced',
  'admin: topics, partitions and configs',
  'admin: cluster, quorum, features, log directories',
  'admin: groups and offsets',
  'admin: records, producers and leaders',
];

describe.runIf(hasKafkaTools())('the Java clients against the lab', () => {
  let lab: LabProcess;
  let output = '';
  beforeAll(async () => {
    await compile();
    lab = await startLabProcess({ args: ['--set', 'group.initial.rebalance.delay.ms=200'] });
    output = await runProgram(...java('ClientWalk', lab.bootstrapServers), '', 240_000);
  }, 300_000);
  afterAll(async () => {
    await lab?.dispose();
    rmSync(classes, { recursive: true, force: true });
  });

  it.each(checks)('%s', (name) => {
    const line = output.split('\n').find((each) => each.startsWith(`ok ${name}`) || each.startsWith(`FAIL ${name}`));
    expect(line ?? output).toBe(`ok ${name}`);
  });

  it('the program has no check that is not listed here', () => {
    const told = output.split('\n').flatMap((line) => /^(?:ok|FAIL) ([^:]*(?:: [a-z].*)?)/.exec(line)?.[1] ?? []);
    expect(told.filter((name) => !checks.some((each) => name.startsWith(each)))).toEqual([]);
  });

  it('not one acknowledged record is lost or doubled while leaders are killed in turn', async () => {
    const where = ['--bootstrap-server', lab.bootstrapServers];
    await kafkaTool('topics', [
      ...where,
      '--create',
      '--topic',
      'kept',
      '--partitions',
      '3',
      '--replication-factor',
      '3',
    ]);
    const [command, args] = java('AckedProducer', lab.bootstrapServers, 'kept');
    const producer = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    let told = '';
    producer.stdout.on('data', (chunk) => (told += chunk));
    const ended = new Promise((resolve) => producer.on('close', resolve));
    await expect.poll(() => told, { timeout: 20_000 }).toContain('started');
    for (const id of ['1', '2', '3']) {
      await lab.run('broker', 'kill', id);
      const leaders = async (): Promise<string> => kafkaTool('topics', [...where, '--describe', '--topic', 'kept']);
      await expect.poll(leaders, { timeout: 40_000, interval: 500 }).not.toMatch(new RegExp(`Leader: (${id}|none)\t`));
      await lab.run('broker', 'start', id);
      await expect
        .poll(leaders, { timeout: 40_000, interval: 500 })
        .toSatisfy((text: string) => (text.match(/Isr: \d,\d,\d\t/g) ?? []).length === 3);
    }
    producer.stdin.end();
    await ended;
    expect(/^failed (.*)$/m.exec(told)?.[1]?.trim()).toBe('');
    const acked = /^numbers (.*)$/m.exec(told)?.[1]?.trim().split(' ') ?? [];
    expect(acked.length).toBeGreaterThan(1000);
    const read = await kafkaTool('console-consumer', [
      ...where,
      '--topic',
      'kept',
      '--from-beginning',
      '--timeout-ms',
      '8000',
    ]);
    const values = read.split('\n').filter((line) => /^\d+$/.test(line));
    expect(new Set(values).size).toBe(values.length);
    expect(new Set(acked).difference(new Set(values))).toEqual(new Set());
  }, 240_000);
});
