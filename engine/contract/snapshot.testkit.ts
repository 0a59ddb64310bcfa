/** A small lab as data, for tests on both sides of the contract: three brokers, `orders` with three partitions. */
import type { ConsumerView, ProducerView } from './clients.ts';
import type { LabEvent } from './events.ts';
import type { FaultSpec, FaultView } from './faults.ts';
import type { GroupView } from './groups.ts';
import { liveRun } from './runs.ts';
import { wallTimeView } from './time.ts';
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

export function faultView(id: number, spec: FaultSpec, change: Partial<FaultView> = {}): FaultView {
  return {
    id,
    spec,
    state: 'active',
    armedMs: testEpochMs,
    activeMs: testEpochMs,
    untilMs: null,
    endedMs: null,
    by: 'you',
    detail: '',
    vanished: null,
    overruledBy: null,
    reversible: true,
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
    producers: [producerView('order-feed')],
    consumers: [consumerView('billing-1'), consumerView('billing-2')],
    groups: [groupView('billing')],
    events: [eventOf(1)],
    eventCount: 1,
    problems: [],
    time: wallTimeView(testEpochMs),
    faults: [],
    shown: { ...liveRun, title: 'Workshop A' },
    scenario: null,
    recording: null,
    jobs: [],
    ...change,
  };
}

export function producerView(id: string, change: Partial<ProducerView> = {}): ProducerView {
  return {
    id,
    state: 'running',
    stateSinceMs: testEpochMs,
    settings: {
      topic: 'orders',
      recordsPerSecond: 400,
      keys: 'round',
      keyCount: 100,
      recordBytes: 200,
      skewPercent: 80,
      keyNames: [],
      keyFile: null,
      payload: null,
      headers: [],
      sendMode: 'async',
      partitioner: 'default',
      partitionExpression: '',
      seed: null,
      acks: 'all',
      configs: {},
    },
    effective: { 'batch.size': '16384', 'linger.ms': '5', 'buffer.memory': '33554432', 'enable.idempotence': 'true' },
    producerId: 1000,
    producerEpoch: 0,
    totals: {
      sent: 1200,
      acknowledged: 1199,
      failed: 0,
      retries: 0,
      batches: { full: 1, linger: 300, flush: 0, close: 0, memory: 0 },
      bytes: 240_000,
      uncompressedBytes: 240_000,
      noticed: 0,
      reordered: 0,
      duplicates: 0,
    },
    recordsPerSecond: 400,
    ackMs: { median: 2, p99: 8 },
    heldMs: { median: 0, p99: 0 },
    notices: [],
    inFlightRequests: 1,
    bufferBytes: 4096,
    accumulators: [0, 1, 2].map((partition) => ({
      topic: 'orders',
      partition,
      batchBytes: 420,
      batchRecords: 2,
      waitingBatches: 1,
      inFlightBatches: partition === 0 ? 1 : 0,
      retrying: false,
      lastSent: { reason: 'linger', bytes: 640, records: 3, atMs: testEpochMs },
      ackMs: 2,
      error: null,
      lastOffset: 1199,
      appended: 400,
      acknowledged: 400,
      failed: 0,
      wireBytes: 80_000,
      uncompressedBytes: 80_000,
      sequence: { producerEpoch: 0, base: 397, last: 399 },
      retries: 0,
      reordered: 0,
      duplicates: 0,
    })),
    lastError: null,
    failure: null,
    sampledMs: testEpochMs,
    ...change,
  };
}

export function consumerView(id: string, change: Partial<ConsumerView> = {}): ConsumerView {
  return {
    id,
    state: 'running',
    stateSinceMs: testEpochMs,
    settings: {
      group: 'billing',
      topics: ['orders'],
      assignors: ['range', 'cooperative-sticky'],
      commit: 'auto',
      instanceId: null,
      processingMs: 0,
      processingJitterMs: 0,
      commitOnRevoke: false,
      configs: {},
    },
    effective: { 'session.timeout.ms': '45000', 'heartbeat.interval.ms': '3000', 'max.poll.interval.ms': '300000' },
    memberId: `${id}-member`,
    memberState: 'stable',
    generation: 2,
    isLeader: id.endsWith('1'),
    coordinator: 1,
    partitions: (id.endsWith('1') ? [0, 1] : [2]).map((partition) => ({
      topic: 'orders',
      partition,
      position: 1190,
      committed: 1100,
      highWatermark: 1200,
      buffered: 4,
      bufferedBytes: 800,
      nextTimestampMs: testEpochMs - 20,
      fetchedBytes: 640,
    })),
    lastHeartbeatMs: testEpochMs,
    lastPollMs: testEpochMs,
    consumed: 2380,
    recordsPerSecond: 200,
    fetches: { answered: 40, empty: 4, bytes: 25_600, lastBytes: 640, lastMs: 3, inFlight: 1 },
    fetchesPerSecond: 10,
    again: 0,
    commits: 3,
    callbacks: [],
    lastError: null,
    failure: null,
    sampledMs: testEpochMs,
    ...change,
  };
}

export function groupView(id: string, change: Partial<GroupView> = {}): GroupView {
  const member = (number: number, partitions: readonly number[]): GroupView['members'][number] => ({
    memberId: `${id}-${number}-member`,
    instanceId: null,
    clientId: `${id}-${number}`,
    clientHost: '/127.0.0.1',
    client: `${id}-${number}`,
    label: `c${number}`,
    awaiting: null,
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 300_000,
    sessionDeadlineMs: testEpochMs + 45_000,
    protocols: ['range', 'cooperative-sticky'],
    assignment: [{ topic: 'orders', partitions }],
  });
  return {
    id,
    state: 'Stable',
    stateSinceMs: testEpochMs,
    generation: 2,
    protocolType: 'consumer',
    protocol: 'range',
    coordinator: 1,
    leader: `${id}-1-member`,
    members: [member(1, [0, 1]), member(2, [2])],
    pendingMembers: [],
    rebalanceDeadlineMs: null,
    topics: ['orders'],
    offsets: [0, 1, 2].map((partition) => ({
      topic: 'orders',
      partition,
      offset: 1100,
      committedMs: testEpochMs,
      passedMs: testEpochMs - 400,
    })),
    rebalance: null,
    restarts: {
      dynamic: { times: 0, rebalances: 0, silentMs: 0 },
      static: { times: 0, rebalances: 0, silentMs: 0 },
    },
    sampledMs: testEpochMs,
    ...change,
  };
}
