/**
 * OffsetCommit (`OffsetMetadataManager.commitOffset`): one record for each partition whose metadata is not too long. The
 * group's rules decide for the whole request.
 */
import type { GroupId, TimestampMs } from '../../../base/ids.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { OffsetCommitRequest, OffsetCommitResponseInput } from '../../../protocol/index.ts';
import type { GroupRecord, OffsetCommitRecord } from '../records/group-record.ts';

type CommitTopics = OffsetCommitRequest['topics'];
type CommitPartition = CommitTopics[number]['partitions'][number];

/** The same error for every partition. */
export function commitError(
  request: Pick<OffsetCommitRequest, 'topics'>,
  errorCode: ErrorCode,
): OffsetCommitResponseInput {
  return answer(request.topics, () => errorCode);
}

export function decideCommit(
  request: Pick<OffsetCommitRequest, 'groupId' | 'topics' | 'retentionTimeMs'>,
  now: TimestampMs,
  metadataMaxLength: number,
): { readonly records: OffsetCommitRecord[]; readonly response: OffsetCommitResponseInput } {
  const expireTimestamp = request.retentionTimeMs === -1 ? -1 : now + request.retentionTimeMs;
  const records: OffsetCommitRecord[] = [];
  const response = answer(request.topics, (partition, topic) => {
    if ((partition.committedMetadata?.length ?? 0) > metadataMaxLength) return ErrorCode.OFFSET_METADATA_TOO_LARGE;
    records.push({
      type: 'offset-commit',
      group: request.groupId,
      topic: topic.name,
      partition: partition.partitionIndex,
      value: {
        offset: partition.committedOffset,
        leaderEpoch: partition.committedLeaderEpoch,
        metadata: partition.committedMetadata ?? '',
        commitTimestamp: now,
        expireTimestamp,
        topicId: topic.topicId,
      },
    });
    return ErrorCode.NONE;
  });
  return { records, response };
}

export function offsetTombstone(group: GroupId, topic: string, partition: number): GroupRecord {
  return { type: 'offset-commit', group, topic, partition, value: null };
}

function answer(
  topics: CommitTopics,
  codeOf: (partition: CommitPartition, topic: CommitTopics[number]) => ErrorCode,
): OffsetCommitResponseInput {
  return {
    topics: topics.map((topic) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitions: topic.partitions.map((partition) => ({
        partitionIndex: partition.partitionIndex,
        errorCode: codeOf(partition, topic),
      })),
    })),
  };
}
