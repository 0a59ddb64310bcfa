import { describe, expect, it } from 'vitest';
import { BugError } from '../base/assert.ts';
import { MetadataDelta } from './delta.ts';
import { configEntries, emptyMetadataImage, emptyProvenance } from './image.ts';
import type { MetadataImage } from './image.ts';
import type { MetadataRecord, RecordOf } from './records/index.ts';

const id = 'AAAAAAAAAAAAAAAAAAAA-A';
const dir = 'AAAAAAAAAAAAAAAAAADir1';

function after(image: MetadataImage, ...records: MetadataRecord[]): MetadataImage {
  const delta = new MetadataDelta(image);
  for (const record of records) delta.replay(record);
  return delta.apply(emptyProvenance);
}

const partition = (partitionId: number, leader = 1): RecordOf<'PartitionRecord'> => ({
  type: 'PartitionRecord',
  version: 2,
  partitionId,
  topicId: id,
  replicas: [1, 2, 3],
  isr: [1, 2, 3],
  removingReplicas: [],
  addingReplicas: [],
  leader,
  leaderRecoveryState: 0,
  leaderEpoch: 0,
  partitionEpoch: 0,
  directories: [dir, dir, dir],
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
});
const change = (fields: Partial<RecordOf<'PartitionChangeRecord'>>): RecordOf<'PartitionChangeRecord'> => ({
  type: 'PartitionChangeRecord',
  version: 2,
  partitionId: 0,
  topicId: id,
  isr: null,
  leader: -2,
  replicas: null,
  removingReplicas: null,
  addingReplicas: null,
  leaderRecoveryState: -1,
  directories: null,
  eligibleLeaderReplicas: null,
  lastKnownElr: null,
  ...fields,
});
const topic: MetadataRecord = { type: 'TopicRecord', version: 0, name: 'orders', topicId: id };
const broker = (fields: Partial<RecordOf<'RegisterBrokerRecord'>> = {}): RecordOf<'RegisterBrokerRecord'> => ({
  type: 'RegisterBrokerRecord',
  version: 4,
  brokerId: 1,
  isMigratingZkBroker: false,
  incarnationId: id,
  brokerEpoch: 7,
  endPoints: [],
  features: [],
  rack: null,
  fenced: true,
  inControlledShutdown: false,
  logDirs: [dir],
  cordonedLogDirs: null,
  ...fields,
});
const brokerChange = (fields: Partial<RecordOf<'BrokerRegistrationChangeRecord'>>): MetadataRecord => ({
  type: 'BrokerRegistrationChangeRecord',
  version: 3,
  brokerId: 1,
  brokerEpoch: 7,
  fenced: 0,
  inControlledShutdown: 0,
  logDirs: [],
  cordonedLogDirs: null,
  ...fields,
});
const config = (resourceName: string, name: string, value: string | null): MetadataRecord => ({
  type: 'ConfigRecord',
  version: 0,
  resourceType: 2,
  resourceName,
  name,
  value,
});

describe('metadata delta', () => {
  const base = after(emptyMetadataImage, topic, partition(0), partition(1, 2));

  it('leaves the image it starts from alone and shares what did not change', () => {
    const before = base.topics.byName.get('orders');
    const next = after(base, change({ isr: [1, 2] }));
    expect(base.topics.byName.get('orders')).toBe(before);
    expect(before?.partitions.get(0)?.isr).toEqual([1, 2, 3]);
    expect(next.topics.byId.get(id)).toBe(next.topics.byName.get('orders'));
    expect(next.topics.byId.get(id)?.partitions.get(1)).toBe(before?.partitions.get(1));
    expect(next.configs).toBe(base.configs);
    expect(next.cluster).toBe(base.cluster);
  });

  it.each([
    [
      'an ISR change counts the partition epoch only',
      { isr: [1, 2] },
      { isr: [1, 2], leaderEpoch: 0, partitionEpoch: 1 },
    ],
    ['a named leader counts both epochs', { leader: 2 }, { leader: 2, leaderEpoch: 1, partitionEpoch: 1 }],
    ['the same leader named again counts both epochs', { leader: 1 }, { leader: 1, leaderEpoch: 1, partitionEpoch: 1 }],
    ['no leader is a leader change', { leader: -1, isr: [] }, { leader: -1, isr: [], leaderEpoch: 1 }],
    ['recovery state', { leaderRecoveryState: 1 }, { leaderRecoveryState: 'recovering' }],
    ['ELR', { eligibleLeaderReplicas: [3], lastKnownElr: [2] }, { elr: [3], lastKnownElr: [2] }],
  ] as const)('%s', (_, fields, expected) => {
    expect(after(base, change(fields)).topics.byId.get(id)?.partitions.get(0)).toMatchObject(expected);
  });

  it('adds up several changes of one partition in one delta', () => {
    const next = after(base, change({ isr: [1, 2] }), change({ leader: 2, isr: [2] }));
    expect(next.topics.byId.get(id)?.partitions.get(0)).toMatchObject({ isr: [2], leaderEpoch: 1, partitionEpoch: 2 });
  });

  it('says which local replicas to delete, lead and follow', () => {
    const delta = new MetadataDelta(base);
    delta.replay(change({ leader: 2 }));
    delta.replay(change({ partitionId: 1, replicas: [2, 3], isr: [2, 3], directories: [dir, dir] }));
    const keys = (broker: number) => {
      const local = delta.topics.localChanges(broker);
      return [local.deletes, local.leaders, local.followers].map((list) => list.map((it) => it.partition));
    };
    expect([keys(1), keys(2), keys(3)]).toEqual([
      [[1], [], [0]],
      [[], [0, 1], []],
      [[], [], [0, 1]],
    ]);
  });

  it('removes a topic with its configs, and forgets one that was created and removed in the same delta', () => {
    const configured = after(base, config('orders', 'retention.ms', '5'));
    const removal: MetadataRecord = { type: 'RemoveTopicRecord', version: 0, topicId: id };
    const delta = new MetadataDelta(configured);
    delta.replay(removal);
    expect(delta.topics.localChanges(3).deletes.map((it) => it.topicDeleted)).toEqual([true, true]);
    const gone = delta.apply(emptyProvenance);
    expect([gone.topics.byId.size, gone.topics.byName.size, configEntries(gone, 2, 'orders').size]).toEqual([0, 0, 0]);
    const brief = new MetadataDelta(emptyMetadataImage);
    for (const record of [topic, partition(0), removal]) brief.replay(record);
    expect(brief.topics.isEmpty).toBe(true);
  });

  it('lets a name go from one topic to another within one delta', () => {
    const other = 'AAAAAAAAAAAAAAAAAAAA-w';
    const next = after(
      base,
      { type: 'RemoveTopicRecord', version: 0, topicId: id },
      { type: 'TopicRecord', version: 0, name: 'orders', topicId: other },
    );
    expect([next.topics.byName.get('orders')?.id, [...next.topics.byId.keys()]]).toEqual([other, [other]]);
  });

  it('clears the ELR of one topic or of all, counting the partition epoch of those that had one', () => {
    const withElr = after(base, change({ eligibleLeaderReplicas: [3] }));
    const cleared = after(withElr, { type: 'ClearElrRecord', version: 0, topicName: 'orders' });
    const all = after(withElr, { type: 'ClearElrRecord', version: 0, topicName: '' });
    const other = after(withElr, { type: 'ClearElrRecord', version: 0, topicName: 'another' });
    const of = (image: MetadataImage) =>
      [0, 1].map((index) => {
        const it = image.topics.byId.get(id)!.partitions.get(index)!;
        return [it.elr, it.partitionEpoch];
      });
    expect([of(cleared), of(all), of(other)]).toEqual([
      [
        [[], 2],
        [[], 0],
      ],
      [
        [[], 2],
        [[], 0],
      ],
      [
        [[3], 1],
        [[], 0],
      ],
    ]);
  });

  it('follows a broker from registration over fencing to removal', () => {
    const registered = after(emptyMetadataImage, broker());
    const unfenced = after(registered, brokerChange({ fenced: -1, cordonedLogDirs: [] }));
    const leaving = after(unfenced, brokerChange({ inControlledShutdown: 1 }));
    const fenced = after(leaving, brokerChange({ fenced: 1 }));
    const gone = after(fenced, { type: 'UnregisterBrokerRecord', version: 0, brokerId: 1, brokerEpoch: 7 });
    const states = [registered, unfenced, leaving, fenced].map((image) => {
      const it = image.cluster.brokers.get(1)!;
      return [it.fenced, it.inControlledShutdown, it.cordonedLogDirs, it.logDirs];
    });
    expect(states).toEqual([
      [true, false, null, [dir]],
      [false, false, [], [dir]],
      [false, true, [], [dir]],
      [true, true, [], [dir]],
    ]);
    expect(gone.cluster.brokers.size).toBe(0);
  });

  it('takes records that name an absent thing for a bug', () => {
    expect(() => after(emptyMetadataImage, change({}))).toThrow(BugError);
    expect(() => after(base, change({ partitionId: 9 }))).toThrow(BugError);
    expect(() => after(emptyMetadataImage, brokerChange({ fenced: 1 }))).toThrow(BugError);
    expect(() => after(after(emptyMetadataImage, broker()), brokerChange({ brokerEpoch: 8 }))).toThrow(BugError);
  });

  it('sets, replaces and deletes config keys and drops empty resources', () => {
    const set = after(base, config('orders', 'a', '1'), config('orders', 'b', '2'), config('orders', 'a', '3'));
    expect([...configEntries(set, 2, 'orders')]).toEqual([
      ['a', '3'],
      ['b', '2'],
    ]);
    const none = after(set, config('orders', 'a', null), config('orders', 'b', null));
    expect(none.configs.size).toBe(0);
  });

  it('keeps the last of each record it gives no meaning to, until it is removed', () => {
    const quota = (value: number, remove: boolean): MetadataRecord => ({
      type: 'ClientQuotaRecord',
      version: 0,
      entity: [{ entityType: 'user', entityName: 'ada' }],
      key: 'producer_byte_rate',
      value,
      remove,
    });
    const kept = after(emptyMetadataImage, quota(1, false), quota(2, false));
    expect([...kept.kept.values()]).toEqual([quota(2, false)]);
    expect(after(kept, quota(0, true)).kept.size).toBe(0);
  });
});
