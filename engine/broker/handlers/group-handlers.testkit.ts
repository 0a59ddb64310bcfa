/** A broker of the group APIs for tests: their handlers before a simulated coordinator, asked in frames or messages. */
import { required } from '../../base/assert.ts';
import { fromHex } from '../../base/text.ts';
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
  decodeMessage,
  encodeMessage,
  heartbeatApi,
  offsetCommitApi,
  readRequestHeader,
  requestHeaderVersion,
  responseHeaderVersion,
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

export const topicId = 'gEmt_4tERre3a1N_4j4LKg';

export function imageOf(
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

export const fullImage = imageOf([
  { name: 'v-base', id: topicId, partitions: 2 },
  { name: '__consumer_offsets', id: 'AAAAAAAAAAAAAAAAAAAAAg', partitions: 1 },
]);

/** A coordinator with the handlers of the group APIs before it. */
export class GroupBroker {
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
export function recordedGroups(): GroupMetadataRecord[] {
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

export async function recordedBroker(): Promise<GroupBroker> {
  const broker = new GroupBroker();
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
