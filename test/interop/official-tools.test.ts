/** Apache Kafka's own command line tools, unchanged, against the lab. They run where Java and the tools are found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel, type Consumer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileJavaPrograms, OfficialTools, type JavaPrograms } from './java-programs.ts';
import { dumpComplaints } from './dump-complaints.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { startLabProcess, type LabProcess } from './lab-process.ts';

let lab: LabProcess;
let programs: JavaPrograms;
let tools: OfficialTools;
let scratch = '';
const where = (): string[] => ['--bootstrap-server', lab.bootstrapServers];
const tool = (name: string, ...args: string[]): Promise<string> => tools.output(name, [...where(), ...args]);
/** Both streams of a run that may fail. */
const told = async (name: string, ...args: string[]): Promise<string> => {
  const { stdout, stderr } = await tools.run(name, [...where(), ...args]);
  return stdout + stderr;
};
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');
const produce = (topic: string, input: string, ...args: string[]): Promise<string> =>
  tools.output('console-producer', [...where(), '--topic', topic, ...args], input);
const keyed = ['--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'];

describe.runIf(hasKafkaTools())('the official tools against the lab', () => {
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'brokerlab-tools-'));
    programs = await compileJavaPrograms();
    tools = new OfficialTools(programs);
    lab = await startLabProcess({
      args: [
        '--no-default-workload',
        ...['--set', 'group.initial.rebalance.delay.ms=0', '--set', 'offsets.topic.num.partitions=5'],
      ],
    });
    await tool('topics', '--create', '--topic', 'orders', '--partitions', '3', '--replication-factor', '3');
  });
  afterAll(async () => {
    tools?.stop();
    await lab?.dispose();
    programs?.dispose();
    rmSync(scratch, { recursive: true, force: true });
  });

  it('kafka-topics creates, describes, alters, lists and deletes', async () => {
    expect(await tool('topics', '--create', '--topic', 'tools', '--partitions', '2', '--replication-factor', '3')).toBe(
      'Created topic tools.\n',
    );
    await tool('topics', '--alter', '--topic', 'tools', '--partitions', '3');
    const described = lines(await tool('topics', '--describe', '--topic', 'tools'));
    expect(described[0]).toMatch(
      /^Topic: tools\tTopicId: [\w-]{22}\tPartitionCount: 3\tReplicationFactor: 3\tConfigs: min.insync.replicas=1/,
    );
    for (const [index, line] of described.slice(1).entries()) {
      expect(line).toMatch(
        new RegExp(`Partition: ${index}\tLeader: [123]\tReplicas: \\d,\\d,\\d\tIsr: \\d,\\d,\\d\tElr: `),
      );
    }
    await tool('topics', '--create', '--topic', 'short-lived', '--partitions', '1', '--replication-factor', '1');
    await tool('topics', '--delete', '--topic', 'short-lived');
    expect(lines(await tool('topics', '--list'))).toEqual(['orders', 'tools']);
  });

  it.each([
    [['--create', '--topic', 'orders'], "Topic 'orders' already exists."],
    [
      ['--create', '--topic', 'wide', '--replication-factor', '4'],
      'Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be reached because only 3 broker(s) are registered or some brokers have all their log directories cordoned.',
    ],
    [
      ['--create', '--topic', 'bad name'],
      "Topic name is invalid: 'bad name' contains one or more characters other than",
    ],
    [
      ['--create', '--topic', 'odd', '--config', 'retention.ms=soon'],
      'Invalid value soon for configuration retention.ms',
    ],
    [['--create', '--topic', 'odd', '--config', 'no.such.config=1'], 'Unknown topic config name: no.such.config'],
    [
      ['--create', '--topic', 'odd', '--replica-assignment', '1:9'],
      'The manual partition assignment includes broker 9, but no such broker is registered.',
    ],
    [['--alter', '--topic', 'orders', '--partitions', '2'], 'would not be an increase.'],
    [['--describe', '--topic', 'absent'], "Topic 'absent' does not exist as expected"],
    [['--delete', '--topic', 'absent'], "Topic 'absent' does not exist as expected"],
  ])('kafka-topics %j is refused in Kafka’s words', async (args, words) => {
    expect(await told('topics', ...args)).toContain(words);
  });

  it('console producer and consumer carry keys and headers, with and without a group', async () => {
    const input = Array.from({ length: 30 }, (_, i) => `key-${i % 5}:value-${i}`).join('\n');
    await produce('tools', `${input}\n`, ...keyed);
    const format = ['--formatter-property', 'print.key=true', '--formatter-property', 'key.separator=:'];
    const read = ['--topic', 'tools', '--from-beginning', '--max-messages', '30', ...format];
    const alone = lines(await tool('console-consumer', ...read));
    expect(alone.toSorted()).toEqual(lines(input).toSorted());
    const grouped = lines(await tool('console-consumer', ...read, '--group', 'tools-group'));
    expect(grouped.toSorted()).toEqual(lines(input).toSorted());

    await tool('topics', '--create', '--topic', 'headers', '--partitions', '1', '--replication-factor', '3');
    await produce('headers', 'h1:a,h2:b\tk:v\n', ...keyed, '--reader-property', 'parse.headers=true');
    const all = ['print.headers', 'print.partition', 'print.offset', 'print.key'].flatMap((each) => [
      '--formatter-property',
      `${each}=true`,
    ]);
    expect(
      await tool('console-consumer', '--topic', 'headers', '--from-beginning', '--max-messages', '1', ...all),
    ).toBe('Partition:0\tOffset:0\th1:a,h2:b\tk\tv\n');
  });

  it('a topic that nobody made is made by the first who writes to it', async () => {
    await produce('made-by-producer', 'one\n');
    expect(await tool('get-offsets', '--topic', 'made-by-producer')).toBe('made-by-producer:0:1\n');
  });

  it('kafka-consumer-groups shows a group at work with its members', async () => {
    const group = ['--describe', '--group', 'at-work'];
    const kafka = new Kafka({
      clientId: 'worker',
      brokers: lab.bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
    });
    const consumers: Consumer[] = [];
    try {
      for (let i = 0; i < 2; i++) {
        const consumer = kafka.consumer({ groupId: 'at-work', heartbeatInterval: 200, maxWaitTimeInMs: 200 });
        consumers.push(consumer);
        await consumer.connect();
        await consumer.subscribe({ topic: 'tools', fromBeginning: true });
        await consumer.run({ eachMessage: async () => {} });
      }
      const members = async (): Promise<number[]> =>
        lines(await tool('consumer-groups', ...group, '--members', '--verbose'))
          .flatMap((line) => /^at-work\s+worker-\S+\s+\/127\.0\.0\.1\s+worker\s+(\d)\s/.exec(line)?.[1] ?? [])
          .map(Number)
          .toSorted();
      await expect.poll(members, { timeout: 20_000, interval: 200 }).toEqual([1, 2]);
      expect(await tool('consumer-groups', ...group, '--state')).toMatch(/at-work .*127\.0\.0\.1:\d+ .*Stable\s+2/);
      expect(await tool('consumer-groups', '--list', '--state')).toMatch(/at-work\s+Stable/);
      expect(await told('consumer-groups', '--delete', '--group', 'at-work')).toContain('The group is not empty.');
      const reset = ['--reset-offsets', '--group', 'at-work', '--topic', 'tools', '--to-earliest', '--execute'];
      expect(await told('consumer-groups', ...reset)).toContain('Assignments can only be reset if the group');
    } finally {
      await Promise.all(consumers.map((consumer) => consumer.disconnect()));
    }
    expect(await tool('consumer-groups', ...group, '--state')).toMatch(/at-work .*Empty\s+0/);
  });

  it('kafka-consumer-groups lists, describes, resets and deletes', async () => {
    expect(lines(await tool('consumer-groups', '--list'))).toContain('tools-group');
    const rows = async (): Promise<string[][]> =>
      lines(await tool('consumer-groups', '--describe', '--group', 'tools-group'))
        .filter((line) => line.startsWith('tools-group'))
        .map((row) => row.trim().split(/\s+/).slice(2, 6));
    const read = await rows();
    expect(read.map(([partition, , , lag]) => [partition, lag])).toEqual(['0', '1', '2'].map((each) => [each, '0']));
    expect(await tool('consumer-groups', '--describe', '--group', 'tools-group', '--state')).toMatch(
      /tools-group .*Empty/,
    );
    const reset = ['--group', 'tools-group', '--reset-offsets', '--execute'];
    await tool('consumer-groups', ...reset, '--topic', 'tools', '--to-earliest');
    expect(await rows()).toEqual(read.map(([partition, , end]) => [partition, '0', end, end]));
    const full = read.find(([, , end]) => Number(end) > 1)!;
    await tool('consumer-groups', ...reset, '--topic', `tools:${full[0]}`, '--shift-by', '1');
    expect((await rows()).find(([partition]) => partition === full[0])![1]).toBe('1');
    const deleted = ['--delete-offsets', '--group', 'tools-group', '--topic', `tools:${full[0]}`];
    expect(await tool('consumer-groups', ...deleted)).toMatch(new RegExp(`tools\\s+${full[0]}\\s+Successful`));
    expect(await rows()).toHaveLength(2);
    expect(await tool('consumer-groups', '--delete', '--group', 'tools-group')).toContain('was successful');
    expect(await tool('groups', '--list')).not.toContain('tools-group');
    expect(await told('consumer-groups', '--describe', '--group', 'tools-group')).toContain('GroupIdNotFoundException');
  });

  it('kafka-configs describes and alters topics and brokers', async () => {
    const topic = ['--entity-type', 'topics', '--entity-name', 'tools'];
    await tool('configs', ...topic, '--alter', '--add-config', 'retention.ms=3600000');
    expect(await tool('configs', ...topic, '--describe')).toContain(
      'retention.ms=3600000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.ms=3600000',
    );
    await tool('configs', ...topic, '--alter', '--delete-config', 'retention.ms');
    expect(await tool('configs', ...topic, '--describe')).not.toContain('retention.ms=3600000');
    const broker = ['--entity-type', 'brokers', '--entity-name', '1'];
    await tool('configs', ...broker, '--alter', '--add-config', 'log.cleaner.threads=2');
    expect(await tool('configs', ...broker, '--describe')).toContain('log.cleaner.threads=2');
    expect(await tool('configs', ...broker, '--describe', '--all')).toContain('broker.session.timeout.ms=9000');
    expect(await told('configs', ...broker, '--alter', '--add-config', 'log.dirs=elsewhere')).toContain(
      'Cannot update these configs dynamically: [log.dirs]',
    );
    expect(await told('configs', ...topic, '--alter', '--add-config', 'cleanup.policy=shred')).toContain(
      'Invalid value shred for configuration cleanup.policy',
    );
  });

  it('offsets, log directories and deleted records are told as they are', async () => {
    const offsets = async (...time: string[]): Promise<number[]> =>
      lines(await tool('get-offsets', '--topic', 'tools', ...time))
        .toSorted()
        .map((line) => Number(line.split(':')[2]));
    const ends = await offsets();
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(30);
    const partition = ends.findIndex((end) => end > 0);
    const file = join(scratch, 'delete.json');
    const asked = (offset: number): void =>
      writeFileSync(file, JSON.stringify({ partitions: [{ topic: 'tools', partition, offset }], version: 1 }));
    asked(1);
    expect(await tool('delete-records', '--offset-json-file', file)).toContain('low_watermark: 1');
    expect(await offsets('--time', 'earliest')).toEqual(ends.map((_, index) => (index === partition ? 1 : 0)));
    asked(99_999);
    expect(await told('delete-records', '--offset-json-file', file)).toContain('OffsetOutOfRangeException');
    const directories = await tool('log-dirs', '--describe', '--topic-list', 'tools');
    const { brokers } = JSON.parse(lines(directories).at(-1) ?? '') as {
      brokers: {
        broker: number;
        logDirs: { partitions: { partition: string; size: number; offsetLag: number }[] }[];
      }[];
    };
    for (const { logDirs } of brokers) {
      const sorted = logDirs[0]!.partitions.toSorted((a, b) => a.partition.localeCompare(b.partition));
      expect(sorted.map((each) => [each.partition, each.size > 0, each.offsetLag])).toEqual(
        ends.map((end, index) => [`tools-${index}`, end > 0, 0]),
      );
    }
    expect(brokers.map(({ broker }) => broker).toSorted()).toEqual([1, 2, 3]);
  });

  it('the quorum, features, cluster and API versions are described', async () => {
    const status = await tool('metadata-quorum', 'describe', '--status');
    expect(status).toMatch(/LeaderId:\s+[123]\n/);
    expect(status).toMatch(/CurrentVoters:\s+\[\{"id": 1, "endpoints": \["CONTROLLER:\/\/127\.0\.0\.1:\d+"\]\}/);
    const replication = lines(await tool('metadata-quorum', 'describe', '--replication')).slice(1);
    expect(replication.map((row) => row.trim().split(/\s+/).at(-1))).toEqual(['Leader', 'Follower', 'Follower']);
    expect(await tool('features', 'describe')).toMatch(/metadata\.version.*FinalizedVersionLevel: 4\.3-IV0/);
    expect(await tools.output('cluster', ['cluster-id', ...where()])).toMatch(/^Cluster ID: [\w-]{22}\n/);
    expect(await tools.output('cluster', ['list-endpoints', ...where()])).toMatch(/1\s+127\.0\.0\.1\s+\d+/);
    const versions = await tool('broker-api-versions');
    for (const each of ['Produce(0): 0 to 13', 'Fetch(1): 4 to 18', 'Metadata(3): 0 to 13', 'JoinGroup(11): 0 to 9']) {
      expect(versions).toContain(each);
    }
    const producers = ['describe-producers', '--topic', 'made-by-producer', '--partition', '0'];
    expect(await tool('transactions', ...producers)).toMatch(/\n\d+\s+0\s+-1\s+0\s+\d+\s+None/);
  });

  it('the perf tools produce, consume and measure latency', async () => {
    const produced = await tools.output('producer-perf-test', [
      ...['--topic', 'orders', '--num-records', '5000', '--record-size', '200', '--throughput', '-1'],
      ...['--command-property', `bootstrap.servers=${lab.bootstrapServers}`],
    ]);
    expect(produced).toMatch(/5000 records sent/);
    const consumed = await tool('consumer-perf-test', '--topic', 'orders', '--num-records', '5000');
    expect(Number(lines(consumed).at(-1)?.split(',')[4])).toBeGreaterThanOrEqual(5000);
    const latency = await tool(
      ...(['e2e-latency', '--topic', 'headers', '--num-records', '200'] as const),
      ...['--producer-acks', 'all', '--record-size', '100'],
    );
    expect(latency).toMatch(/50th = \d+, 99th = \d+/);
  });

  it('kafka-leader-election elects preferred leaders after a broker was away', async () => {
    const leaders = async (): Promise<string[]> =>
      lines(await tool('topics', '--describe', '--topic', 'tools')).flatMap(
        (line) => /Leader: (\d)\tReplicas: (\d)/.exec(line)?.slice(1, 3).join(' of ') ?? [],
      );
    const atHome = (each: string): boolean => each.split(' of ')[0] === each.split(' of ')[1];
    const away = (await leaders())[0]![0]!;
    await lab.run('broker', 'stop', away);
    const one = ['--election-type', 'preferred', '--topic', 'tools', '--partition', '0'];
    expect(await told('leader-election', ...one)).toContain('PreferredLeaderNotAvailableException');
    await lab.run('broker', 'start', away);
    await expect
      .poll(async () => lines(await tool('topics', '--describe', '--under-replicated-partitions')).length, {
        timeout: 30_000,
        interval: 300,
      })
      .toBe(0);
    expect((await leaders()).every(atHome)).toBe(false);
    await tool('leader-election', '--election-type', 'preferred', '--all-topic-partitions');
    expect((await leaders()).every(atHome)).toBe(true);
    expect(await told('leader-election', ...one)).toBe('Valid replica already elected for partitions tools-0\n');
  });

  it('kafka-dump-log reads what the lab wrote, without a complaint', async () => {
    await lab.stop();
    const { complaints, text } = await dumpComplaints(tools, lab.dataDir, true);
    expect(complaints).toEqual([]);
    expect(text).toContain('payload: value-29');
    expect(text).toContain('"type":"TOPIC_RECORD"');
    expect(text).toMatch(/offset_commit.*"group":"at-work"|"group":"at-work".*offset/);
  });
});
