/**
 * Fetch (1), versions 4-18, from consumers and followers.
 *
 * A request belongs to an incremental session (KIP-227) from version 7 on: epoch 0 opens one, -1 wants none, others go on.
 * Answered when `minBytes` can be read or `maxWaitMs` is over, at once with an error or a diverging epoch. Records are the
 * bytes on disk; the last batch may be cut.
 *
 * Versions: up to 5 a failed disk is NOT_LEADER_OR_FOLLOWER; below 10 topics compressed with zstd are refused; from 11 on
 * consumers may read from followers (KIP-392; no replica is preferred here); 12 brings diverging epochs; 13 topic ids
 * (UNKNOWN_TOPIC_ID for one that is not known); 15 the follower's epoch; 16 tells the current leader.
 */
import type { BrokerEpoch, NodeId } from '../../base/ids.ts';
import type { Handler, RequestContext } from '../../net/index.ts';
import { ErrorCode, fetchApi } from '../../protocol/index.ts';
import type { FetchRequest, FetchResponseInput } from '../../protocol/index.ts';
import { FetchSessions } from '../../replication/index.ts';
import type { FetchContext, FetchParameters, PartitionFetch, Replicas } from '../../replication/index.ts';
import { CurrentLeaders } from './current-leader.ts';

export interface FetchDeps {
  readonly replicas: Replicas;
  readonly sessions: FetchSessions;
  /** Name of the listener that clients use. */
  readonly listener: string;
  /** `fetch.max.bytes`. */
  readonly maxBytes: number;
}

type TopicAnswer = FetchResponseInput['responses'][number];
type PartitionAnswer = TopicAnswer['partitions'][number];

export function fetchHandler(deps: FetchDeps): Handler<typeof fetchApi> {
  const { replicas, sessions } = deps;

  function handle(request: FetchRequest, context: RequestContext): FetchResponseInput | Promise<FetchResponseInput> {
    const version = context.header.apiVersion;
    const follower = followerOf(request, version);
    const session = sessions.open(request, version, follower.id >= 0);
    if (session.error !== ErrorCode.NONE) return answer(session, version, false);
    let refused = 0;
    for (const fetch of session.fetches) if (!canRead(fetch, version)) refused++;
    const readable = refused === 0 ? session.fetches : session.fetches.filter((fetch) => !fetch.isFailed);
    if (readable.length === 0) return answer(session, version, follower.id >= 0);
    const parameters = parametersOf(request, version, follower, deps.maxBytes);
    let response: FetchResponseInput | null = null;
    let resolve: ((response: FetchResponseInput) => void) | null = null;
    replicas.fetch(parameters, readable, () => {
      response = answer(session, version, follower.id >= 0);
      resolve?.(response);
    });
    return response ?? new Promise((fulfil) => (resolve = fulfil));
  }

  /** Finds the topic's name; false, and failed, when there is nothing to read. */
  function canRead(fetch: PartitionFetch, version: number): boolean {
    if (fetch.local !== null && !fetch.local.isDeleted) {
      fetch.error = ErrorCode.NONE;
      return supportsCompression(fetch, version);
    }
    const { topics } = replicas.image;
    const topic = version >= 13 ? topics.byId.get(fetch.topicId) : topics.byName.get(fetch.topic!);
    if (topic === undefined && version >= 13) return fail(fetch, ErrorCode.UNKNOWN_TOPIC_ID);
    if (!topic?.partitions.has(fetch.partition)) return fail(fetch, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    fetch.topic = topic.name;
    fetch.error = ErrorCode.NONE;
    return true;
  }

  function supportsCompression(fetch: PartitionFetch, version: number): boolean {
    if (version >= 10 || fetch.local!.log.config.compressionType !== 'zstd') return true;
    return fail(fetch, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
  }

  function answer(session: FetchContext, version: number, byFollower: boolean): FetchResponseInput {
    const { error, sessionId, fetches } = session.answer();
    const leaders = new CurrentLeaders(replicas, deps.listener);
    const responses: { topic: string; topicId: string; partitions: PartitionAnswer[] }[] = [];
    let bytes = 0;
    let last: PartitionFetch | null = null;
    for (const fetch of fetches) {
      if (last === null || last.topicId !== fetch.topicId || last.topic !== fetch.topic) {
        responses.push({ topic: version >= 13 ? '' : (fetch.topic ?? ''), topicId: fetch.topicId, partitions: [] });
      }
      last = fetch;
      bytes += fetch.records.length;
      responses.at(-1)!.partitions.push(partitionAnswer(fetch, version, leaders));
      fetch.release();
    }
    if (bytes > 0) replicas.traffic.fetched(bytes, byFollower);
    return { throttleTimeMs: 0, errorCode: error, sessionId, responses, nodeEndpoints: leaders.endpoints };
  }

  return { api: fetchApi, handle };
}

interface FetchingReplica {
  /** -1: a consumer. */
  readonly id: NodeId;
  readonly epoch: BrokerEpoch;
}

function followerOf(request: FetchRequest, version: number): FetchingReplica {
  if (version < 15) return { id: request.replicaId, epoch: -1 };
  return { id: request.replicaState.replicaId, epoch: request.replicaState.replicaEpoch };
}

function parametersOf(
  request: FetchRequest,
  version: number,
  replica: FetchingReplica,
  fetchMaxBytes: number,
): FetchParameters {
  const maxBytes = Math.min(request.maxBytes, fetchMaxBytes);
  const isConsumer = replica.id === -1;
  return {
    replicaId: replica.id,
    replicaEpoch: replica.epoch,
    maxWaitMs: request.maxWaitMs,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    isolation: !isConsumer ? 'log-end' : request.isolationLevel === 1 ? 'committed' : 'high-watermark',
    onlyFromLeader: replica.id >= 0 || (isConsumer && version < 11),
  };
}

function fail(fetch: PartitionFetch, error: ErrorCode): false {
  fetch.fail(error);
  fetch.abortedTransactions = [];
  return false;
}

function partitionAnswer(fetch: PartitionFetch, version: number, leaders: CurrentLeaders): PartitionAnswer {
  const { partition, highWatermark, lastStableOffset, logStartOffset, abortedTransactions, records } = fetch;
  const answer: PartitionAnswer = {
    partitionIndex: partition,
    errorCode: errorFor(fetch.error, version),
    highWatermark,
    lastStableOffset,
    logStartOffset,
    abortedTransactions,
    records,
  };
  if (fetch.divergingEpoch !== null) return { ...answer, divergingEpoch: fetch.divergingEpoch };
  const led = fetch.error === ErrorCode.NOT_LEADER_OR_FOLLOWER || fetch.error === ErrorCode.FENCED_LEADER_EPOCH;
  return led && version >= 16 ? { ...answer, currentLeader: leaders.of(fetch.topic!, partition) } : answer;
}

/** Old clients do not know KAFKA_STORAGE_ERROR. */
function errorFor(error: ErrorCode, version: number): ErrorCode {
  return error === ErrorCode.KAFKA_STORAGE_ERROR && version <= 5 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : error;
}
