/** Facade; see below. */
import type { NodeId, Offset } from '../base/ids.ts';
import type { Tracer } from '../env/tracer.ts';
import type { MetadataDelta, MetadataImage } from '../metadata/index.ts';
import type { CommittedBatch, LeaderAndEpoch, RaftListener, SnapshotReader } from '../raft/index.ts';

/** Called after each published image, in the order of registration; must not throw. */
export type MetadataPublisher = (delta: MetadataDelta, image: MetadataImage) => void;

export interface MetadataFollowerOptions {
  readonly tracer: Tracer;
  readonly nodeId: NodeId;
}

/** Follows the metadata log on a broker: committed records -> delta -> image -> publishers. */
export declare class MetadataFollower implements RaftListener {
  constructor(options: MetadataFollowerOptions);
  get image(): MetadataImage;
  /** Last offset that publishers have seen; what heartbeats report. */
  get publishedOffset(): Offset;
  onPublish(publisher: MetadataPublisher): void;
  onLeaderChange(listener: (leader: LeaderAndEpoch) => void): void;
  handleCommit(batch: CommittedBatch): void;
  handleLoadSnapshot(reader: SnapshotReader): void;
  handleLeaderChange(leader: LeaderAndEpoch): void;
}
