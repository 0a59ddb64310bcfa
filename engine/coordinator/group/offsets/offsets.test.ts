import { describe, expect, it } from 'vitest';
import { zeroUuid } from '../../../base/uuid.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import { CoordinatorWorld } from '../../coordinator.testkit.ts';

const minute = 60_000;

async function started(config = {}) {
  const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100, ...config });
  await kit.run(10);
  return kit;
}

async function codeOf(kit: CoordinatorWorld, commit: ReturnType<CoordinatorWorld['commit']>): Promise<number> {
  return (await kit.complete(commit)).topics[0]!.partitions[0]!.errorCode;
}

describe('OffsetCommit', () => {
  it('takes commits from outside while a group has no members, and makes the group', async () => {
    const kit = await started();
    expect(await codeOf(kit, kit.commit('simple', { 'orders-0': 5, 'orders-1': 7, 'plain-0': 1 }))).toBe(
      ErrorCode.NONE,
    );
    expect(await kit.fetchAll('simple')).toEqual({ 'orders-0': 5, 'orders-1': 7, 'plain-0': 1 });
    expect(kit.coordinator.listGroups({ states: [], types: [] }).groups).toEqual([
      { groupId: 'simple', protocolType: '', groupState: 'Empty', groupType: 'classic' },
    ]);
    expect(kit.lines()).toContain('[GroupId simple] Creating a simple consumer group via manual offset commit.');
    expect(kit.tracer.ofType('offsets-committed')).toEqual([
      {
        type: 'offsets-committed',
        group: 'simple',
        member: '',
        offsets: [
          { topic: 'orders', partition: 0, offset: 5 },
          { topic: 'orders', partition: 1, offset: 7 },
          { topic: 'plain', partition: 0, offset: 1 },
        ],
      },
    ]);
  });

  it('takes only commits of members in the current generation while there are members', async () => {
    const kit = await started();
    const member = kit.member({ group: 'g', name: 'a' });
    member.start();
    await kit.run(500);
    const { memberId } = member;
    const commits = [
      [{ memberId, generationIdOrMemberEpoch: 1 }, ErrorCode.NONE],
      [{ memberId, generationIdOrMemberEpoch: 0 }, ErrorCode.ILLEGAL_GENERATION],
      [{ memberId: 'b', generationIdOrMemberEpoch: 1 }, ErrorCode.UNKNOWN_MEMBER_ID],
      [{ memberId, generationIdOrMemberEpoch: 1, groupInstanceId: 'i' }, ErrorCode.UNKNOWN_MEMBER_ID],
      [{}, ErrorCode.UNKNOWN_MEMBER_ID],
    ] as const;
    for (const [more, code] of commits) expect(await codeOf(kit, kit.commit('g', { 't-0': 1 }, more))).toBe(code);
  });

  it('knows no generation of a group that does not exist', async () => {
    const kit = await started();
    const of = (apiVersion: number) =>
      codeOf(kit, kit.commit('g', { 't-0': 1 }, { generationIdOrMemberEpoch: 3, memberId: 'm' }, apiVersion));
    expect(await of(8)).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(await of(9)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
  });

  it('is refused while members are to sync', async () => {
    const kit = await started();
    const a = kit.member({ group: 'g', name: 'a', apiVersion: 3 });
    const { memberId } = await kit.complete(kit.coordinator.joinGroup(a.joinRequest(), a.caller));
    expect(kit.sampleOf('g')?.state).toBe('CompletingRebalance');
    const commit = kit.commit('g', { 't-0': 1 }, { memberId, generationIdOrMemberEpoch: 1 });
    expect(await codeOf(kit, commit)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  it('refuses metadata that is too long, for that partition alone', async () => {
    const kit = await started({ offsetMetadataMaxBytes: 10 });
    const partition = (partitionIndex: number, committedMetadata: string | null) => ({
      partitionIndex,
      committedOffset: 5,
      committedLeaderEpoch: 3,
      committedMetadata,
    });
    const committed = await kit.complete(
      kit.commit(
        'g',
        {},
        {
          topics: [
            {
              name: 't',
              topicId: zeroUuid,
              partitions: [partition(0, '0123456789'), partition(1, '01234567890'), partition(2, null)],
            },
          ],
        },
      ),
    );
    expect(committed.topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.NONE,
      ErrorCode.OFFSET_METADATA_TOO_LARGE,
      ErrorCode.NONE,
    ]);
    const fetched = await kit.complete(kit.coordinator.fetchOffsets({ groupId: 'g', topics: null }, true));
    expect(fetched.topics[0]!.partitions).toEqual([
      { partitionIndex: 0, committedOffset: 5, committedLeaderEpoch: 3, metadata: '0123456789', errorCode: 0 },
      { partitionIndex: 2, committedOffset: 5, committedLeaderEpoch: 3, metadata: '', errorCode: 0 },
    ]);
  });

  it('is answered when it is committed, and fetched without requireStable only then', async () => {
    const kit = await started();
    await kit.complete(kit.commit('g', { 't-0': 1 }));
    kit.log.autoCommit = false;
    let answered = false;
    const commit = kit.commit('g', { 't-0': 2, 't-1': 2 }).then(() => (answered = true));
    const stable = kit.coordinator.fetchOffsets({ groupId: 'g', topics: null }, true);
    await kit.run(1000);
    expect([answered, await kit.fetchAll('g', false)]).toEqual([false, { 't-0': 1 }]);
    kit.log.commit();
    await commit;
    expect((await stable).topics[0]!.partitions.map(({ committedOffset }) => committedOffset)).toEqual([2, 2]);
    expect(await kit.fetchAll('g', false)).toEqual({ 't-0': 2, 't-1': 2 });
  });

  it('answers COORDINATOR_NOT_AVAILABLE when it is not committed in time, though it may be later', async () => {
    const kit = await started({ offsetsCommitTimeoutMs: 5000 });
    kit.log.autoCommit = false;
    const first = kit.commit('g', { 't-0': 1 });
    await kit.run(3000);
    const second = kit.commit('g', { 't-0': 2 });
    expect(await codeOf(kit, first)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(kit.world.nowMs).toBe(5010);
    kit.log.commit();
    expect(await codeOf(kit, second)).toBe(ErrorCode.NONE);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 2 });
  });

  it('changes nothing when it cannot be appended', async () => {
    const kit = await started();
    const codes: number[] = [];
    const { NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, RECORD_LIST_TOO_LARGE } = ErrorCode;
    for (const refuse of [NOT_LEADER_OR_FOLLOWER, NOT_ENOUGH_REPLICAS, RECORD_LIST_TOO_LARGE]) {
      kit.log.refuse = refuse;
      codes.push(await codeOf(kit, kit.commit('g', { 't-0': 1 })));
    }
    const { NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, UNKNOWN_SERVER_ERROR } = ErrorCode;
    expect(codes).toEqual([NOT_COORDINATOR, COORDINATOR_NOT_AVAILABLE, UNKNOWN_SERVER_ERROR]);
    kit.log.refuse = null;
    expect([await kit.fetchAll('g'), kit.coordinator.listGroups({ states: [], types: [] }).groups]).toEqual([{}, []]);
  });
});

describe('OffsetFetch', () => {
  it('answers -1 for what was never committed, and for groups that do not exist', async () => {
    const kit = await started();
    await kit.complete(kit.commit('g', { 't-0': 1 }));
    const wanted = (groupId: string) => ({ groupId, topics: [{ name: 't', topicId: zeroUuid, partitions: [1, 0] }] });
    const offsets = async (groupId: string) => {
      const { errorCode, topics } = await kit.complete(kit.coordinator.fetchOffsets(wanted(groupId), false));
      return [
        errorCode,
        topics[0]!.partitions.map(({ partitionIndex, committedOffset }) => [partitionIndex, committedOffset]),
      ];
    };
    expect(await offsets('g')).toEqual([0, [[1, -1], [0, 1]]]); // prettier-ignore
    expect(await offsets('absent')).toEqual([0, [[1, -1], [0, -1]]]); // prettier-ignore
  });

  it('finds nothing for a topic id that is not the one committed for', async () => {
    const kit = await started();
    const [old, young] = ['AAAAAAAAAAAAAAAAAAAAAg', 'AAAAAAAAAAAAAAAAAAAAAw'];
    const partitions = [{ partitionIndex: 0, committedOffset: 9, committedLeaderEpoch: -1, committedMetadata: '' }];
    await kit.complete(kit.commit('g', {}, { topics: [{ name: 't', topicId: old, partitions }] }));
    const of = async (topicId: string) =>
      (await kit.coordinator.fetchOffsets({ groupId: 'g', topics: [{ name: 't', topicId, partitions: [0] }] }, false))
        .topics[0]!.partitions[0]!.committedOffset;
    expect([await of(old), await of(young), await of(zeroUuid)]).toEqual([9, -1, 9]);
  });
});

describe('OffsetDelete', () => {
  it('removes offsets of topics that the group does not subscribe to', async () => {
    const kit = await started();
    await kit.complete(kit.commit('g', { 'orders-0': 1, 'old-0': 2, 'old-1': 3 }));
    const member = kit.member({ group: 'g', name: 'a', topics: ['orders'] });
    member.start();
    await kit.run(500);
    const deleted = await kit.complete(
      kit.coordinator.deleteOffsets({
        groupId: 'g',
        topics: [
          { name: 'orders', partitions: [{ partitionIndex: 0 }] },
          { name: 'old', partitions: [{ partitionIndex: 0 }, { partitionIndex: 5 }] },
        ],
      }),
    );
    expect(deleted).toEqual({
      errorCode: ErrorCode.NONE,
      topics: [
        { name: 'orders', partitions: [{ partitionIndex: 0, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC }] },
        {
          name: 'old',
          partitions: [
            { partitionIndex: 0, errorCode: ErrorCode.NONE },
            { partitionIndex: 5, errorCode: ErrorCode.NONE },
          ],
        },
      ],
    });
    expect(await kit.fetchAll('g')).toEqual({ 'orders-0': 1, 'old-1': 3 });
  });

  it('demands that a group of another protocol is empty, and that the group exists', async () => {
    const kit = await started();
    const member = kit.member({ group: 'connect', name: 'a', apiVersion: 3 });
    const request = { ...member.joinRequest(), protocolType: 'connect' };
    await kit.complete(kit.coordinator.joinGroup(request, member.caller));
    const of = (groupId: string) => kit.complete(kit.coordinator.deleteOffsets({ groupId, topics: [] }));
    expect(await of('connect')).toEqual({ errorCode: ErrorCode.NON_EMPTY_GROUP, topics: [] });
    expect(await of('absent')).toEqual({ errorCode: ErrorCode.GROUP_ID_NOT_FOUND, topics: [] });
    expect(await of('')).toEqual({ errorCode: ErrorCode.INVALID_GROUP_ID, topics: [] });
  });
});

describe('DeleteGroups', () => {
  it('removes empty groups with their offsets', async () => {
    const kit = await started();
    await kit.complete(kit.commit('simple', { 't-0': 1 }));
    const member = kit.member({ group: 'g', name: 'a' });
    member.start();
    await kit.run(500);
    await kit.complete(kit.commit('g', { 't-0': 1 }, { memberId: member.memberId, generationIdOrMemberEpoch: 1 }));
    const remove = () => kit.complete(kit.coordinator.deleteGroups(['simple', 'g', 'absent']));
    expect(await remove()).toEqual([
      { groupId: 'simple', errorCode: ErrorCode.NONE },
      { groupId: 'g', errorCode: ErrorCode.NON_EMPTY_GROUP },
      { groupId: 'absent', errorCode: ErrorCode.GROUP_ID_NOT_FOUND },
    ]);
    await member.leave();
    expect((await remove()).map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.GROUP_ID_NOT_FOUND,
      ErrorCode.NONE,
      ErrorCode.GROUP_ID_NOT_FOUND,
    ]);
    expect([await kit.fetchAll('g'), kit.coordinator.sample().partitions[0]!.groups]).toEqual([{}, []]);
    expect(kit.lines().at(-1)).toBe('The following groups were deleted: g. A total of 1 offsets were removed.');
    // It can begin anew.
    member.start();
    await kit.run(500);
    expect(member.generation).toBe(1);
  });
});

describe('expiry', () => {
  const config = { offsetsRetentionMs: 60 * minute, offsetsRetentionCheckIntervalMs: 10 * minute };

  it('forgets offsets of a group without a protocol after the retention, then the group', async () => {
    const kit = await started(config);
    await kit.complete(kit.commit('simple', { 't-0': 1 }));
    await kit.run(30 * minute);
    await kit.complete(kit.commit('simple', { 't-1': 1 }));
    await kit.run(29 * minute);
    expect(await kit.fetchAll('simple')).toEqual({ 't-0': 1, 't-1': 1 });
    await kit.run(11 * minute);
    expect(await kit.fetchAll('simple')).toEqual({ 't-1': 1 });
    await kit.run(30 * minute);
    expect(kit.coordinator.listGroups({ states: [], types: [] }).groups).toEqual([]);
    expect(kit.log.records().slice(-2)).toEqual([
      { type: 'offset-commit', group: 'simple', topic: 't', partition: 1, value: null },
      { type: 'group-metadata', group: 'simple', value: null },
    ]);
  });

  it('counts from when the group became empty, however old the commits are', async () => {
    const kit = await started(config);
    const member = kit.member({ group: 'g', name: 'a', topics: ['t'] });
    member.start();
    await kit.run(500);
    await kit.complete(kit.commit('g', { 't-0': 1 }, { memberId: member.memberId, generationIdOrMemberEpoch: 1 }));
    await kit.run(100 * minute);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 1 });
    await member.leave();
    await kit.run(55 * minute);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 1 });
    await kit.run(15 * minute);
    expect([await kit.fetchAll('g'), kit.sampleOf('g')]).toEqual([{}, undefined]);
  });

  it('forgets what a stable consumer group no longer subscribes to', async () => {
    const kit = await started(config);
    await kit.complete(kit.commit('g', { 'old-0': 1, 't-0': 1 }));
    kit.member({ group: 'g', name: 'a', topics: ['t'] }).start();
    await kit.run(75 * minute);
    expect(await kit.fetchAll('g')).toEqual({ 't-0': 1 });
  });

  it('follows a retention that the commit itself asked for', async () => {
    const kit = await started(config);
    await kit.complete(kit.commit('g', { 't-0': 1 }, { retentionTimeMs: 5 * minute }, 4));
    await kit.run(11 * minute);
    expect(await kit.fetchAll('g')).toEqual({});
  });

  it('forgets offsets of deleted topics, unless they were committed for a later topic of that name', async () => {
    const kit = await started();
    const [old, young] = ['AAAAAAAAAAAAAAAAAAAAAg', 'AAAAAAAAAAAAAAAAAAAAAw'];
    const partitions = [{ partitionIndex: 0, committedOffset: 9, committedLeaderEpoch: -1, committedMetadata: '' }];
    const commit = (group: string, topicId: string) =>
      kit.complete(kit.commit(group, {}, { topics: [{ name: 't', topicId, partitions }] }));
    await commit('a', old);
    await commit('b', young);
    await kit.complete(kit.commit('c', { 't-0': 9, 'other-0': 1 }));
    kit.coordinator.onTopicsDeleted([{ name: 't', id: old }]);
    expect([await kit.fetchAll('a'), await kit.fetchAll('b'), await kit.fetchAll('c')]).toEqual([
      {},
      { 't-0': 9 },
      { 'other-0': 1 },
    ]);
  });
});

describe('a new group', () => {
  it('is forgotten when it cannot be written', async () => {
    const kit = await started();
    kit.log.refuse = ErrorCode.NOT_ENOUGH_REPLICAS;
    const member = kit.member({ group: 'g', name: 'a', apiVersion: 3 });
    const join = await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(join.errorCode).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(kit.sampleOf('g')).toBeUndefined();
    kit.log.refuse = null;
    member.start();
    await kit.run(500);
    expect([member.state, member.generation]).toEqual(['stable', 1]);
  });

  it('rebalances again when the assignment cannot be written', async () => {
    const kit = await started();
    const member = kit.member({ group: 'g', name: 'a' });
    member.start();
    await kit.run(50);
    kit.log.refuse = ErrorCode.NOT_ENOUGH_REPLICAS;
    await kit.run(200);
    expect(member.errors.at(-1)).toBe(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    expect(kit.sampleOf('g')?.state).toBe('PreparingRebalance');
    kit.log.refuse = null;
    member.rejoin('again');
    await kit.run(500);
    expect([member.state, member.generation]).toEqual(['stable', 2]);
  });
});
