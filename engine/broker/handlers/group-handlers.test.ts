/** The handlers of the group APIs, in every version, with requests of our own. */
import { describe, expect, it } from 'vitest';
import {
  consumerGroupDescribeApi,
  ErrorCode,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  listGroupsApi,
  offsetCommitApi,
  offsetDeleteApi,
  offsetFetchApi,
  syncGroupApi,
  type Api,
  type MessageInput,
  type Schema,
} from '../../protocol/index.ts';
import { GroupBroker, recordedBroker, recordedGroups, topicId } from './group-handlers.testkit.ts';

describe('the handlers of groups', () => {
  const versionsOf = ({ versions }: Api) =>
    Array.from({ length: versions.max - versions.min + 1 }, (_, i) => versions.min + i);

  it('answer every version that they say they speak', async () => {
    const broker = new GroupBroker();
    await broker.kit.run(10);
    let answered = 0;
    const groupId = 'g';
    const topics = [{ name: 'v-base', topicId, partitions: [], partitionIndexes: [0] }];
    const requests: Readonly<Record<string, (version: number) => object>> = {
      OffsetCommit: () => ({
        groupId,
        memberId: '',
        topics: [
          { name: 'v-base', topicId, partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] },
        ],
      }),
      OffsetFetch: (version) => (version < 8 ? { groupId, topics } : { groups: [{ groupId, topics }] }),
      FindCoordinator: (version) => (version < 4 ? { key: groupId } : { coordinatorKeys: [groupId] }),
      JoinGroup: () => ({
        groupId,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 1,
        memberId: 'unknown',
        protocolType: 'consumer',
        protocols: [],
      }),
      Heartbeat: () => ({ groupId, generationId: 1, memberId: 'm' }),
      LeaveGroup: (version) => (version < 3 ? { groupId, memberId: 'm' } : { groupId, members: [{ memberId: 'm' }] }),
      SyncGroup: () => ({
        groupId,
        generationId: 1,
        memberId: 'm',
        protocolType: 'consumer',
        protocolName: 'range',
        assignments: [],
      }),
      DescribeGroups: () => ({ groups: [groupId, 'absent'] }),
      ListGroups: () => ({}),
      DeleteGroups: () => ({ groupsNames: ['absent'] }),
      OffsetDelete: () => ({
        groupId,
        topics: [{ name: 'v-base', partitions: [{ partitionIndex: 1 }, { partitionIndex: 9 }] }],
      }),
      ConsumerGroupDescribe: () => ({ groupIds: [groupId, 'absent', ''], includeAuthorizedOperations: true }),
    };
    for (const { api } of broker.handlers) {
      for (const version of versionsOf(api)) {
        await broker.ask(api, version, requests[api.name]!(version) as MessageInput<Schema>);
        answered++;
      }
    }
    expect(answered).toBe(9 + 10 + 7 + 10 + 5 + 6 + 6 + 7 + 6 + 3 + 1 + 2);
  });

  it.each(versionsOf(joinGroupApi))('take a member through a group with JoinGroup v%i', async (version) => {
    const broker = new GroupBroker();
    await broker.kit.run(10);
    const join = (memberId: string) =>
      broker.ask(joinGroupApi, version, {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 20_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata: new Uint8Array([0, 0, 0, 0, 0, 0]) }],
      });
    let joined = await join('');
    expect([joined.errorCode, joined.protocolName]).toEqual(
      version < 4 ? [ErrorCode.NONE, 'range'] : [ErrorCode.MEMBER_ID_REQUIRED, version < 7 ? '' : null],
    );
    if (version >= 4) joined = await join(joined.memberId);
    const { memberId } = joined;
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, leader: memberId, members: [{ memberId }] });
    expect(broker.kit.sampleOf('g')?.members[0]?.rebalanceTimeoutMs).toBe(version === 0 ? 10_000 : 20_000);
    const own = { groupId: 'g', generationId: 1, memberId };
    const synced = await broker.ask(syncGroupApi, Math.min(version, 5), {
      ...own,
      protocolType: 'consumer',
      protocolName: 'range',
      assignments: [{ memberId, assignment: new Uint8Array([1, 2]) }],
    });
    expect([synced.errorCode, [...synced.assignment]]).toEqual([ErrorCode.NONE, [1, 2]]);
    expect((await broker.ask(heartbeatApi, Math.min(version, 4), own)).errorCode).toBe(ErrorCode.NONE);
    const leaving = version < 3 ? { groupId: 'g', memberId } : { groupId: 'g', members: [{ memberId }] };
    expect((await broker.ask(leaveGroupApi, Math.min(version, 5), leaving)).errorCode).toBe(ErrorCode.NONE);
    const again = await broker.ask(leaveGroupApi, Math.min(version, 5), leaving);
    expect(version < 3 ? again.errorCode : again.members[0]?.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it('tell of the requests of a rebalance, and of heartbeats only from the first refused to the first granted', async () => {
    const broker = new GroupBroker();
    await broker.kit.run(10);
    // ConsumerProtocolSubscription v1 of `t`, which owns t-4; ConsumerProtocolAssignment v1 of t-4.
    const metadata = new Uint8Array([
      0, 1, 0, 0, 0, 1, 0, 1, 116, 255, 255, 255, 255, 0, 0, 0, 1, 0, 1, 116, 0, 0, 0, 1, 0, 0, 0, 4,
    ]);
    const assignment = new Uint8Array([0, 1, 0, 0, 0, 1, 0, 1, 116, 0, 0, 0, 1, 0, 0, 0, 4, 255, 255, 255, 255]);
    const join = (memberId: string, reason: string) =>
      broker.ask(joinGroupApi, 9, {
        groupId: 'g',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 20_000,
        memberId,
        protocolType: 'consumer',
        protocols: [{ name: 'range', metadata }],
        reason,
      });
    const { memberId } = await join('', '');
    await join(memberId, 'need to re-join');
    const own = { groupId: 'g', generationId: 1, memberId };
    const protocol = { protocolType: 'consumer', protocolName: 'range' };
    await broker.ask(syncGroupApi, 5, { ...own, ...protocol, assignments: [{ memberId, assignment }] });
    for (const generationId of [1, 7, 7, 1, 1]) await broker.ask(heartbeatApi, 4, { ...own, generationId });
    await broker.ask(leaveGroupApi, 5, { groupId: 'g', members: [{ memberId, reason: 'closed' }] });
    const told = broker.kit.tracer
      .ofType('group-request')
      .map(({ request, api, version, stage, member, error, detail, generation }) =>
        [
          request,
          `${api} v${version}`,
          stage,
          member === memberId ? 'm' : member,
          generation,
          error ?? '',
          detail,
        ].join(' | '),
      );
    expect(told).toEqual([
      '1 | JoinGroup v9 | received |  | -1 |  | owned t-4',
      '1 | JoinGroup v9 | answered | m | -1 | MEMBER_ID_REQUIRED | member id given',
      '2 | JoinGroup v9 | received | m | -1 |  | owned t-4; need to re-join',
      '2 | JoinGroup v9 | answered | m | 1 |  | generation 1, leads',
      '3 | SyncGroup v5 | received | m | 1 |  | assignment for 1 member',
      '3 | SyncGroup v5 | answered | m | 1 |  | t-4',
      '4 | Heartbeat v4 | answered | m | 7 | ILLEGAL_GENERATION | ',
      '5 | Heartbeat v4 | answered | m | 7 | ILLEGAL_GENERATION | ',
      '6 | Heartbeat v4 | answered | m | 1 |  | ',
      '7 | LeaveGroup v5 | received | m | -1 |  | closed',
      '7 | LeaveGroup v5 | answered | m | -1 |  | ',
    ]);
    expect(broker.kit.tracer.ofType('group-assignment')).toEqual([
      {
        type: 'group-assignment',
        group: 'g',
        generation: 1,
        protocol: 'range',
        leader: memberId,
        assignments: [{ member: memberId, partitions: [{ topic: 't', partitions: [4] }] }],
      },
    ]);
  });

  it('refuse topics and partitions that do not exist, by name and by id', async () => {
    const broker = new GroupBroker();
    await broker.kit.run(10);
    const partitions = [0, 7].map((partitionIndex) => ({ partitionIndex, committedOffset: 1, committedMetadata: '' }));
    const commit = async (
      version: number,
      topics: { name?: string; topicId?: string; partitions: typeof partitions }[],
    ) =>
      (await broker.ask(offsetCommitApi, version, { groupId: 'g', memberId: '', topics })).topics.map((topic) => [
        topic.name || topic.topicId,
        topic.partitions.map(({ errorCode }) => errorCode),
      ]);
    const { NONE, UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_ID } = ErrorCode;
    expect(
      await commit(9, [
        { name: 'v-base', partitions },
        { name: 'absent', partitions },
      ]),
    ).toEqual([
      ['v-base', [UNKNOWN_TOPIC_OR_PARTITION, NONE]],
      ['absent', [UNKNOWN_TOPIC_OR_PARTITION, UNKNOWN_TOPIC_OR_PARTITION]],
    ]);
    const absentId = 'AAAAAAAAAAAAAAAAAAAAAw';
    expect(
      await commit(10, [
        { topicId: absentId, partitions },
        { topicId, partitions },
      ]),
    ).toEqual([
      [absentId, [UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_ID]],
      [topicId, [UNKNOWN_TOPIC_OR_PARTITION, NONE]],
    ]);
    const fetched = await broker.ask(offsetFetchApi, 10, {
      groups: [
        {
          groupId: 'g',
          topics: [
            { topicId: absentId, partitionIndexes: [0] },
            { topicId, partitionIndexes: [0] },
          ],
        },
      ],
    });
    expect(fetched.groups[0]!.topics.map((topic) => [topic.topicId, topic.partitions[0]!.errorCode])).toEqual([
      [absentId, UNKNOWN_TOPIC_ID],
      [topicId, NONE],
    ]);
    const deleted = await broker.ask(offsetDeleteApi, 0, {
      groupId: 'g',
      topics: [
        { name: 'v-base', partitions: [{ partitionIndex: 0 }, { partitionIndex: 7 }] },
        { name: 'absent', partitions: [{ partitionIndex: 0 }] },
      ],
    });
    expect(deleted.topics.map(({ partitions: answers }) => answers.map(({ errorCode }) => errorCode))).toEqual([
      [NONE, UNKNOWN_TOPIC_OR_PARTITION],
      [UNKNOWN_TOPIC_OR_PARTITION],
    ]);
  });

  it('repeat an error of the group in each partition for OffsetFetch v1', async () => {
    const broker = new GroupBroker();
    broker.kit.coordinator.onResignation(0, null);
    const of = (version: number) =>
      broker.ask(offsetFetchApi, version, { groupId: 'g', topics: [{ name: 'v-base', partitionIndexes: [0, 1] }] });
    const { NOT_COORDINATOR } = ErrorCode;
    expect((await of(1)).topics[0]!.partitions.map(({ errorCode }) => errorCode)).toEqual([
      NOT_COORDINATOR,
      NOT_COORDINATOR,
    ]);
    expect(await of(2)).toMatchObject({ errorCode: NOT_COORDINATOR, topics: [] });
  });

  it('tell apart groups that do not exist and groups that are not of the kind', async () => {
    const broker = await recordedBroker();
    const { groups } = await broker.ask(consumerGroupDescribeApi, 1, {
      groupIds: ['g-v0', 'g-absent', ''],
      includeAuthorizedOperations: false,
    });
    expect(groups.map(({ errorCode, errorMessage }) => [errorCode, errorMessage])).toEqual([
      [ErrorCode.GROUP_ID_NOT_FOUND, 'Group g-v0 is not a consumer group.'],
      [ErrorCode.GROUP_ID_NOT_FOUND, 'Group g-absent not found.'],
      [ErrorCode.INVALID_GROUP_ID, null],
    ]);
  });

  it('list by states and types, whatever their case', async () => {
    const broker = await recordedBroker();
    await broker.ask(offsetCommitApi, 9, {
      groupId: 'simple',
      memberId: '',
      topics: [{ name: 'v-base', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: '' }] }],
    });
    const list = async (filters: { statesFilter?: string[]; typesFilter?: string[] }) =>
      (await broker.ask(listGroupsApi, 5, filters)).groups.length;
    const all = recordedGroups().length + 1;
    expect([
      await list({}),
      await list({ statesFilter: ['stable'] }),
      await list({ statesFilter: ['EMPTY', 'nonsense'] }),
      await list({ statesFilter: ['nonsense'] }),
      await list({ typesFilter: ['Classic', 'Consumer'] }),
      await list({ typesFilter: ['consumer'] }),
    ]).toEqual([all, all - 1, 1, 0, all, 0]);
  });
});
