/**
 * OffsetDelete, DeleteGroups and expiry: where tombstones come from (`OffsetMetadataManager.deleteOffsets`,
 * `cleanupExpiredOffsets`, `GroupCoordinatorShard.deleteGroups`, `cleanupGroupMetadata`).
 *
 * An offset expires `offsets.retention.minutes` after the group became empty, after its commit in a group without a
 * protocol, and after its commit in a stable consumer group that no longer subscribes to the topic. A group that is empty
 * and has no offsets left goes with the next check.
 */
import type { DurationMs, GroupId, TimestampMs, TopicName, Uuid } from '../../../base/ids.ts';
import { zeroUuid } from '../../../base/uuid.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import type { OffsetDeleteRequest, OffsetDeleteResponseInput } from '../../../protocol/index.ts';
import type { ClassicGroup } from '../classic/classic-group.ts';
import type { CommittedOffset, DurableGroups } from '../durable-groups.ts';
import type { GroupRecord } from '../records/group-record.ts';
import { offsetTombstone } from './commit.ts';

/** Why the group cannot be deleted. */
export function deleteGroupError(group: ClassicGroup | null): ErrorCode {
  if (group === null || group.isIn('Dead')) return ErrorCode.GROUP_ID_NOT_FOUND;
  return group.isIn('Empty') ? ErrorCode.NONE : ErrorCode.NON_EMPTY_GROUP;
}

/** The group and all its offsets. */
export function groupTombstones(state: DurableGroups, groupId: GroupId): GroupRecord[] {
  const records: GroupRecord[] = [];
  for (const [topic, partitions] of state.offsetsOf(groupId)) {
    for (const partition of partitions.keys()) records.push(offsetTombstone(groupId, topic, partition));
  }
  records.push({ type: 'group-metadata', group: groupId, value: null });
  return records;
}

export function decideOffsetDelete(
  state: DurableGroups,
  group: ClassicGroup | null,
  request: OffsetDeleteRequest,
): { readonly records: GroupRecord[]; readonly response: OffsetDeleteResponseInput } {
  const refuse = (errorCode: ErrorCode) => ({ records: [], response: { errorCode, topics: [] } });
  if (group === null || group.isIn('Dead')) return refuse(ErrorCode.GROUP_ID_NOT_FOUND);
  if (!group.isIn('Empty') && !group.usesConsumerProtocol) return refuse(ErrorCode.NON_EMPTY_GROUP);
  const { groupId } = request;
  const records: GroupRecord[] = [];
  const topics = request.topics.map(({ name, partitions }) => {
    const subscribed = group.isSubscribedTo(name);
    return {
      name,
      partitions: partitions.map(({ partitionIndex }) => {
        if (subscribed) return { partitionIndex, errorCode: ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC };
        if (
          state.offset(groupId, name, partitionIndex) !== undefined ||
          state.hasPendingOffset(groupId, name, partitionIndex)
        ) {
          records.push(offsetTombstone(groupId, name, partitionIndex));
        }
        return { partitionIndex, errorCode: ErrorCode.NONE };
      }),
    };
  });
  return { records, response: { errorCode: ErrorCode.NONE, topics } };
}

/** Tombstones for what a group need not remember any more, the group's own last. */
export function decideExpiry(
  state: DurableGroups,
  group: ClassicGroup,
  now: TimestampMs,
  retentionMs: DurationMs,
): GroupRecord[] {
  const { groupId } = group;
  const base = expiryBase(group);
  const records: GroupRecord[] = [];
  let all = true;
  for (const [topic, partitions] of state.offsetsOf(groupId)) {
    const kept = base === null || group.isSubscribedTo(topic);
    for (const [partition, offset] of partitions) {
      if (
        !kept &&
        isExpired(offset, base(offset), now, retentionMs) &&
        !state.hasPendingOffset(groupId, topic, partition)
      ) {
        records.push(offsetTombstone(groupId, topic, partition));
      } else all = false;
    }
  }
  if (all && group.isIn('Empty') && !state.hasPendingOffsets(groupId)) {
    records.push({ type: 'group-metadata', group: groupId, value: null });
  }
  return records;
}

/** From when the retention counts; null while nothing may expire (`ClassicGroup.offsetExpirationCondition`). */
function expiryBase(group: ClassicGroup): ((offset: CommittedOffset) => TimestampMs) | null {
  if (group.protocolType === null) return (offset) => offset.commitTimestamp;
  if (group.isIn('Empty')) return (offset) => group.stateTimestamp ?? offset.commitTimestamp;
  if (group.usesConsumerProtocol && group.subscribedTopics !== null && group.isIn('Stable'))
    return (offset) => offset.commitTimestamp;
  return null;
}

function isExpired(offset: CommittedOffset, base: TimestampMs, now: TimestampMs, retentionMs: DurationMs): boolean {
  return offset.expireTimestamp === null ? now - base >= retentionMs : now >= offset.expireTimestamp;
}

/** Offsets that were committed for topics that no longer exist; those of a later topic of the same name stay. */
export function decideForget(
  state: DurableGroups,
  deleted: readonly { readonly name: TopicName; readonly id: Uuid }[],
): GroupRecord[] {
  const records: GroupRecord[] = [];
  for (const groupId of state.groupsWithOffsets()) {
    for (const { name, id } of deleted) {
      for (const [partition, { topicId }] of state.offsetsOf(groupId).get(name) ?? []) {
        if (topicId === zeroUuid || topicId === id) records.push(offsetTombstone(groupId, name, partition));
      }
    }
  }
  return records;
}
