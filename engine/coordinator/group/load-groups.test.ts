import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../protocol/index.ts';
import { buildBatch, buildEndTransactionMarker } from '../../record/index.ts';
import { CoordinatorWorld, MemoryLog } from '../coordinator.testkit.ts';
import recorded from '../recorded-offsets.json' with { type: 'json' };
import { encodeGroupRecord, type GroupRecord } from './records/group-record.ts';

function recordedLog(partition: keyof typeof recorded): MemoryLog {
  const log = new MemoryLog();
  log.load(new Uint8Array(Buffer.from(recorded[partition], 'base64')));
  return log;
}

function commitOf(offset: number, partition = 0): GroupRecord {
  const value = {
    offset,
    leaderEpoch: -1,
    metadata: '',
    commitTimestamp: 1,
    expireTimestamp: -1,
    topicId: 'AAAAAAAAAAAAAAAAAAAAAA',
  };
  return { type: 'offset-commit', group: 'g', topic: 't', partition, value };
}

describe('loading a partition of __consumer_offsets', () => {
  it('reads what Apache Kafka wrote: classic, simple and deleted groups, KIP-848 groups skipped', async () => {
    const kit = new CoordinatorWorld({}, recordedLog('0'));
    await kit.run(100);
    expect(kit.coordinator.listGroups({ states: [], types: [] }).groups).toEqual([
      { groupId: 'g-classic', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
      { groupId: 'g-static', protocolType: 'consumer', groupState: 'Empty', groupType: 'classic' },
      { groupId: 'g-simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
    expect([await kit.fetchAll('g-classic'), await kit.fetchAll('g-static'), await kit.fetchAll('g-simple')]).toEqual([
      { 'groups-in-2': 40, 'groups-in-1': 40, 'groups-in-3': 40, 'groups-in-0': 40 },
      { 'groups-in-3': 40, 'groups-in-0': 40, 'groups-in-2': 40, 'groups-in-1': 40 },
      { 'groups-in-0': 7 },
    ]);
    // Offsets of a KIP-848 group can be read, the group itself is none of ours.
    expect(await kit.fetchAll('g-consumer')).toMatchObject({ 'groups-in-3': 40 });
    expect(kit.coordinator.describeGroups(['g-consumer'])[0]).toMatchObject({
      errorCode: ErrorCode.GROUP_ID_NOT_FOUND,
    });
    const member = kit.member({ group: 'g-consumer', name: 'a' });
    expect(await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller))).toMatchObject({
      errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL,
    });
    expect(kit.tracer.ofType('coordinator-loaded')).toEqual([
      { type: 'coordinator-loaded', partition: 0, groups: 3, offsets: 13, records: 56 },
    ]);
  });

  it('reads committed and aborted transactions', async () => {
    const kit = new CoordinatorWorld({}, recordedLog('3'));
    await kit.run(100);
    // Four transactions committed an offset for the group: three were aborted, the last one was not.
    expect(await kit.fetchAll('g-eos')).toEqual({ 'txn-0': 183 });
    expect(kit.tracer.ofType('coordinator-loaded')).toMatchObject([{ groups: 1, offsets: 1 }]);
  });

  it('knows a deleted group no more', async () => {
    const kit = new CoordinatorWorld({}, recordedLog('2'));
    await kit.run(100);
    expect(kit.coordinator.listGroups({ states: [], types: [] }).groups).toEqual([]);
    expect(await kit.fetchAll('g-doomed')).toEqual({});
    expect(Object.keys(await kit.fetchAll('g-consumer-regex'))).toHaveLength(4);
  });

  it('gives the same result however small the pieces are', async () => {
    for (const partition of ['0', '1', '2', '3'] as const) {
      const [whole, pieces] = [{}, { offsetsLoadBufferSize: 1 }].map(
        (config) => new CoordinatorWorld(config, recordedLog(partition)),
      );
      await whole!.run(1000);
      await pieces!.run(1000);
      expect(pieces!.coordinator.sample()).toEqual(whole!.coordinator.sample());
      const loaded = (kit: CoordinatorWorld) => kit.tracer.ofType('coordinator-loaded');
      expect(loaded(pieces!)).toEqual(loaded(whole!));
      expect(loaded(whole!)[0]!.offsets).toBeGreaterThan(0);
    }
  });

  it('answers COORDINATOR_LOAD_IN_PROGRESS meanwhile, heartbeats excepted', async () => {
    const kit = new CoordinatorWorld();
    const { coordinator } = kit;
    const loading = ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
    const member = kit.member({ group: 'g', name: 'a' });
    expect(await coordinator.joinGroup(member.joinRequest(), member.caller)).toMatchObject({ errorCode: loading });
    expect(await member.heartbeat()).toEqual({ errorCode: ErrorCode.NONE });
    expect(await coordinator.leaveGroup({ groupId: 'g', members: [] })).toEqual({ errorCode: loading });
    expect(await coordinator.fetchOffsets({ groupId: 'g', topics: null }, false)).toMatchObject({ errorCode: loading });
    expect((await kit.commit('g', { 't-0': 1 })).topics[0]!.partitions[0]!.errorCode).toBe(loading);
    expect(coordinator.describeGroups(['g'])[0]).toMatchObject({ errorCode: loading });
    expect(coordinator.listGroups({ states: [], types: [] })).toEqual({ errorCode: loading, groups: [] });
    expect(await coordinator.deleteGroups(['g'])).toEqual([{ groupId: 'g', errorCode: loading }]);
    await kit.run(10);
    expect(coordinator.listGroups({ states: [], types: [] })).toEqual({ errorCode: ErrorCode.NONE, groups: [] });
  });

  it('is not the coordinator of what could not be loaded, until it is elected again', async () => {
    const log = new MemoryLog();
    log.lost = true;
    const kit = new CoordinatorWorld({}, log);
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a' });
    const join = () => kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(await join()).toMatchObject({ errorCode: ErrorCode.NOT_COORDINATOR });
    log.lost = false;
    log.leaderEpoch = 1;
    kit.coordinator.onElection(0, 1);
    await kit.run(10);
    expect(await join()).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED });
  });

  it('skips a record that cannot be read', async () => {
    const log = new MemoryLog();
    log.append(0, buildBatch([{ key: encodeGroupRecord(commitOf(1)).key, value: new Uint8Array([0, 99]) }]), 0);
    log.append(
      0,
      buildBatch([
        { key: new Uint8Array([1]), value: null },
        { key: null, value: null },
        encodeGroupRecord(commitOf(2)),
      ]),
      0,
    );
    const kit = new CoordinatorWorld({}, log);
    await kit.run(10);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 2 });
  });

  it('holds offsets of an open transaction back', async () => {
    const log = new MemoryLog();
    const transactional = { producerId: 7, producerEpoch: 0, baseSequence: 0, isTransactional: true };
    const marker = (producerId: number, type: 'commit' | 'abort') =>
      buildEndTransactionMarker({ type, producerId, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1 });
    const commit = (producerId: number, ...records: GroupRecord[]) =>
      log.append(0, buildBatch(records.map(encodeGroupRecord), { ...transactional, producerId }), 0);
    log.append(0, buildBatch([encodeGroupRecord(commitOf(1)), encodeGroupRecord(commitOf(1, 1))]), 0);
    commit(7, commitOf(10));
    commit(8, commitOf(20, 1));
    commit(9, commitOf(30, 2));
    log.append(0, marker(7, 'commit'), 0);
    log.append(0, marker(8, 'abort'), 0);
    const kit = new CoordinatorWorld({}, log);
    await kit.run(10);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 10, 't-1': 1 });
    const fetched = await kit.coordinator.fetchOffsets(
      { groupId: 'g', topics: [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [0, 2] }] },
      true,
    );
    expect(fetched.topics[0]!.partitions.map(({ errorCode, committedOffset }) => [errorCode, committedOffset])).toEqual(
      [
        [ErrorCode.NONE, 10],
        [ErrorCode.UNSTABLE_OFFSET_COMMIT, -1],
      ],
    );
  });

  it('takes over members with their sessions, and lets them go on', async () => {
    const first = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
    await first.run(10);
    const members = ['a', 'b'].map((name) => first.member({ group: 'g', name, sessionTimeoutMs: 10_000 }));
    for (const member of members) member.start();
    await first.run(1000);

    const second = new CoordinatorWorld({}, copyOf(first.log));
    await second.run(10);
    expect(second.sampleOf('g')).toMatchObject({ state: 'Stable', generation: 1, leader: members[0]!.memberId });
    const beat = { groupId: 'g', generationId: 1, memberId: members[0]!.memberId, groupInstanceId: null };
    await second.run(9000);
    expect(await second.complete(second.coordinator.heartbeat(beat))).toEqual({ errorCode: ErrorCode.NONE });
    await second.run(2000);
    expect(await second.complete(second.coordinator.heartbeat(beat))).toEqual({
      errorCode: ErrorCode.REBALANCE_IN_PROGRESS,
    });
    expect(second.lines()).toContain(
      `Member ${members[1]!.memberId} in group g has failed, removing it from the group.`,
    );
  });

  it('rebalances a loaded group that is over group.max.size', async () => {
    const first = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
    await first.run(10);
    for (const name of ['a', 'b', 'c']) first.member({ group: 'g', name }).start();
    await first.run(1000);
    const second = new CoordinatorWorld({ groupMaxSize: 2 }, copyOf(first.log));
    await second.run(10);
    expect(second.sampleOf('g')?.state).toBe('PreparingRebalance');
    expect(second.lines().some((line) => line.includes('(size 3) is over capacity 2'))).toBe(true);
  });
});

describe('resigning', () => {
  it('answers everything that waits with NOT_COORDINATOR', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a', apiVersion: 3 });
    const join = kit.coordinator.joinGroup(member.joinRequest(), member.caller);
    kit.log.autoCommit = false;
    const commit = kit.commit('other', { 't-0': 1 });
    const fetch = kit.coordinator.fetchOffsets({ groupId: 'other', topics: null }, true);
    await kit.run(100);
    kit.coordinator.onResignation(0, 1);
    const told = ErrorCode.NOT_COORDINATOR;
    expect([
      (await join).errorCode,
      (await fetch).errorCode,
      (await commit).topics[0]!.partitions[0]!.errorCode,
    ]).toEqual([told, told, told]);
    expect(await member.heartbeat()).toEqual({ errorCode: told });
    expect(kit.tracer.ofType('coordinator-unloaded')).toHaveLength(1);
    await kit.run(100_000);
    expect(kit.log.records()).toHaveLength(2);
  });

  it('ignores resignations that are older than the election', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    kit.coordinator.onElection(0, 5);
    kit.coordinator.onResignation(0, 3);
    expect(kit.coordinator.sample().partitions).toEqual([
      { partition: 0, leaderEpoch: 5, state: 'active', groups: [] },
    ]);
    kit.coordinator.onResignation(0, null);
    expect(kit.coordinator.sample().partitions).toEqual([]);
  });

  it('of the whole coordinator leaves nothing behind', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a' });
    kit.coordinator.stop();
    expect(await kit.coordinator.joinGroup(member.joinRequest(), member.caller)).toMatchObject({
      errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE,
    });
    expect(kit.coordinator.isStarted).toBe(false);
  });
});

/** The log as the next coordinator finds it. */
function copyOf(log: MemoryLog): MemoryLog {
  const copy = new MemoryLog();
  copy.load(new Uint8Array(Buffer.concat(log.batches)));
  return copy;
}
