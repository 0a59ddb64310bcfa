/** The metadata module's face. */
export * from './features.ts';
export * from './image.ts';
export * from './delta.ts';
export * from './records/index.ts';
export * from './replay.ts';
export * from './snapshot-records.ts';
export * from './topics-delta.ts';
export type { ClusterDelta } from './cluster-delta.ts';
