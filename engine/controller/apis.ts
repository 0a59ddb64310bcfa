/**
 * The APIs that the active controller decides: which function decides, and how a request is answered that is refused as
 * a whole (as each request's `getErrorResponse` in Kafka does). controller.ts turns each entry into a handler.
 */
import type { RequestContext } from '../net/index.ts';
import {
  allocateProducerIdsApi,
  alterConfigsApi,
  alterPartitionApi,
  alterPartitionReassignmentsApi,
  assignReplicasToDirsApi,
  brokerHeartbeatApi,
  brokerRegistrationApi,
  controllerRegistrationApi,
  createPartitionsApi,
  createTopicsApi,
  deleteTopicsApi,
  electLeadersApi,
  ErrorCode,
  incrementalAlterConfigsApi,
  listPartitionReassignmentsApi,
  unregisterBrokerApi,
  updateFeaturesApi,
} from '../protocol/index.ts';
import type { Api, RequestOf, ResponseInputOf } from '../protocol/index.ts';
import { decideHeartbeat } from './brokers/heartbeat.ts';
import {
  decideBrokerRegistration,
  decideControllerRegistration,
  decideUnregisterBroker,
} from './brokers/registration.ts';
import { decideAlterConfigs, decideIncrementalAlterConfigs } from './configs/alter-configs.ts';
import { isRefusal, noError } from './outcome.ts';
import type { ApiError, Decision, Refusal } from './outcome.ts';
import { decideAlterPartition } from './partitions/alter-partition.ts';
import { decideElectLeaders } from './partitions/elections.ts';
import { decideListReassignments, decideReassignments } from './partitions/reassignments.ts';
import { decideReplicaDirectories } from './partitions/replica-directories.ts';
import { decideProducerIds } from './producer-ids.ts';
import { decideCreatePartitions } from './topics/create-partitions.ts';
import { decideCreateTopics, errorResult } from './topics/create-topics.ts';
import { decideDeleteTopics, wantedTopics } from './topics/delete-topics.ts';
import { decideUpdateFeatures } from './update-features.ts';
import { tooManyAdded, tooManyCreated, withinBatch } from './batch-limit.ts';
import type { ControllerView } from './view.ts';

/** One API: pure functions of its request. */
export interface ControllerApi<A extends Api = Api> {
  readonly api: A;
  decide(view: ControllerView, request: RequestOf<A>, context: RequestContext): Decision<ResponseInputOf<A>> | Refusal;
  refused(request: RequestOf<A>, error: ApiError, context: RequestContext): ResponseInputOf<A>;
}

/** Keeps the types of one entry together. */
function entry<A extends Api>(
  api: A,
  decide: ControllerApi<A>['decide'],
  refused: ControllerApi<A>['refused'],
): ControllerApi<A> {
  return { api, decide, refused };
}

/** The decision with its reply turned into a response. */
function answered<R, T>(outcome: Decision<R> | Refusal, respond: (reply: R) => T): Decision<T> | Refusal {
  return isRefusal(outcome) ? outcome : { ...outcome, reply: respond(outcome.reply) };
}

const fields = (error: ApiError) => ({ errorCode: error.code, errorMessage: error.message });
const codeOnly = (error: ApiError) => ({ errorCode: error.code });

const topics = [
  entry(
    createTopicsApi,
    (view, request) => tooManyCreated(view, request) ?? withinBatch(decideCreateTopics(view, request)),
    (request, error) => ({ topics: request.topics.map((topic) => errorResult(topic.name, error)) }),
  ),
  entry(
    deleteTopicsApi,
    (view, request) => withinBatch(decideDeleteTopics(view, request)),
    (request, error) => ({
      responses: wantedTopics(request).map(({ name, id }) => ({ name, topicId: id, errorCode: error.code })),
    }),
  ),
  entry(
    createPartitionsApi,
    (view, request) => tooManyAdded(view, request) ?? withinBatch(decideCreatePartitions(view, request)),
    (request, error) => ({ results: request.topics.map(({ name }) => ({ name, ...fields(error) })) }),
  ),
];

const partitions = [
  entry(electLeadersApi, decideElectLeaders, (request, error, { header }) => ({
    // Version 0 has no place for it.
    errorCode: header.apiVersion === 0 ? ErrorCode.NONE : error.code,
    replicaElectionResults: (request.topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({ partitionId, ...fields(error) })),
    })),
  })),
  entry(alterPartitionApi, decideAlterPartition, (_, error) => ({ ...codeOnly(error), topics: [] })),
  entry(alterPartitionReassignmentsApi, decideReassignments, (request, error) => ({
    ...fields(error),
    responses: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, ...fields(error) })),
    })),
  })),
  entry(listPartitionReassignmentsApi, decideListReassignments, (request, error) => ({
    ...fields(error),
    topics: (request.topics ?? []).map(({ name, partitionIndexes }) => ({
      name,
      partitions: partitionIndexes.map((partitionIndex) => ({
        partitionIndex,
        replicas: [],
        addingReplicas: [],
        removingReplicas: [],
      })),
    })),
  })),
  entry(assignReplicasToDirsApi, decideReplicaDirectories, (_, error) => ({ ...codeOnly(error), directories: [] })),
];

const configs = [
  entry(incrementalAlterConfigsApi, decideIncrementalAlterConfigs, (request, error) => ({
    responses: request.resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      ...fields(error),
    })),
  })),
  entry(alterConfigsApi, decideAlterConfigs, (request, error) => ({
    responses: request.resources.map(({ resourceType, resourceName }) => ({
      resourceType,
      resourceName,
      ...fields(error),
    })),
  })),
  entry(updateFeaturesApi, decideUpdateFeatures, (_, error) => fields(error)),
];

const brokers = [
  entry(
    brokerRegistrationApi,
    (view, request) =>
      answered(decideBrokerRegistration(view, request), (reply) => ({ errorCode: ErrorCode.NONE, ...reply })),
    (_, error) => codeOnly(error),
  ),
  entry(
    brokerHeartbeatApi,
    (view, request) => answered(decideHeartbeat(view, request), (reply) => ({ errorCode: ErrorCode.NONE, ...reply })),
    (_, error) => ({ ...codeOnly(error), shouldShutDown: false }),
  ),
  entry(
    unregisterBrokerApi,
    (view, request) => answered(decideUnregisterBroker(view, request.brokerId), () => fields(noError)),
    (_, error) => fields(error),
  ),
  entry(
    controllerRegistrationApi,
    (view, request) => answered(decideControllerRegistration(view, request), () => fields(noError)),
    (_, error) => fields(error),
  ),
  entry(
    allocateProducerIdsApi,
    (view, request) => answered(decideProducerIds(view, request), (reply) => ({ errorCode: ErrorCode.NONE, ...reply })),
    (_, error) => ({ ...codeOnly(error), producerIdStart: 0, producerIdLen: 0 }),
  ),
];

/** Every API of the active controller, in no order. */
export const controllerApis: readonly ControllerApi[] = [...topics, ...partitions, ...configs, ...brokers];
