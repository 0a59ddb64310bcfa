/** The broker configs that rule groups and offsets, under Kafka's names and with Kafka 4.3's defaults (class `GroupCoordinatorConfig`). */
import type { DurationMs } from '../base/ids.ts';

export interface GroupCoordinatorConfig {
  /** `group.min.session.timeout.ms`, `group.max.session.timeout.ms`: what a member may ask for. */
  readonly groupMinSessionTimeoutMs: DurationMs;
  readonly groupMaxSessionTimeoutMs: DurationMs;
  /** `group.initial.rebalance.delay.ms`: how long an empty group waits for more members. */
  readonly groupInitialRebalanceDelayMs: DurationMs;
  /** `group.max.size`: members of one group. */
  readonly groupMaxSize: number;
  /** `offset.metadata.max.bytes`: characters of a committed offset's metadata. */
  readonly offsetMetadataMaxBytes: number;
  /** `offsets.retention.minutes`, in milliseconds. */
  readonly offsetsRetentionMs: DurationMs;
  /** `offsets.retention.check.interval.ms`. */
  readonly offsetsRetentionCheckIntervalMs: DurationMs;
  /** `offsets.commit.timeout.ms`: how long a write waits to be committed. */
  readonly offsetsCommitTimeoutMs: DurationMs;
  /** `offsets.topic.num.partitions`: used until the topic exists. */
  readonly offsetsTopicPartitions: number;
  /** `offsets.load.buffer.size`: bytes read at a time when a partition is loaded. */
  readonly offsetsLoadBufferSize: number;
}

export const defaultGroupCoordinatorConfig: GroupCoordinatorConfig = {
  groupMinSessionTimeoutMs: 6000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupInitialRebalanceDelayMs: 3000,
  groupMaxSize: 2147483647,
  offsetMetadataMaxBytes: 4096,
  offsetsRetentionMs: 10080 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsCommitTimeoutMs: 5000,
  offsetsTopicPartitions: 50,
  offsetsLoadBufferSize: 5_242_880,
};

/** `GroupCoordinatorConfig.CLASSIC_GROUP_NEW_MEMBER_JOIN_TIMEOUT_MS`: a new member that waits longer in a rebalance is dropped. */
export const newMemberJoinTimeoutMs: DurationMs = 5 * 60_000;
