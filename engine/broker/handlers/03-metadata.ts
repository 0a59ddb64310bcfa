/**
 * Metadata (3), versions 0-13.
 *
 * Living brokers, a broker to send admin requests to, and topics with their partitions. An absent topic is made when
 * `auto.create.topics.enable` is on and the client allows it (v4); until it is there, it answers
 * UNKNOWN_TOPIC_OR_PARTITION.
 *
 * v0: an empty list means all topics, and partitions with replicas on dead brokers say REPLICA_NOT_AVAILABLE; v1: null
 * means all; v5: offline replicas; v6: LISTENER_NOT_FOUND instead of LEADER_NOT_AVAILABLE when the leader's broker has
 * no such listener; v8-10: what may be done with the cluster; v10: topic ids; v12: lookup by topic id.
 */
import type { TopicName, Uuid } from '../../base/ids.ts';
import { zeroUuid } from '../../base/uuid.ts';
import { isInternalTopic, topicNameProblem } from '../../metadata/config/index.ts';
import {
  brokerEndpoint,
  type MetadataImage,
  type PartitionRegistration,
  type TopicImage,
} from '../../metadata/image.ts';
import type { Handler, RequestContext } from '../../net/index.ts';
import { ErrorCode, metadataApi, type MetadataRequest, type MetadataResponseInput } from '../../protocol/index.ts';
import {
  advertisedController,
  brokerAddresses,
  clusterOperations,
  offlineReplicas,
  operationsOmitted,
  reachableLeader,
  topicOperations,
  type ClusterDeps,
} from '../cluster-view.ts';

export interface MetadataDeps extends ClusterDeps {
  /** `auto.create.topics.enable`, as it is now. */
  readonly autoCreateTopics: () => boolean;
  /** Asks for topics with valid names to be made. */
  readonly creation: { request(topics: readonly TopicName[], context: RequestContext): void };
}

type TopicAnswer = MetadataResponseInput['topics'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

const lookupByIdSince = 12;
const clusterOperationsUntil = 10;
const topicIdsSince = 10;

export function metadataHandler(deps: MetadataDeps): Handler<typeof metadataApi> {
  return {
    api: metadataApi,
    handle(request, context) {
      const version = context.header.apiVersion;
      if (isInvalid(request, version)) return invalidRequest(request, version);
      const image = deps.image();
      const topics = topicsAnswer(deps, image, request, context).map((topic) => ({
        ...topic,
        topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? topicOperations : operationsOmitted,
      }));
      const asksCluster = version <= clusterOperationsUntil && request.includeClusterAuthorizedOperations;
      return {
        brokers: brokerAddresses(image, deps.listener).map(({ id, host, port, rack }) => ({
          nodeId: id,
          host,
          port,
          rack,
        })),
        clusterId: deps.clusterId,
        controllerId: advertisedController(deps),
        topics,
        clusterAuthorizedOperations: asksCluster ? clusterOperations : operationsOmitted,
      };
    },
  };
}

/** Topic ids are in the request from v10 on, but only mean something from v12 on. */
function isInvalid(request: MetadataRequest, version: number): boolean {
  if (version >= lookupByIdSince || request.topics === null) return false;
  return request.topics.some(({ name, topicId }) => name === null || topicId !== zeroUuid);
}

function invalidRequest(request: MetadataRequest, version: number): MetadataResponseInput {
  return {
    brokers: [],
    topics: (request.topics ?? []).map(({ name, topicId }) => ({
      errorCode: ErrorCode.INVALID_REQUEST,
      name: name ?? '',
      topicId: version >= topicIdsSince ? topicId : zeroUuid,
      partitions: [],
    })),
  };
}

function topicsAnswer(
  deps: MetadataDeps,
  image: MetadataImage,
  request: MetadataRequest,
  context: RequestContext,
): TopicAnswer[] {
  const describe = (topic: TopicImage) => topicAnswer(image, topic, deps.listener, context.header.apiVersion);
  const wantsAll = request.topics === null || (context.header.apiVersion === 0 && request.topics.length === 0);
  if (wantsAll) return [...image.topics.byName.values()].map(describe);
  const wanted = request.topics ?? [];
  const ids = new Set(wanted.map(({ topicId }) => topicId).filter((id) => id !== zeroUuid));
  if (ids.size > 0) {
    return [...ids].map((id) => {
      const topic = image.topics.byId.get(id);
      return topic === undefined ? unknownId(id) : describe(topic);
    });
  }
  const names = new Set(wanted.map(({ name }) => name).filter((name) => name !== null));
  const absent: TopicName[] = [];
  const known: TopicAnswer[] = [];
  for (const name of names) {
    const topic = image.topics.byName.get(name);
    if (topic === undefined) absent.push(name);
    else known.push(describe(topic));
  }
  const valid = absent.filter((name) => topicNameProblem(name) === null);
  if (valid.length > 0 && request.allowAutoTopicCreation && deps.autoCreateTopics())
    deps.creation.request(valid, context);
  return [...known, ...absent.map(absentTopic)];
}

function unknownId(topicId: Uuid): TopicAnswer {
  return { errorCode: ErrorCode.UNKNOWN_TOPIC_ID, name: null, topicId, isInternal: false, partitions: [] };
}

function absentTopic(name: TopicName): TopicAnswer {
  const isValid = topicNameProblem(name) === null;
  return {
    errorCode: isValid ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION,
    name,
    isInternal: isInternalTopic(name),
    partitions: [],
  };
}

function topicAnswer(image: MetadataImage, topic: TopicImage, listener: string, version: number): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.id,
    isInternal: isInternalTopic(topic.name),
    partitions: [...topic.partitions].map(([index, partition]) =>
      partitionAnswer(image, index, partition, listener, version),
    ),
  };
}

function partitionAnswer(
  image: MetadataImage,
  partitionIndex: number,
  partition: PartitionRegistration,
  listener: string,
  version: number,
): PartitionAnswer {
  const shown = (replicas: readonly number[]) =>
    version === 0 ? replicas.filter((id) => isReachable(image, id, listener)) : replicas;
  const replicaNodes = shown(partition.replicas);
  const isrNodes = shown(partition.isr);
  const leader = reachableLeader(image, partition.leader, listener);
  const isShortened = replicaNodes.length < partition.replicas.length || isrNodes.length < partition.isr.length;
  return {
    errorCode:
      leader === null
        ? leaderError(image, partition.leader, version)
        : isShortened
          ? ErrorCode.REPLICA_NOT_AVAILABLE
          : ErrorCode.NONE,
    partitionIndex,
    leaderId: leader ?? -1,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes,
    isrNodes,
    offlineReplicas: offlineReplicas(image, partition, listener),
  };
}

const listenerErrorSince = 6;

function leaderError(image: MetadataImage, leader: number, version: number): ErrorCode {
  const isKnown = image.cluster.brokers.has(leader);
  return isKnown && version >= listenerErrorSince ? ErrorCode.LISTENER_NOT_FOUND : ErrorCode.LEADER_NOT_AVAILABLE;
}

function isReachable(image: MetadataImage, id: number, listener: string): boolean {
  const broker = image.cluster.brokers.get(id);
  return broker !== undefined && !broker.fenced && brokerEndpoint(broker, listener) !== null;
}
