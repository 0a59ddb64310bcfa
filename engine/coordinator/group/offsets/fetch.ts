/**
 * OffsetFetch (`OffsetMetadataManager.fetchOffsets`): what a group has committed. `requireStable` sees everything written
 * and is answered once that is committed, and refuses partitions that an open transaction has an offset for; otherwise what
 * is committed now is answered. A group that does not exist has no offsets, which is no error.
 */
import type { GroupId, LeaderEpoch, Offset, PartitionIndex, TopicName, Uuid } from '../../../base/ids.ts';
import { zeroUuid } from '../../../base/uuid.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { CommittedOffset, DurableGroups } from '../durable-groups.ts';

/** `topics` null: all that there are. `topicId` zero: not known, any will do. */
export interface OffsetsWanted {
  readonly groupId: GroupId;
  readonly topics:
    | readonly { readonly name: TopicName; readonly topicId: Uuid; readonly partitions: readonly PartitionIndex[] }[]
    | null;
}

export interface FetchedTopicOffsets {
  readonly name: TopicName;
  readonly topicId: Uuid;
  readonly partitions: readonly {
    readonly partitionIndex: PartitionIndex;
    readonly committedOffset: Offset;
    readonly committedLeaderEpoch: LeaderEpoch;
    readonly metadata: string;
    readonly errorCode: ErrorCode;
  }[];
}

export interface FetchedGroupOffsets {
  readonly groupId: GroupId;
  readonly errorCode: ErrorCode;
  readonly topics: readonly FetchedTopicOffsets[];
}

type FetchedPartition = FetchedTopicOffsets['partitions'][number];

export function fetchOffsets(state: DurableGroups, wanted: OffsetsWanted, requireStable: boolean): FetchedGroupOffsets {
  const { groupId } = wanted;
  const topics = wanted.topics === null ? allTopics(state, groupId, requireStable) : wanted.topics;
  return {
    groupId,
    errorCode: ErrorCode.NONE,
    topics: topics.map(({ name, topicId, partitions }) => ({
      name,
      topicId,
      partitions: partitions.map((partition) => {
        if (requireStable && state.hasPendingOffset(groupId, name, partition)) {
          return nothing(partition, ErrorCode.UNSTABLE_OFFSET_COMMIT);
        }
        const found = requireStable
          ? state.offset(groupId, name, partition)
          : state.offsetAtCommitted(groupId, name, partition);
        return found === undefined || isOfAnotherTopic(found, topicId)
          ? nothing(partition, ErrorCode.NONE)
          : something(partition, found);
      }),
    })),
  };
}

function allTopics(
  state: DurableGroups,
  groupId: GroupId,
  requireStable: boolean,
): NonNullable<OffsetsWanted['topics']> {
  const offsets = requireStable ? state.offsetsOf(groupId) : state.offsetsAtCommitted(groupId);
  return [...offsets].map(([name, partitions]) => ({ name, topicId: zeroUuid, partitions: [...partitions.keys()] }));
}

/** Committed for a topic of the same name that has been deleted since. */
function isOfAnotherTopic(found: CommittedOffset, topicId: Uuid): boolean {
  return topicId !== zeroUuid && found.topicId !== zeroUuid && found.topicId !== topicId;
}

function something(partitionIndex: PartitionIndex, found: CommittedOffset): FetchedPartition {
  const { offset, leaderEpoch, metadata } = found;
  return {
    partitionIndex,
    committedOffset: offset,
    committedLeaderEpoch: leaderEpoch,
    metadata,
    errorCode: ErrorCode.NONE,
  };
}

function nothing(partitionIndex: PartitionIndex, errorCode: ErrorCode): FetchedPartition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
