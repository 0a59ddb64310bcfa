import { describe, expect, it } from 'vitest';
import { applyDelta } from '../contract/delta.ts';
import { eventTailMax, type LabInfo } from '../contract/snapshot.ts';
import { eventOf } from '../contract/snapshot.testkit.ts';
import type { MetadataView, NodeSample, PartitionView, ReplicaSample } from '../node/sample.ts';
import { Projection } from './projection.ts';

const info: LabInfo = {
  name: 'lab',
  dataDir: '/lab',
  clusterId: null,
  bootstrapServers: '',
  startedMs: 0,
  version: '0',
  state: 'starting',
  defaults: { brokers: 3, firstPort: 9092 },
  minInsyncReplicas: 1,
};

const partition = (over: Partial<PartitionView> = {}): PartitionView => ({
  partition: 0,
  replicas: [1, 2],
  isr: [1, 2],
  elr: [],
  leader: 1,
  leaderEpoch: 0,
  partitionEpoch: 0,
  ...over,
});

const metadata = (offset: number, over: Partial<MetadataView> = {}): MetadataView => ({
  offset,
  epoch: 1,
  clusterId: 'c',
  brokers: [1, 2].map((id) => ({
    id,
    epoch: id,
    fenced: false,
    inControlledShutdown: false,
    host: '127.0.0.1',
    port: 9091 + id,
  })),
  changedTopics: [{ topic: 'orders', topicId: 't1', partitions: [partition()], configs: {} }],
  removedTopics: [],
  complete: false,
  ...over,
});

const replica = (over: Partial<ReplicaSample>): ReplicaSample => ({
  topic: 'orders',
  partition: 0,
  role: 'leader',
  leaderEpoch: 0,
  logStartOffset: 0,
  logEndOffset: 10,
  highWatermark: 8,
  lastStableOffset: 8,
  sizeBytes: 100,
  isr: [1, 2],
  followers: [],
  ...over,
});

const sample = (nodeId: number, over: Partial<NodeSample> = {}): NodeSample => ({
  nodeId,
  atMs: 1000,
  lifecycle: 'running',
  brokerEpoch: nodeId,
  quorum: { role: 'follower', epoch: 1, leaderId: 1, highWatermark: 5, logEndOffset: 6, voters: [], observers: [] },
  replicas: [],
  heartbeats: [],
  diskBytes: 7,
  traffic: { bytesIn: 0, bytesOut: 0, recordsIn: 0, requests: 0, connections: 0 },
  groups: [],
  groupsGone: [],
  ...over,
});

function lab(): Projection {
  const projection = new Projection(info, 0);
  for (const id of [1, 2]) {
    projection.addBroker(
      { id, host: '127.0.0.1', port: 9091 + id, controllerPort: 9191 + id, sessionTimeoutMs: 9000 },
      0,
    );
  }
  return projection;
}

describe('the projection of a lab', () => {
  it('sends deltas that lead from one snapshot to the next', () => {
    const projection = lab();
    projection.publish(1, false);
    const before = projection.published;
    projection.applyMetadata(metadata(10), 2);
    projection.applySample(sample(1, { replicas: [replica({})] }));
    const delta = projection.publish(3, false);
    expect(delta && applyDelta(before, delta)).toEqual(projection.published);
  });

  it('says nothing when nothing changed, and only that it lives when a beat is due', () => {
    const projection = lab();
    projection.publish(1, false);
    expect(projection.publish(2, false)).toBeNull();
    expect(projection.publish(3, true)).toEqual({ seq: 2, sampledMs: 3 });
  });

  it('takes the newer of two members’ metadata, whoever tells it first', () => {
    const projection = lab();
    const moved = partition({ leader: 2, leaderEpoch: 1, isr: [2] });
    projection.applyMetadata(metadata(10), 1);
    projection.applyMetadata(
      metadata(20, { changedTopics: [{ topic: 'orders', topicId: 't1', partitions: [moved], configs: {} }] }),
      2,
    );
    projection.applyMetadata(metadata(15), 3);
    projection.publish(4, false);
    expect(projection.published.partitions[0]).toMatchObject({ leader: 2, leaderWas: 1, leaderMovedMs: 2, isr: [2] });
  });

  it('keeps the last numbers of a killed broker, and what the controller thinks of it', () => {
    const projection = lab();
    projection.applyMetadata(metadata(10), 1);
    projection.applySample(sample(1, { replicas: [replica({ logEndOffset: 42 })] }));
    projection.setProcess(1, 'killed', 5);
    projection.publish(6, false);
    const { brokers, partitions } = projection.published;
    expect(brokers[0]).toMatchObject({ process: 'killed', sampledMs: 1000, registration: { fenced: false } });
    expect(partitions[0]).toMatchObject({ leader: 1, logs: [{ logEndOffset: 42 }, { logEndOffset: null }] });
  });

  it('starts a topic that was deleted and made again with unknown numbers and another id', () => {
    const projection = lab();
    projection.applyMetadata(metadata(10), 1);
    projection.applySample(sample(1, { replicas: [replica({})] }));
    projection.publish(2, false);
    const before = projection.published;
    projection.applyMetadata(metadata(20, { changedTopics: [], removedTopics: ['orders'] }), 3);
    projection.applyMetadata(
      metadata(30, { changedTopics: [{ topic: 'orders', topicId: 't2', partitions: [partition()], configs: {} }] }),
      4,
    );
    const delta = projection.publish(5, false);
    const after = delta === null ? before : applyDelta(before, delta);
    expect(after.partitions[0]?.logs[0]?.logEndOffset).toBeNull();
    expect(after.partitions[0]?.id).not.toBe(before.partitions[0]?.id);
  });

  it('believes the quorum’s leader about lag, and shows nobody’s word when the last voter is gone', () => {
    const projection = lab();
    const voter = { logEndOffset: 6, lastFetchMs: 900, lastCaughtUpMs: 900 };
    const voters = [
      { id: 1, ...voter },
      { id: 2, ...voter, logEndOffset: 4 },
    ];
    const quorum = {
      role: 'leader' as const,
      epoch: 1,
      leaderId: 1,
      highWatermark: 5,
      logEndOffset: 6,
      voters,
      observers: [],
    };
    projection.applySample(sample(2));
    projection.applySample(sample(1, { quorum }));
    projection.publish(1, false);
    expect(projection.published.quorum).toMatchObject({
      leader: 1,
      toldBy: 1,
      voters: [
        { id: 1, role: 'leader', lag: 0 },
        { id: 2, role: 'follower', lag: 2 },
      ],
    });
    projection.setProcess(1, 'killed', 2);
    projection.setProcess(2, 'killed', 2);
    projection.publish(3, false);
    expect(projection.published.quorum).toMatchObject({ leader: 1, toldBy: null });
  });

  it('times the steps of a start', () => {
    const projection = lab();
    projection.setProcess(1, 'starting', 100);
    projection.completeStep(1, 'data-directory', 130);
    projection.completeStep(1, 'log-recovered', 150);
    projection.publish(200, false);
    expect(projection.published.brokers[0]?.steps.slice(0, 3)).toEqual([
      { name: 'data-directory', state: 'done', tookMs: 30 },
      { name: 'log-recovered', state: 'done', tookMs: 20 },
      { name: 'quorum-joined', state: 'active', tookMs: null },
    ]);
  });

  it('tells every event, also more than a snapshot keeps', () => {
    const projection = lab();
    projection.publish(1, false);
    const before = projection.published;
    const { id: _id, ...draft } = eventOf(1);
    projection.addEvents(Array.from({ length: eventTailMax + 30 }, () => draft));
    const delta = projection.publish(2, false)!;
    expect(delta.events).toHaveLength(eventTailMax + 30);
    expect(projection.published.events.map((event) => event.id)[0]).toBe(31);
    expect(applyDelta(before, delta)).toEqual(projection.published);
  });
});
