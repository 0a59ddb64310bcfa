/**
 * kcat (librdkafka) against the lab: it sees the cluster, writes keyed lines, and three of it in one group read them back,
 * each line exactly once and in order per key. Runs where kcat is installed.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partitionForGroup } from '../../engine/coordinator/index.ts';
import { runProgram, startLabProcess, type LabProcess } from './lab-process.ts';

const hasKcat = spawnSync('kcat', ['-V']).status === 0;
const lineCount = 2000;
const keyCount = 37;

const args = ['--no-default-workload', '--set', 'num.partitions=3', '--set', 'default.replication.factor=3'];

let lab: LabProcess;
const kcat = (...args: string[]): Promise<string> => runProgram('kcat', ['-b', lab.bootstrapServers, ...args]);
const produce = (topic: string, lines: readonly string[]): Promise<string> =>
  runProgram('kcat', ['-b', lab.bootstrapServers, '-P', '-t', topic, '-K:', '-q'], `${lines.join('\n')}\n`);

/** `key:number`, the numbers of all keys rising together. */
const keyedLines = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `key-${(from + i) % keyCount}:${from + i}`);

/** A kcat in a consumer group, which prints `partition key value`. */
class GroupConsumer {
  readonly lines: string[] = [];
  /** As librdkafka last said; empty between two rebalances. */
  assigned: readonly number[] = [];
  /** How often partitions were assigned or revoked. */
  rebalances = 0;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  constructor(group: string, topic: string, sessionTimeoutMs = 10_000) {
    const settings = ['auto.offset.reset=earliest', `session.timeout.ms=${sessionTimeoutMs}`].flatMap((setting) => [
      '-X',
      setting,
    ]);
    this.#child = spawn('kcat', [
      '-b',
      lab.bootstrapServers,
      ...settings,
      '-f',
      '%p %k %s\n',
      '-u',
      '-G',
      group,
      topic,
    ]);
    this.#ended = new Promise((resolve) => this.#child.on('close', () => resolve()));
    let rest = '';
    this.#child.stdout!.on('data', (chunk) => {
      const parts = (rest + chunk).split('\n');
      rest = parts.pop() ?? '';
      this.lines.push(...parts);
    });
    let said = '';
    this.#child.stderr!.on('data', (chunk) => {
      said += chunk;
      const told = said.split('\n').filter((line) => line.includes('rebalanced'));
      this.rebalances = told.length;
      const last = told.at(-1);
      if (last === undefined || last.includes('revoked')) this.assigned = [];
      else this.assigned = [...last.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]));
    });
  }
  /** Leaves the group as on Ctrl C. */
  async close(): Promise<void> {
    this.#child.kill('SIGINT');
    await this.#ended;
  }
  /** Dies without a word. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** The committed offsets of a group, added up, as its coordinator tells the lab. */
async function committedOf(group: string): Promise<number> {
  const { groups } = JSON.parse(await lab.run('status', '--json')) as {
    groups: { id: string; offsets: { offset: number }[] }[];
  };
  const offsets = groups.find((each) => each.id === group)?.offsets ?? [];
  return offsets.reduce((sum, each) => sum + each.offset, 0);
}

async function until(condition: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const partitionsOf = (consumers: readonly GroupConsumer[]): number[] =>
  consumers.flatMap(({ assigned }) => assigned).toSorted((a, b) => a - b);
const counts = (consumers: readonly GroupConsumer[]): number[] => consumers.map(({ assigned }) => assigned.length);
const all = (consumers: readonly GroupConsumer[]): string[] => consumers.flatMap(({ lines }) => lines);

/** Numbers that each key was read with, in the order in which its consumer read them. */
function byKey(consumers: readonly GroupConsumer[]): Map<string, number[]> {
  const numbers = new Map<string, number[]>();
  for (const line of all(consumers)) {
    const [, key, value] = line.split(' ');
    numbers.set(key!, [...(numbers.get(key!) ?? []), Number(value)]);
  }
  return numbers;
}

describe.runIf(hasKcat)('kcat against the lab', () => {
  beforeAll(async () => {
    lab = await startLabProcess({ args });
  });
  afterAll(async () => {
    await lab?.dispose();
  });

  it('lists three brokers, a controller and the topic with its replicas', async () => {
    await produce('seen', ['key:value']);
    const listed = await kcat('-L', '-t', 'seen');
    expect(listed).toContain('3 brokers:');
    expect(listed).toMatch(/broker \d at 127\.0\.0\.1:\d+ \(controller\)/);
    expect(listed).toContain('topic "seen" with 3 partitions:');
    expect(listed.match(/partition \d, leader [123], replicas: \d,\d,\d, isrs: \d,\d,\d/g)).toHaveLength(3);
  });

  it('reads 2,000 keyed lines back with three consumers of one group, each once and in order per key', async () => {
    const consumers: GroupConsumer[] = [];
    try {
      await produce('lines', keyedLines(0, 1));
      for (let i = 0; i < 3; i++) consumers.push(new GroupConsumer('readers', 'lines'));
      await until(() => counts(consumers).every((count) => count === 1), 'one partition for each of three consumers');
      expect(partitionsOf(consumers)).toEqual([0, 1, 2]);
      await produce('lines', keyedLines(1, lineCount - 1));
      await until(() => all(consumers).length >= lineCount, `${lineCount} lines`);

      const expected = new Map<string, number[]>();
      for (let i = 0; i < lineCount; i++) {
        const key = `key-${i % keyCount}`;
        expected.set(key, [...(expected.get(key) ?? []), i]);
      }
      expect(byKey(consumers)).toEqual(expected);
      for (const { lines } of consumers) expect(new Set(lines.map((line) => line.split(' ')[0])).size).toBe(1);
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    }
  });

  it('goes on where the group had committed, whoever reads', async () => {
    const later = new GroupConsumer('readers', 'lines');
    try {
      await until(() => later.assigned.length === 3, 'all partitions for the only consumer');
      await produce('lines', keyedLines(lineCount, 50));
      await until(() => later.lines.length >= 50, '50 more lines');
      const numbers = later.lines.map((line) => Number(line.split(' ')[2])).toSorted((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => lineCount + i));
    } finally {
      await later.close();
    }
  });

  it('hands partitions over when a consumer leaves and when one dies', async () => {
    const consumers = [1, 2, 3].map(() => new GroupConsumer('shrinking', 'lines'));
    const [staying, leaving, dying] = consumers;
    try {
      await until(() => counts(consumers).every((count) => count === 1), 'one partition for each of three consumers');
      await leaving!.close();
      await until(() => partitionsOf([staying!, dying!]).length === 3, 'three partitions for two consumers');
      await dying!.kill();
      await until(() => staying!.assigned.length === 3, 'all partitions for the last consumer', 40_000);
      expect(partitionsOf(consumers.slice(0, 1))).toEqual([0, 1, 2]);
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.kill()));
    }
  });

  it('keeps a group with its members and offsets when its coordinator dies', async () => {
    const consumers = [1, 2, 3].map(() => new GroupConsumer('survivors', 'lines', 45_000));
    try {
      await until(() => counts(consumers).every((count) => count === 1), 'one partition for each of three consumers');
      const rebalances = consumers.map((consumer) => consumer.rebalances);
      const before = lineCount + 50;
      await until(() => all(consumers).length >= before, 'what was written before');
      const partition = partitionForGroup('survivors', 50);
      const metadata = JSON.parse(await kcat('-L', '-J', '-t', '__consumer_offsets')) as {
        topics: { partitions: { partition: number; leader: number }[] }[];
      };
      const coordinator = metadata.topics[0]!.partitions.find((each) => each.partition === partition)!.leader;
      await lab.run('broker', 'kill', String(coordinator));
      await produce('lines', keyedLines(before, 300));
      await until(() => all(consumers).length >= before + 300, 'what was written after');
      await lab.run('broker', 'start', String(coordinator));
      const expected = new Map<string, number[]>();
      for (let i = 0; i < before + 300; i++) {
        const key = `key-${i % keyCount}`;
        expected.set(key, [...(expected.get(key) ?? []), i]);
      }
      expect(byKey(consumers)).toEqual(expected);
      expect(consumers.map((consumer) => consumer.rebalances)).toEqual(rebalances);
      // By their own intervals: what is committed at the end may meet a coordinator that is just moving.
      await expect.poll(() => committedOf('survivors'), { timeout: 30_000, interval: 500 }).toBe(before + 300);
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.close()));
    }
    const later = new GroupConsumer('survivors', 'lines');
    try {
      await until(() => later.assigned.length === 3, 'all partitions for the only consumer');
      await new Promise((resolve) => setTimeout(resolve, 1000));
      expect(later.lines).toEqual([]);
    } finally {
      await later.close();
    }
  });

  it('finds topics, lines and committed offsets again after the whole lab was killed', async () => {
    const read = lineCount + 50;
    await lab.kill();
    const { dataDir } = lab;
    lab = await startLabProcess({ args, dataDir });
    const later = new GroupConsumer('readers', 'lines');
    try {
      await until(() => later.lines.length >= 300, 'what the group had not read yet');
      const numbers = later.lines.map((line) => Number(line.split(' ')[2])).toSorted((a, b) => a - b);
      expect(numbers).toEqual(Array.from({ length: 300 }, (_, i) => read + i));
    } finally {
      await later.close();
    }
  });
});
