/**
 * The official Java clients with their defaults against the lab: the walk of `java/ClientWalk.java`, each of its checks a
 * test here, and a producer that goes on while leaders are killed. They run where a JDK and the official jars are found.
 */
import { spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compileJavaPrograms, OfficialTools, type JavaPrograms } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { runProgram, startLabProcess, type LabProcess } from './lab-process.ts';

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

/** A producer that goes on until its input ends, and what it says then. */
class AckedProducer {
  readonly #child;
  readonly #ended: Promise<void>;
  #told = '';

  constructor(programs: JavaPrograms, bootstrapServers: string, topic: string) {
    const { command, args } = programs.command('AckedProducer', bootstrapServers, topic);
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#child.stdout.on('data', (chunk) => (this.#told += chunk));
    this.#ended = new Promise((resolve) => this.#child.on('close', () => resolve()));
  }

  async started(): Promise<void> {
    await vi.waitUntil(() => this.#told.includes('started'), { timeout: 30_000 });
  }

  async end(): Promise<{ acked: string[]; failed: string }> {
    this.#child.stdin.end();
    await this.#ended;
    const of = (name: string): string => new RegExp(`^${name} (.*)$`, 'm').exec(this.#told)?.[1]?.trim() ?? 'not told';
    return { acked: of('numbers').split(' '), failed: of('failed') };
  }
}

describe.runIf(hasKafkaTools())('the Java clients against the lab', () => {
  let lab: LabProcess;
  let programs: JavaPrograms;
  let tools: OfficialTools;
  let output = '';
  beforeAll(async () => {
    programs = await compileJavaPrograms();
    tools = new OfficialTools(programs);
    const quick = [
      ...['group.initial.rebalance.delay.ms=200', 'offsets.topic.num.partitions=5'],
      ...['broker.session.timeout.ms=3000', 'broker.heartbeat.interval.ms=500'],
    ];
    lab = await startLabProcess({ args: ['--no-default-workload', ...quick.flatMap((config) => ['--set', config])] });
    const { command, args } = programs.command('ClientWalk', lab.bootstrapServers);
    output = await runProgram(command, args, '', 240_000);
  }, 300_000);
  afterAll(async () => {
    tools?.stop();
    await lab?.dispose();
    programs?.dispose();
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
    const tool = (name: string, ...args: string[]): Promise<string> => tools.output(name, [...where, ...args]);
    await tool('topics', '--create', '--topic', 'kept', '--partitions', '3', '--replication-factor', '3');
    const producer = new AckedProducer(programs, lab.bootstrapServers, 'kept');
    await producer.started();
    const described = (): Promise<string> => tool('topics', '--describe', '--topic', 'kept');
    const within = { timeout: 40_000, interval: 200 };
    for (const id of ['1', '2', '3']) {
      await expect.poll(described, within).toMatch(/(.*Isr: \d,\d,\d\t.*\s+){3}$/);
      // The last is started at once: it may register when the session of its former life is over.
      await lab.run('broker', 'kill', id);
      if (id !== '3') await expect.poll(described, within).not.toMatch(new RegExp(`Leader: (${id}|none)\t`));
      await lab.run('broker', 'start', id);
    }
    await expect.poll(described, within).toMatch(/(.*Isr: \d,\d,\d\t.*\s+){3}$/);
    const { acked, failed } = await producer.end();
    expect(failed).toBe('');
    expect(acked.length).toBeGreaterThan(1000);
    const ends = await tool('get-offsets', '--topic', 'kept');
    const count = ends.split('\n').reduce((sum, line) => sum + Number(line.split(':')[2] ?? 0), 0);
    const read = ['--topic', 'kept', '--from-beginning', '--max-messages', String(count)];
    const values = (await tool('console-consumer', ...read)).split('\n').filter((line) => /^\d+$/.test(line));
    expect(values).toHaveLength(count);
    expect(new Set(values).size).toBe(count);
    expect([...new Set(acked).difference(new Set(values))]).toEqual([]);
  }, 240_000);
});
