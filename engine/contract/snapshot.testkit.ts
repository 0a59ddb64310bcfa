/** A small lab as data, for tests on both sides of the contract: three brokers, `orders` with three partitions. */
import type { LabEvent } from './events.ts';
import type { BrokerView, LabSnapshot, PartitionView, TopicView } from './snapshot.ts';

export const testEpochMs = 1_750_000_000_000;

export function brokerView(id: number, change: Partial<BrokerView> = {}): BrokerView {
  return {
    id,
    host: '127.0.0.1',
    port: 9091 + id,
    controllerPort: 19_091 + id,
    roles: ['broker', 'controller'],
    process: 'running',
    processSinceMs: testEpochMs,
    registration: { brokerEpoch: id, fenced: false, inControlledShutdown: false, sinceMs: testEpochMs },
    lastHeartbeatMs: testEpochMs,
    sessionTimeoutMs: 9000,
    diskBytes: 11_200_000,
    sampledMs: testEpochMs,
    steps: [],
    ...change,
  };
}

export function topicView(name: string, change: Partial<TopicView> = {}): TopicView {
  const internal = name.startsWith('__');
  return { name, topicId: `id-of-${name}`, internal, replicationFactor: 3, minInsyncReplicas: 2, ...change };
}

export function partitionView(
  id: number,
  topic: string,
  partition: number,
  change: Partial<PartitionView> = {},
): PartitionView {
  return {
    id,
    topic,
    partition,
    leader: (partition % 3) + 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    leaderMovedMs: null,
    leaderWas: null,
    replicas: [1, 2, 3],
    isr: [1, 2, 3],
    elr: [],
    logs: [1, 2, 3].map((node) => ({
      node,
      logStartOffset: 0,
      logEndOffset: 1200,
      highWatermark: 1200,
      caughtUpMs: null,
    })),
    ...change,
  };
}

export function eventOf(id: number, change: Partial<LabEvent> = {}): LabEvent {
  return {
    id,
    atMs: testEpochMs + id,
    actor: 'broker',
    node: 1,
    kind: 'lifecycle',
    source: 'BrokerLifecycle',
    args: { detail: 'started' },
    change: null,
    metric: null,
    tone: 'plain',
    ...change,
  };
}

export function labSnapshot(change: Partial<LabSnapshot> = {}): LabSnapshot {
  return {
    seq: 10,
    sampledMs: testEpochMs,
    lab: {
      name: 'Default lab',
      dataDir: '/tmp/lab',
      clusterId: 'MkU3OEVBNTcwNTJENDM2Qg',
      bootstrapServers: '127.0.0.1:9092,127.0.0.1:9093,127.0.0.1:9094',
      startedMs: testEpochMs - 60_000,
      version: '0.1.0',
      state: 'starting',
      defaults: { brokers: 3, firstPort: 9092 },
      minInsyncReplicas: 1,
    },
    brokers: [brokerView(1), brokerView(2), brokerView(3)],
    quorum: {
      leader: 1,
      epoch: 4,
      highWatermark: 2318,
      toldBy: 1,
      sampledMs: testEpochMs,
      voters: [1, 2, 3].map((id) => ({
        id,
        role: id === 1 ? 'leader' : 'follower',
        logEndOffset: 2318,
        lag: 0,
        lastFetchMs: id === 1 ? null : testEpochMs,
        lastCaughtUpMs: testEpochMs,
      })),
      observers: [],
    },
    topics: [topicView('orders'), topicView('__consumer_offsets')],
    partitions: [
      partitionView(1, 'orders', 0),
      partitionView(2, 'orders', 1),
      partitionView(3, 'orders', 2),
      partitionView(4, '__consumer_offsets', 0),
    ],
    events: [eventOf(1)],
    eventCount: 1,
    problems: [],
    ...change,
  };
}
