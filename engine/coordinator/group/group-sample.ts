/** What the window shows of a group: a read-only picture made on demand. Times of deadlines are on `Clock.monotonic()`. */
import type { GroupId, MemberId, Offset, PartitionIndex, TimestampMs, TopicName } from '../../base/ids.ts';

export interface MemberSample {
  readonly memberId: MemberId;
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** Names in the member's order of preference. */
  readonly protocols: readonly string[];
  /** Opaque to the broker; of a consumer group in the format of `ConsumerProtocolAssignment`. */
  readonly assignment: Uint8Array;
  readonly awaiting: 'join' | 'sync' | null;
  /** When the member is dropped unless it is heard of; null when it has no timer. */
  readonly sessionDeadline: number | null;
}

export interface CommittedOffsetSample {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly offset: Offset;
  readonly committedAt: TimestampMs;
}

export interface GroupSample {
  readonly id: GroupId;
  readonly type: 'classic';
  readonly state: string;
  readonly generation: number;
  readonly protocolType: string | null;
  readonly protocol: string | null;
  readonly leader: MemberId | null;
  /** That members of a consumer group subscribe to, as far as it is known. */
  readonly topics: readonly TopicName[];
  readonly members: readonly MemberSample[];
  /** Members that were told their id and have not come back with it yet. */
  readonly pendingMembers: readonly MemberId[];
  /** When the join phase, or the wait for SyncGroup, ends at the latest. */
  readonly rebalanceDeadline: number | null;
  readonly offsets: readonly CommittedOffsetSample[];
}
