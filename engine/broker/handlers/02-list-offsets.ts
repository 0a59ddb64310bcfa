/**
 * ListOffsets (2), versions 1-11: the offset of a timestamp, or of a special one: -1 latest, -2 earliest, -3 largest
 * timestamp (7+), -4 earliest local (8+), -5 latest tiered (9+), -6 earliest pending upload (11+). A special one that the
 * version does not have is UNSUPPORTED_VERSION for its partition.
 *
 * Clients are told of what they can read only: up to the high watermark, or the last stable offset with `read_committed`.
 * Versions: 4 brings leader epochs; below 5 OFFSET_NOT_AVAILABLE is LEADER_NOT_AVAILABLE. Nothing is tiered here: -5 and -6
 * find nothing.
 */
import type { Handler, RequestContext } from '../../net/index.ts';
import { ErrorCode, listOffsetsApi } from '../../protocol/index.ts';
import type { ListOffsetsRequest, ListOffsetsResponseInput } from '../../protocol/index.ts';
import type { Replicas } from '../../replication/index.ts';
import type { FetchIsolation } from '../../storage/index.ts';

export interface ListOffsetsDeps {
  readonly replicas: Replicas;
}

type Topic = ListOffsetsRequest['topics'][number];
type Wanted = Topic['partitions'][number];
type Answer = ListOffsetsResponseInput['topics'][number]['partitions'][number];

const consumerReplicaId = -1;
const debuggingReplicaId = -2;
/** Special timestamp -> first version that knows it. */
const specialSince: ReadonlyMap<number, number> = new Map([
  [-1, 1],
  [-2, 1],
  [-3, 7],
  [-4, 8],
  [-5, 9],
  [-6, 11],
]);

export function listOffsetsHandler({ replicas }: ListOffsetsDeps): Handler<typeof listOffsetsApi> {
  function handle(request: ListOffsetsRequest, context: RequestContext): ListOffsetsResponseInput {
    const version = context.header.apiVersion;
    const isolation = isolationOf(request);
    const onlyLeader = request.replicaId !== debuggingReplicaId;
    const topics = request.topics.map((topic) => {
      const duplicates = duplicated(topic);
      return {
        name: topic.name,
        partitions: topic.partitions.map((wanted) =>
          duplicates.has(wanted.partitionIndex)
            ? failed(wanted, ErrorCode.INVALID_REQUEST)
            : lookUp(topic, wanted, version, isolation, onlyLeader),
        ),
      };
    });
    return { throttleTimeMs: 0, topics };
  }

  function lookUp(
    topic: Topic,
    wanted: Wanted,
    version: number,
    isolation: FetchIsolation | null,
    onlyLeader: boolean,
  ): Answer {
    const { timestamp, partitionIndex, currentLeaderEpoch } = wanted;
    if (timestamp < 0 && version < (specialSince.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
      return failed(wanted, ErrorCode.UNSUPPORTED_VERSION);
    }
    const partition = replicas.find(topic.name, partitionIndex);
    if (typeof partition === 'number') return failed(wanted, partition);
    const lookup = partition.offsetForTimestamp(timestamp, isolation, currentLeaderEpoch, onlyLeader);
    if ('error' in lookup) return failed(wanted, errorFor(lookup.error, version));
    if (lookup.found === null) return failed(wanted, ErrorCode.NONE);
    const { offset, leaderEpoch } = lookup.found;
    return {
      partitionIndex,
      errorCode: ErrorCode.NONE,
      timestamp: lookup.found.timestamp,
      offset,
      ...(version >= 4 && leaderEpoch !== null ? { leaderEpoch } : {}),
    };
  }

  return { api: listOffsetsApi, handle };
}

/** Null for replicas, which see everything. */
function isolationOf(request: ListOffsetsRequest): FetchIsolation | null {
  if (request.replicaId !== consumerReplicaId) return null;
  return request.isolationLevel === 1 ? 'committed' : 'high-watermark';
}

function duplicated(topic: Topic): Set<number> {
  const seen = new Set<number>();
  const duplicates = new Set<number>();
  for (const { partitionIndex } of topic.partitions) {
    if (seen.has(partitionIndex)) duplicates.add(partitionIndex);
    seen.add(partitionIndex);
  }
  return duplicates;
}

function failed(wanted: Wanted, errorCode: ErrorCode): Answer {
  return { partitionIndex: wanted.partitionIndex, errorCode, timestamp: -1, offset: -1 };
}

function errorFor(error: ErrorCode, version: number): ErrorCode {
  return error === ErrorCode.OFFSET_NOT_AVAILABLE && version < 5 ? ErrorCode.LEADER_NOT_AVAILABLE : error;
}
