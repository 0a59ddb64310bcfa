/** Replication: the replicas of one broker, as leader and as follower. */
export * from './alter-partition.ts';
export * from './alter-partition-channel.ts';
export type { AppendEntry, AppendOutcome } from './append-outcome.ts';
export type { DeletionOutcome } from './delayed-deletion.ts';
export * from './fetch-session.ts';
export type { FetcherChannel } from './fetcher.ts';
export * from './internal-topic-log.ts';
export type { OffsetLookup, PartitionListener, PartitionRole } from './partition.ts';
export { Partition } from './partition.ts';
export * from './partition-fetch.ts';
export type { FollowerSample, ReplicaSample } from './replica-sample.ts';
export * from './replicas.ts';
export * from './settings.ts';
export * from './traffic.ts';
