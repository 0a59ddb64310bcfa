/**
 * The handlers of the group APIs against frames of a recorded Apache Kafka 4.3.1 (recorded-group-frames.json: requests in
 * every version and what it answered), and in every version with requests of our own.
 */
import { describe, expect, it } from 'vitest';
import { required } from '../../base/assert.ts';
import { hex, fromHex } from '../../base/text.ts';
import { CoordinatorWorld } from '../../coordinator/coordinator.testkit.ts';
import { encodeGroupRecord, type GroupMetadataRecord } from '../../coordinator/group/records/group-record.ts';
import { zeroUuid } from '../../base/uuid.ts';
import {
  emptyMetadataImage,
  type MetadataImage,
  type PartitionRegistration,
  type TopicImage,
} from '../../metadata/index.ts';
import type { Handler, RequestContext } from '../../net/index.ts';
import {
  ByteReader,
  consumerGroupDescribeApi,
  decodeMessage,
  encodeMessage,
  ErrorCode,
  findCoordinatorApi,
  heartbeatApi,
  joinGroupApi,
  leaveGroupApi,
  listGroupsApi,
  offsetCommitApi,
  offsetDeleteApi,
  offsetFetchApi,
  readRequestHeader,
  requestHeaderVersion,
  responseHeaderVersion,
  syncGroupApi,
  type Api,
  type Message,
  type MessageInput,
  type RequestHeader,
  type RequestInputOf,
  type ResponseOf,
  type Schema,
} from '../../protocol/index.ts';
import { buildBatch } from '../../record/index.ts';
import { offsetCommitHandler } from './08-offset-commit.ts';
import { offsetFetchHandler } from './09-offset-fetch.ts';
import { findCoordinatorHandler } from './10-find-coordinator.ts';
import { GroupRequests } from './group-requests.ts';
import { joinGroupHandler } from './11-join-group.ts';
import { heartbeatHandler } from './12-heartbeat.ts';
import { leaveGroupHandler } from './13-leave-group.ts';
import { syncGroupHandler } from './14-sync-group.ts';
import { describeGroupsHandler } from './15-describe-groups.ts';
import { listGroupsHandler } from './16-list-groups.ts';
import { deleteGroupsHandler } from './42-delete-groups.ts';
import { offsetDeleteHandler } from './47-offset-delete.ts';
import { consumerGroupDescribeHandler } from './69-consumer-group-describe.ts';
import recorded from './recorded-group-frames.json' with { type: 'json' };

const topicId = 'gEmt_4tERre3a1N_4j4LKg';

function imageOf(
  topics: readonly { readonly name: string; readonly id: string; readonly partitions: number }[],
): MetadataImage {
  const registration: PartitionRegistration = {
    replicas: [1],
    directories: [zeroUuid],
    isr: [1],
    elr: [],
    lastKnownElr: [],
    addingReplicas: [],
    removingReplicas: [],
    leader: 1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    leaderRecoveryState: 'recovered',
  };
  const images = topics.map(({ name, id, partitions }): TopicImage => {
    return { name, id, partitions: new Map(Array.from({ length: partitions }, (_, i) => [i, registration])) };
  });
  const byName = new Map(images.map((topic) => [topic.name, topic]));
  const byId = new Map(images.map((topic) => [topic.id, topic]));
  return { ...emptyMetadataImage, topics: { byName, byId } };
}

const fullImage = imageOf([
  { name: 'v-base', id: topicId, partitions: 2 },
  { name: '__consumer_offsets', id: 'AAAAAAAAAAAAAAAAAAAAAg', partitions: 1 },
]);

class Broker {
  readonly kit: CoordinatorWorld;
  image = fullImage;
  offsetsTopicAsked = 0;
  readonly #handlers: ReadonlyMap<number, Handler>;

  constructor(config: ConstructorParameters<typeof CoordinatorWorld>[0] = {}) {
    this.kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 0, ...config });
    const { coordinator } = this.kit;
    const image = () => this.image;
    const requests = new GroupRequests(this.kit.tracer);
    const handlers: Handler[] = [
      offsetCommitHandler({ coordinator, image }),
      offsetFetchHandler({ coordinator, image }),
      findCoordinatorHandler({
        coordinator,
        image,
        endpointOf: (broker) => (broker === 1 ? { host: '127.0.0.1', port: 21211 } : null),
        ensureOffsetsTopic: () => {
          this.offsetsTopicAsked++;
        },
      }),
      joinGroupHandler({ coordinator, requests }),
      heartbeatHandler({ coordinator, requests }),
      leaveGroupHandler({ coordinator, requests }),
      syncGroupHandler({ coordinator, requests }),
      describeGroupsHandler({ coordinator }),
      listGroupsHandler({ coordinator }),
      deleteGroupsHandler({ coordinator }),
      offsetDeleteHandler({ coordinator, image }),
      consumerGroupDescribeHandler({ coordinator }),
    ];
    this.#handlers = new Map(handlers.map((handler) => [handler.api.key, handler]));
  }

  get handlers(): Handler[] {
    return [...this.#handlers.values()];
  }

  /** Answers a frame as a server does; both without their length. */
  async answer(frame: Uint8Array): Promise<Uint8Array> {
    const handler = this.#handlers.get(new ByteReader(frame).int16())!;
    const { api } = handler;
    const version = new ByteReader(frame, 2).int16();
    const reader = new ByteReader(frame);
    const header = readRequestHeader(reader, requestHeaderVersion(api, version));
    const response = await this.#handle(handler, decodeMessage(api.request, version, reader), header);
    const body = encodeMessage(api.response, version, response);
    const tags = responseHeaderVersion(api, version) === 1 ? [0] : [];
    const correlation = new Uint8Array(4);
    new DataView(correlation.buffer).setInt32(0, header.correlationId);
    return new Uint8Array([...correlation, ...tags, ...body]);
  }

  /** One request in one version, through bytes both ways. */
  async ask<A extends Api>(
    api: A,
    version: number,
    request: RequestInputOf<A>,
    clientId = 'test',
  ): Promise<ResponseOf<A>> {
    const decoded = decodeMessage(
      api.request,
      version,
      encodeMessage(api.request, version, request as MessageInput<Schema>),
    );
    const header = { apiKey: api.key, apiVersion: version, correlationId: 7, clientId };
    const response = await this.#handle(this.#handlers.get(api.key)!, decoded, header);
    return decodeMessage(api.response, version, encodeMessage(api.response, version, response)) as ResponseOf<A>;
  }

  async #handle(handler: Handler, request: Message<Schema>, header: RequestHeader): Promise<MessageInput<Schema>> {
    const context: RequestContext = {
      listener: 'broker',
      connectionId: 1,
      remote: '127.0.0.1:50000',
      remoteHost: '127.0.0.1',
      localPort: 9092,
      header,
      clientSoftwareName: 'test',
      clientSoftwareVersion: '1',
      receivedMs: 0,
    };
    const response = await this.kit.complete(Promise.resolve(handler.handle(request, context)));
    return required(response, `an answer of ${handler.api.name}`);
  }
}

/** The recording's groups: stable in generation 3 with one member each, whose id the recorded requests name. */
function recordedGroups(): GroupMetadataRecord[] {
  const groups = new Map<string, GroupMetadataRecord>();
  for (const { key, request } of recorded) {
    if (key !== heartbeatApi.key && key !== offsetCommitApi.key) continue;
    const frame = fromHex(request);
    const version = new ByteReader(frame, 2).int16();
    const api: Api = key === heartbeatApi.key ? heartbeatApi : offsetCommitApi;
    const reader = new ByteReader(frame);
    readRequestHeader(reader, requestHeaderVersion(api, version));
    const { groupId, memberId } = decodeMessage(api.request, version, reader) as { groupId: string; memberId: string };
    if (memberId === 'nobody') continue;
    const number = Number(groupId.slice('g-v'.length));
    const groupInstanceId = memberId.startsWith('inst-') ? `inst-${number}` : null;
    groups.set(groupId, {
      type: 'group-metadata',
      group: groupId,
      value: {
        protocolType: 'consumer',
        generation: 3,
        protocol: 'range',
        leader: memberId,
        currentStateTimestamp: 1,
        members: [
          {
            memberId,
            groupInstanceId,
            clientId: `golden-v${number}`,
            clientHost: '/127.0.0.1',
            rebalanceTimeout: 8000,
            sessionTimeout: 10_000,
            subscription: new Uint8Array(Buffer.from('AAEAAAABAAZ2LWJhc2X/////AAAAAA==', 'base64')),
            assignment: new Uint8Array(Buffer.from('AAEAAAABAAZ2LWJhc2UAAAABAAAAAP////8=', 'base64')),
          },
        ],
      },
    });
  }
  return [...groups.values()];
}

async function recordedBroker(): Promise<Broker> {
  const broker = new Broker();
  for (const record of recordedGroups()) broker.kit.log.append(0, buildBatch([encodeGroupRecord(record)]), 0);
  // Commits that the recording's choice of examples leaves out.
  for (const [group, offset, metadata, leaderEpoch] of [
    ['g-v2', 5, 'm2', -1],
    ['g-v9', 12, 'm9', 0],
  ] as const) {
    // prettier-ignore
    const value = { offset, leaderEpoch, metadata, commitTimestamp: 1, expireTimestamp: -1, topicId };
    const record = { type: 'offset-commit', group, topic: 'v-base', partition: 0, value } as const;
    broker.kit.log.append(0, buildBatch([encodeGroupRecord(record)]), 0);
  }
  await broker.kit.run(10);
  return broker;
}

describe('recorded exchanges', () => {
  const framesOf = (key: number, wanted: (note: string) => boolean = () => true) =>
    recorded.filter((frame) => frame.key === key && wanted(frame.note));
  const answered = async (broker: Broker, frames: typeof recorded) => {
    const answers: string[] = [];
    for (const { request, key, version } of frames) {
      answers.push(`${key} v${version} ${hex(await broker.answer(fromHex(request)))}`);
    }
    return answers;
  };
  const recordedAnswers = (frames: typeof recorded) =>
    frames.map(({ response, key, version }) => `${key} v${version} ${response}`);

  it('are answered with the same bytes while the groups are stable', async () => {
    const broker = await recordedBroker();
    const nonEmpty = framesOf(42, (note) => note.includes('NON_EMPTY'));
    const frames = [
      ...[8, 9, 12, 14, 15].flatMap((key) => framesOf(key)),
      ...nonEmpty,
      ...framesOf(13),
      ...framesOf(47),
    ];
    expect(frames.length).toBeGreaterThan(60);
    expect(await answered(broker, frames)).toEqual(recordedAnswers(frames));
  });

  it('of FindCoordinator are answered with the same bytes, before and after the topic is there', async () => {
    const broker = await recordedBroker();
    broker.image = imageOf([]);
    const absent = framesOf(10, (note) => note.includes('COORDINATOR_NOT_AVAILABLE'));
    expect(await answered(broker, absent)).toEqual(recordedAnswers(absent));
    expect(broker.offsetsTopicAsked).toBeGreaterThan(0);
    broker.image = fullImage;
    // Transactions have no coordinator here.
    const found = framesOf(10, (note) => note === '').filter(({ request, version }) => {
      const reader = new ByteReader(fromHex(request));
      readRequestHeader(reader, requestHeaderVersion(findCoordinatorApi, version));
      return decodeMessage(findCoordinatorApi.request, version, reader).keyType === 0;
    });
    expect(found.length).toBeGreaterThan(4);
    expect(await answered(broker, found)).toEqual(recordedAnswers(found));
  });
});

describe('the handlers of groups', () => {
  const versionsOf = ({ versions }: Api) =>
    Array.from({ length: versions.max - versions.min + 1 }, (_, i) => versions.min + i);

  it('answer every version that they say they speak', async () => {
    const broker = new Broker();
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
    const broker = new Broker();
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
    const broker = new Broker();
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
    const broker = new Broker();
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
    const broker = new Broker();
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
