export * from './caller.ts';
export * from './group-coordinator.ts';
export * from './group-coordinator-config.ts';
export * from './partition-log.ts';
export type * from './group/group-sample.ts';
export { assignedPartitionsOf, ownedPartitionsOf } from './group/classic/consumer-protocol.ts';
export type { FetchedGroupOffsets, FetchedTopicOffsets, OffsetsWanted } from './group/offsets/fetch.ts';
