/**
 * What a lab keeps: closed and started again, and killed as a whole while somebody writes, it has the same cluster id,
 * topics, topic ids, records and committed offsets. The official kafka-dump-log reads all that is then on disk, where it
 * is found.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Kafka, logLevel, type RetryOptions } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpComplaints } from './dump-complaints.ts';
import { compileJavaPrograms, OfficialTools } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { startLabProcess, type LabProcess } from './lab-process.ts';

const topic = 'kept';
const group = 'kept-readers';
const configs = [
  ...['log.segment.bytes=1048576', 'log.index.interval.bytes=512', 'offsets.topic.num.partitions=3'],
  ...['group.initial.rebalance.delay.ms=0', 'metadata.log.max.record.bytes.between.snapshots=3000'],
];

let lab: LabProcess;
const kafka = (retry: RetryOptions = {}): Kafka =>
  new Kafka({
    clientId: 'restart-test',
    brokers: lab.bootstrapServers.split(','),
    logLevel: logLevel.NOTHING,
    requestTimeout: 2000,
    retry,
  });

interface Kept {
  readonly clusterId: string;
  /** `topic-partition` in a broker's directory -> the topic's id. */
  readonly topicIds: Readonly<Record<string, string>>;
  /** Values by partition, in order. */
  readonly records: readonly (readonly string[])[];
  readonly committed: readonly string[];
}

function topicIds(): Record<string, string> {
  const ids: Record<string, string> = {};
  for (const broker of ['broker-1', 'broker-2', 'broker-3']) {
    for (const partition of readdirSync(join(lab.dataDir, broker))) {
      const file = join(lab.dataDir, broker, partition, 'partition.metadata');
      if (existsSync(file)) ids[`${broker}/${partition}`] = /topic_id: (\S+)/.exec(readFileSync(file, 'utf8'))![1]!;
    }
  }
  return ids;
}

async function readAll(reader: string): Promise<string[][]> {
  const admin = kafka().admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const wanted = offsets.reduce((sum, { high }) => sum + Number(high), 0);
  const records: string[][] = offsets.map(() => []);
  const consumer = kafka().consumer({ groupId: reader, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  let read = 0;
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    const eachMessage = async ({ partition, message }: { partition: number; message: { value: Buffer | null } }) => {
      records[partition]!.push(String(message.value).trimEnd());
      if (++read === wanted) resolve();
    };
    void consumer.run({ eachMessage });
  });
  await consumer.disconnect();
  return records;
}

/** All that is to be kept. The reader's own group must be new each time. */
async function kept(reader: string): Promise<Kept> {
  const admin = kafka().admin();
  await admin.connect();
  const { clusterId } = await admin.describeCluster();
  const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
  await admin.disconnect();
  return {
    clusterId,
    topicIds: topicIds(),
    records: await readAll(reader),
    committed: offsets!.partitions
      .map(({ partition, offset, metadata }) => `${partition}: ${offset} ${metadata}`)
      .toSorted(),
  };
}

/** On the same data directory and the same ports. */
async function startAgain(): Promise<void> {
  const port = Number(lab.bootstrapServers.split(',')[0]!.split(':')[1]);
  lab = await startLabProcess({ dataDir: lab.dataDir, port, args: labArgs });
}
const labArgs = ['--no-default-workload', ...configs.flatMap((config) => ['--set', config])];

const cleanFiles = (): boolean[] =>
  [1, 2, 3].map((id) => existsSync(join(lab.dataDir, `broker-${id}`, '.kafka_cleanshutdown')));

describe('a lab that is started again on its data directory', () => {
  let before: Kept;
  beforeAll(async () => {
    lab = await startLabProcess({ args: labArgs });
    const admin = kafka().admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 2, replicationFactor: 3 }], waitForLeaders: true });
    const producer = kafka().producer({ idempotent: true });
    await producer.connect();
    for (let at = 0; at < 2500; at += 100) {
      const messages = Array.from({ length: 100 }, (_, i) => ({ key: `${at + i}`, value: `${at + i}`.padEnd(1000) }));
      await producer.send({ topic, messages });
    }
    await producer.disconnect();
    await admin.setOffsets({
      groupId: group,
      topic,
      partitions: [0, 1].map((partition) => ({ partition, offset: String(100 + partition) })),
    });
    await admin.disconnect();
    before = await kept('first');
  });
  afterAll(async () => {
    await lab?.dispose();
  });

  it('has segments that were rolled, and a snapshot of the metadata', () => {
    const files = (partition: string): string[] => readdirSync(join(lab.dataDir, 'broker-1', partition));
    expect(files('kept-0').filter((name) => name.endsWith('.log')).length).toBeGreaterThan(1);
    expect(files('__cluster_metadata-0').filter((name) => name.endsWith('.checkpoint')).length).toBeGreaterThan(0);
    expect(before.records.flat().toSorted()).toEqual(Array.from({ length: 2500 }, (_, i) => `${i}`).toSorted());
    expect(before.committed).toEqual(['0: 100 null', '1: 101 null']);
  });

  it('finds everything after it was closed', async () => {
    await lab.stop();
    expect([cleanFiles(), existsSync(join(lab.dataDir, 'lab.lock'))]).toEqual([[true, true, true], false]);
    await startAgain();
    expect(cleanFiles()).toEqual([false, false, false]);
    expect(await kept('second')).toEqual(before);
  });

  it('finds everything after kill -9, with all that was acknowledged meanwhile', async () => {
    const producer = kafka({ retries: 1, initialRetryTime: 50 }).producer({ idempotent: true });
    await producer.connect();
    const acknowledged: string[] = [];
    const writing = (async () => {
      for (let i = 0; ; i++) {
        const messages = Array.from({ length: 5 }, (_, j) => ({ key: `${j}`, value: `late-${i}-${j}` }));
        await producer.send({ topic, messages });
        acknowledged.push(...messages.map(({ value }) => value));
        if (acknowledged.length === 500) lab.child.kill('SIGKILL');
      }
    })().catch(() => producer.disconnect());
    await writing;
    expect(acknowledged.length).toBeGreaterThanOrEqual(500);
    await lab.kill();
    await startAgain();
    const after = await kept('third');
    expect(after).toEqual({ ...before, records: after.records });
    for (const [partition, records] of before.records.entries()) {
      expect(after.records[partition]!.slice(0, records.length)).toEqual(records);
    }
    const late = after.records.flatMap((records, partition) => records.slice(before.records[partition]!.length));
    expect(new Set(late).size).toBe(late.length);
    expect([...new Set(acknowledged).difference(new Set(late))]).toEqual([]);
    before = after;
  });

  it('finds everything after it was closed once more, which the dump of Kafka reads without a complaint', async () => {
    await lab.stop();
    if (hasKafkaTools()) {
      const programs = await compileJavaPrograms();
      const tools = new OfficialTools(programs);
      const { complaints, text } = await dumpComplaints(tools, lab.dataDir);
      tools.stop();
      programs.dispose();
      expect(complaints).toEqual([]);
      expect(text).toContain(`"group":"${group}"`);
    }
    await startAgain();
    expect(await kept('fourth')).toEqual(before);
  });
});
