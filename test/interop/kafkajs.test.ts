/**
 * kafkajs against the lab: topics, keyed and compressed messages, three consumers of one group that read each message
 * exactly once and in order per key, and the group as its admin client sees it.
 */
import { CompressionTypes, Kafka, logLevel, type Admin, type Consumer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLabProcess, type LabProcess } from './lab-process.ts';

const lineCount = 2000;
const keyCount = 41;
const topic = 'kafkajs-lines';
const group = 'kafkajs-readers';

let lab: LabProcess;
let kafka: Kafka;
let admin: Admin;

interface Reader {
  readonly consumer: Consumer;
  readonly read: { readonly partition: number; readonly key: string; readonly number: number }[];
  assigned: readonly number[];
}

async function startReader(groupId: string): Promise<Reader> {
  const consumer = kafka.consumer({ groupId, sessionTimeout: 10_000, heartbeatInterval: 500, maxWaitTimeInMs: 200 });
  const reader: Reader = { consumer, read: [], assigned: [] };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    reader.assigned = payload.memberAssignment[topic] ?? [];
  });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ partition, message }) => {
      reader.read.push({ partition, key: String(message.key), number: Number(message.value) });
    },
  });
  return reader;
}

async function until(condition: () => boolean, what: string, timeoutMs = 60_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function send(from: number, count: number, compression = CompressionTypes.None): Promise<void> {
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  const messages = Array.from({ length: count }, (_, i) => ({
    key: `key-${(from + i) % keyCount}`,
    value: String(from + i),
  }));
  for (let at = 0; at < messages.length; at += 250) {
    await producer.send({ topic, acks: -1, compression, messages: messages.slice(at, at + 250) });
  }
  await producer.disconnect();
}

const numbersByKey = (readers: readonly Reader[]): Record<string, number[]> => {
  const numbers: Record<string, number[]> = {};
  for (const { key, number } of readers.flatMap(({ read }) => read)) (numbers[key] ??= []).push(number);
  return numbers;
};

describe('kafkajs against the lab', () => {
  beforeAll(async () => {
    lab = await startLabProcess({
      args: ['--no-default-workload', '--set', 'group.initial.rebalance.delay.ms=0'],
    });
    kafka = new Kafka({
      clientId: 'kafkajs-test',
      brokers: lab.bootstrapServers.split(','),
      logLevel: logLevel.NOTHING,
      retry: { retries: 10 },
    });
    admin = kafka.admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin?.disconnect();
    await lab?.dispose();
  });

  it('creates a topic and sees its leaders and replicas', async () => {
    expect(
      await admin.createTopics({ topics: [{ topic, numPartitions: 6, replicationFactor: 3 }], waitForLeaders: true }),
    ).toBe(true);
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    expect(topics[0]!.partitions).toHaveLength(6);
    for (const { leader, replicas, isr } of topics[0]!.partitions) {
      expect([leader >= 1, replicas.toSorted(), isr.toSorted()]).toEqual([true, [1, 2, 3], [1, 2, 3]]);
    }
    expect((await admin.describeCluster()).brokers.map(({ nodeId }) => nodeId).toSorted()).toEqual([1, 2, 3]);
  });

  it('reads 2,000 keyed messages back with three consumers of one group, each once and in order per key', async () => {
    const readers = await Promise.all([1, 2, 3].map(() => startReader(group)));
    try {
      await until(
        () => readers.every(({ assigned }) => assigned.length === 2),
        'two partitions for each of three consumers',
      );
      expect(readers.flatMap(({ assigned }) => assigned).toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
      await send(0, lineCount / 2);
      await send(lineCount / 2, lineCount / 2, CompressionTypes.GZIP);
      await until(() => readers.flatMap(({ read }) => read).length >= lineCount, `${lineCount} messages`);

      const expected: Record<string, number[]> = {};
      for (let i = 0; i < lineCount; i++) (expected[`key-${i % keyCount}`] ??= []).push(i);
      expect(numbersByKey(readers)).toEqual(expected);
      const described = await admin.describeGroups([group]);
      expect(described.groups[0]).toMatchObject({
        errorCode: 0,
        groupId: group,
        state: 'Stable',
        protocolType: 'consumer',
      });
      expect(described.groups[0]!.members.map(({ clientId }) => clientId)).toEqual(Array(3).fill('kafkajs-test'));
    } finally {
      await Promise.all(readers.map(({ consumer }) => consumer.disconnect()));
    }
  });

  it('finds what the group committed, and nothing new to read', async () => {
    const ends = await admin.fetchTopicOffsets(topic);
    const [committed] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
    const sorted = (offsets: readonly { partition: number; offset: string }[]) =>
      offsets.map(({ partition, offset }) => `${partition}: ${offset}`).toSorted();
    expect(sorted(committed!.partitions)).toEqual(sorted(ends));

    const reader = await startReader(group);
    try {
      await until(() => reader.assigned.length === 6, 'all partitions');
      await send(lineCount, 10);
      await until(() => reader.read.length >= 10, 'ten more messages');
      expect(reader.read.map(({ number }) => number).toSorted()).toEqual(
        Array.from({ length: 10 }, (_, i) => lineCount + i),
      );
    } finally {
      await reader.consumer.disconnect();
    }
  });

  it('resets and deletes the group', async () => {
    expect((await admin.listGroups()).groups).toContainEqual({ groupId: group, protocolType: 'consumer' });
    await admin.resetOffsets({ groupId: group, topic, earliest: true });
    const reset = await admin.fetchOffsets({ groupId: group, topics: [topic], resolveOffsets: true });
    expect(reset[0]!.partitions.map(({ offset }) => offset)).toEqual(Array(6).fill('0'));
    await admin.deleteGroups([group]);
    expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group);
  });
});
