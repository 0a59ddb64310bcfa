/** Apache Kafka's own command line tools, unchanged, against the lab. They run where Java and the tools are found. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasKafkaTools, kafkaTool } from './kafka-tools.ts';
import { startLabProcess, type LabProcess } from './lab-process.ts';

let lab: LabProcess;
let scratch = '';
const where = (): string[] => ['--bootstrap-server', lab.bootstrapServers];
const tool = (name: string, ...args: string[]): Promise<string> => kafkaTool(name, [...where(), ...args]);
const lines = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '');

describe.runIf(hasKafkaTools())('the official tools against the lab', () => {
  beforeAll(async () => {
    scratch = mkdtempSync(join(tmpdir(), 'brokerlab-tools-'));
    lab = await startLabProcess({ args: ['--set', 'group.initial.rebalance.delay.ms=0'] });
  });
  afterAll(async () => {
    await lab?.dispose();
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

  it('kafka-topics refuses what Kafka refuses, in Kafka’s words', async () => {
    const failure = (...args: string[]): Promise<string> =>
      tool('topics', ...args).then(
        () => 'succeeded',
        (error: Error) => error.message,
      );
    expect(await failure('--create', '--topic', 'orders', '--partitions', '1')).toContain(
      "Topic 'orders' already exists.",
    );
    expect(await failure('--create', '--topic', 'wide', '--replication-factor', '4')).toContain(
      'Unable to replicate the partition 4 time(s): The target replication factor of 4 cannot be reached because only 3 broker(s) are registered.',
    );
  });

  it('console producer and consumer carry keys, with and without a group', async () => {
    const input = Array.from({ length: 30 }, (_, i) => `key-${i % 5}:value-${i}`).join('\n');
    await kafkaTool(
      'console-producer',
      [...where(), '--topic', 'tools', '--reader-property', 'parse.key=true', '--reader-property', 'key.separator=:'],
      `${input}\n`,
    );
    const read = [
      '--topic',
      'tools',
      '--from-beginning',
      '--max-messages',
      '30',
      '--formatter-property',
      'print.key=true',
      '--formatter-property',
      'key.separator=:',
    ];
    const alone = lines(await tool('console-consumer', ...read));
    expect(alone.toSorted()).toEqual(lines(input).toSorted());
    const grouped = lines(await tool('console-consumer', ...read, '--group', 'tools-group'));
    expect(grouped.toSorted()).toEqual(lines(input).toSorted());
  });

  it('kafka-consumer-groups lists, describes, resets and deletes', async () => {
    expect(await tool('consumer-groups', '--list')).toContain('tools-group');
    const described = await tool('consumer-groups', '--describe', '--group', 'tools-group');
    const rows = lines(described).filter((line) => line.startsWith('tools-group'));
    expect(rows).toHaveLength(3);
    expect(rows.map((row) => row.trim().split(/\s+/)[5])).toEqual(['0', '0', '0']);
    expect(
      await tool('consumer-groups', '--describe', '--group', 'tools-group', '--members', '--verbose'),
    ).not.toContain('Error');
    expect(await tool('consumer-groups', '--describe', '--group', 'tools-group', '--state')).toMatch(
      /tools-group .*Empty/,
    );
    const reset = await tool(
      'consumer-groups',
      '--group',
      'tools-group',
      '--topic',
      'tools',
      '--reset-offsets',
      '--to-earliest',
      '--execute',
    );
    expect(lines(reset).filter((line) => /tools-group\s+tools\s+\d\s+0/.test(line))).toHaveLength(3);
    expect(await tool('consumer-groups', '--delete', '--group', 'tools-group')).toContain('was successful');
    expect(await tool('groups', '--list')).not.toContain('tools-group');
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
  });

  it('offsets, log directories and deleted records are told as they are', async () => {
    const offsets = async (): Promise<string[]> => lines(await tool('get-offsets', '--topic', 'tools')).toSorted();
    const ends = (await offsets()).map((line) => Number(line.split(':')[2]));
    expect(ends.reduce((sum, end) => sum + end, 0)).toBe(30);
    const file = join(scratch, 'delete.json');
    const partition = ends.findIndex((end) => end > 0);
    writeFileSync(file, JSON.stringify({ partitions: [{ topic: 'tools', partition, offset: 1 }], version: 1 }));
    expect(await tool('delete-records', '--offset-json-file', file)).toContain('low_watermark: 1');
    expect(lines(await tool('get-offsets', '--topic', 'tools', '--time', 'earliest'))).toContain(
      `tools:${partition}:1`,
    );
    const directories = await tool('log-dirs', '--describe', '--topic-list', 'tools');
    const json = JSON.parse(lines(directories).at(-1) ?? '') as {
      brokers: { broker: number; logDirs: { partitions: unknown[] }[] }[];
    };
    expect(json.brokers.map((each) => each.logDirs[0]?.partitions.length)).toEqual([3, 3, 3]);
  });

  it('the quorum, features, cluster and API versions are described', async () => {
    const status = await tool('metadata-quorum', 'describe', '--status');
    expect(status).toMatch(/LeaderId:\s+[123]\n/);
    expect(status).toMatch(/CurrentVoters:\s+\[\{"id": 1, "endpoints": \["CONTROLLER:\/\/127\.0\.0\.1:\d+"\]\}/);
    const replication = lines(await tool('metadata-quorum', 'describe', '--replication'));
    expect(
      replication
        .slice(1)
        .map((row) => row.trim().split(/\s+/).at(-1))
        .toSorted(),
    ).toEqual(['Follower', 'Follower', 'Leader']);
    expect(await tool('features', 'describe')).toMatch(/metadata\.version.*FinalizedVersionLevel: 4\.3-IV0/);
    expect(await kafkaTool('cluster', ['cluster-id', ...where()])).toMatch(/^Cluster ID: [\w-]{22}\n/);
    const versions = await tool('broker-api-versions');
    for (const each of ['Produce(0): 0 to 13', 'Fetch(1): 4 to 18', 'Metadata(3): 0 to 13', 'JoinGroup(11): 0 to 9']) {
      expect(versions).toContain(each);
    }
  });

  it('kafka-leader-election elects preferred leaders after a broker was away', async () => {
    await lab.run('broker', 'stop', '2');
    await lab.run('broker', 'start', '2');
    const leaders = async (): Promise<string[]> =>
      lines(await tool('topics', '--describe', '--topic', 'tools')).flatMap(
        (line) => /Leader: (\d)\tReplicas: (\d)/.exec(line)?.slice(1, 3).join(' of ') ?? [],
      );
    const atHome = (each: string): boolean => each.split(' of ')[0] === each.split(' of ')[1];
    await expect
      .poll(async () => lines(await tool('topics', '--describe', '--under-replicated-partitions')).length, {
        timeout: 30_000,
        interval: 500,
      })
      .toBe(0);
    expect((await leaders()).every(atHome)).toBe(false);
    await tool('leader-election', '--election-type', 'preferred', '--all-topic-partitions');
    expect((await leaders()).every(atHome)).toBe(true);
  });

  it('the perf tools produce, consume and measure latency', async () => {
    const produced = await kafkaTool('producer-perf-test', [
      ...['--topic', 'orders', '--num-records', '20000', '--record-size', '200', '--throughput', '-1'],
      ...['--command-property', `bootstrap.servers=${lab.bootstrapServers}`],
    ]);
    expect(produced).toMatch(/20000 records sent/);
    const consumed = await tool('consumer-perf-test', '--topic', 'orders', '--num-records', '20000');
    expect(Number(lines(consumed).at(-1)?.split(',')[4])).toBeGreaterThanOrEqual(20_000);
    const latency = await tool(
      'e2e-latency',
      '--topic',
      'tools',
      '--num-records',
      '200',
      '--producer-acks',
      'all',
      '--record-size',
      '100',
    );
    expect(latency).toMatch(/50th = \d+, 99th = \d+/);
  });

  it('kafka-dump-log reads what the lab wrote, without a complaint', async () => {
    await lab.stop();
    const partitions = readdirSync(join(lab.dataDir, 'broker-1')).filter((name) =>
      /^(orders|tools|__consumer_offsets|__cluster_metadata)-\d+$/.test(name),
    );
    const files = partitions.flatMap((name) =>
      readdirSync(join(lab.dataDir, 'broker-1', name))
        .filter((file) => /\.(log|index|timeindex|snapshot|checkpoint)$/.test(file))
        .map((file) => join(lab.dataDir, 'broker-1', name, file)),
    );
    const plain = files.filter((file) => !/__(consumer|cluster)/.test(file));
    const dumped = await kafkaTool('dump-log', ['--files', plain.join(','), '--print-data-log', '--deep-iteration']);
    const offsets = await kafkaTool('dump-log', [
      '--files',
      files.filter((file) => /__consumer/.test(file) && file.endsWith('.log')).join(','),
      '--offsets-decoder',
    ]);
    const metadata = await kafkaTool('dump-log', [
      '--files',
      files.filter((file) => /__cluster/.test(file) && /\.(log|checkpoint)$/.test(file)).join(','),
      '--cluster-metadata-decoder',
      '--skip-record-metadata',
    ]);
    for (const output of [dumped, offsets, metadata])
      expect(output).not.toMatch(/isvalid: false|Mismatches in|is corrupt|Exception|unable to decode/i);
    expect(offsets).toContain('tools');
    expect(metadata).toContain('"type":"TOPIC_RECORD"');
  });
});
