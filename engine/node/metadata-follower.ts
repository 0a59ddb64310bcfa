/**
 * Follows the metadata log on one node: committed records become a delta and an image, and every publisher sees both, in
 * the order in which the publishers came (Kafka's `MetadataLoader`). Also tells in telemetry what changed.
 *
 * Invariants: images are published in log order; a transaction of records is seen as one change; what happened within a
 * publisher's call is seen before the next image is made.
 */
import type { NodeId, Offset, TimestampMs } from '../base/ids.ts';
import type { Tracer } from '../env/tracer.ts';
import { MetadataReplay } from '../metadata/index.ts';
import type { MetadataChange, MetadataDelta, MetadataImage } from '../metadata/index.ts';
import type { CommittedBatch, LeaderAndEpoch, RaftListener, SnapshotReader } from '../raft/index.ts';
import { tellMetadataChange } from './metadata-telemetry.ts';

/** Called after each published image, in the order of registration; must not throw. */
export type MetadataPublisher = (delta: MetadataDelta, image: MetadataImage) => void;

export interface MetadataFollowerOptions {
  readonly tracer: Tracer;
  readonly nodeId: NodeId;
  /** Changes appended before this are history: applied, but not told in telemetry. */
  readonly tellSinceMs: TimestampMs;
}

export class MetadataFollower implements RaftListener {
  readonly #options: MetadataFollowerOptions;
  readonly #replay = new MetadataReplay();
  readonly #publishers: MetadataPublisher[] = [];
  readonly #leaderListeners: ((leader: LeaderAndEpoch) => void)[] = [];
  #publishedOffset: Offset = -1;

  constructor(options: MetadataFollowerOptions) {
    this.#options = options;
  }

  get image(): MetadataImage {
    return this.#replay.image;
  }

  /** Last offset that publishers have seen; what heartbeats report. -1 at first. */
  get publishedOffset(): Offset {
    return this.#publishedOffset;
  }

  onPublish(publisher: MetadataPublisher): void {
    this.#publishers.push(publisher);
  }

  onLeaderChange(listener: (leader: LeaderAndEpoch) => void): void {
    this.#leaderListeners.push(listener);
  }

  handleCommit(batch: CommittedBatch): void {
    const change = batch.records.length === 0 ? null : this.#replay.commit(batch);
    if (this.#replay.openTransactionOffset === null) this.#publishedOffset = batch.lastOffset;
    if (change !== null) this.#publish(change, batch.appendTimestampMs >= this.#options.tellSinceMs);
  }

  handleLoadSnapshot(reader: SnapshotReader): void {
    const { offset, epoch } = reader.snapshotId;
    const values = function* (): Generator<Uint8Array> {
      for (const batch of reader.batches()) yield* batch;
    };
    const change = this.#replay.load(values(), {
      lastOffset: offset - 1,
      epoch,
      appendTimestampMs: reader.lastContainedLogTimestampMs,
    });
    this.#publishedOffset = offset - 1;
    this.#publish(change, false);
  }

  handleLeaderChange(leader: LeaderAndEpoch): void {
    for (const listener of this.#leaderListeners) listener(leader);
  }

  #publish({ delta, image }: MetadataChange, isNews: boolean): void {
    if (isNews) tellMetadataChange(this.#options.tracer, delta, image);
    for (const publisher of this.#publishers) publisher(delta, image);
  }
}
