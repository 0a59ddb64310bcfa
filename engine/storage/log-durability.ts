/**
 * What of a log has reached the platter: the recovery point, and the small files that must reach it along with records.
 * A flush makes whole segments durable, then producer snapshots, leader epochs, the topic id and the directory's entries;
 * only then the recovery point moves. So everything below it can be believed after a power loss.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import type { Disk } from '../env/index.ts';
import type { LeaderEpochCache } from './leader-epoch-cache.ts';
import type { LogContext } from './log-types.ts';
import { partitionMetadataFile } from './partition-metadata.ts';
import type { ProducerState } from './producer-state.ts';
import type { Segments } from './segments.ts';
import { syncFile } from './write-file.ts';

export interface DurabilityOptions {
  readonly context: LogContext;
  readonly path: string;
  readonly segments: Segments;
  readonly epochs: LeaderEpochCache;
  readonly producers: ProducerState;
  readonly recoveryPoint: Offset;
  /** Names in the log's directory may not be durable: it was made just now, or comes from an unclean stop. */
  readonly isUnsynced: boolean;
  /** Makes the name of the log's directory durable, if it is not yet. */
  readonly syncOwnName: () => void;
  /** The recovery point moved back: what the checkpoint file says is too high now. */
  readonly onLowered: () => void;
}

export class LogDurability {
  readonly #options: DurabilityOptions;
  #recoveryPoint: Offset;
  #lastFlushedMs: TimestampMs;
  #metadataUnsynced = false;
  /** Files came, went or were renamed since the directory was synced. */
  #directoryUnsynced: boolean;

  constructor(options: DurabilityOptions) {
    this.#options = options;
    this.#recoveryPoint = options.recoveryPoint;
    this.#directoryUnsynced = options.isUnsynced;
    this.#lastFlushedMs = options.context.clock.now();
  }

  /** Records below it are durable. */
  get recoveryPoint(): Offset {
    return this.#recoveryPoint;
  }
  get lastFlushedMs(): TimestampMs {
    return this.#lastFlushedMs;
  }

  /** `partition.metadata` was written. */
  metadataChanged(): void {
    this.#metadataUnsynced = true;
    this.#directoryUnsynced = true;
  }

  directoryChanged(): void {
    this.#directoryUnsynced = true;
  }

  /** The log does not begin below `offset` any more. */
  raiseTo(offset: Offset): void {
    this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
  }

  /** The log was cut to `offset`. */
  lowerTo(offset: Offset): void {
    if (this.#recoveryPoint <= offset) return;
    this.#recoveryPoint = offset;
    this.#options.onLowered();
  }

  /** Makes what lies below `offset` durable, which then is the recovery point unless another one is given. */
  flushUpTo(offset: Offset, newRecoveryPoint: Offset = offset): void {
    if (offset <= this.#recoveryPoint) return;
    const { segments, context } = this.#options;
    for (const segment of segments.within(this.#recoveryPoint, offset)) segment.flush();
    this.flushSmallFiles();
    this.raiseTo(newRecoveryPoint);
    this.#lastFlushedMs = context.clock.now();
  }

  /** An empty log that begins at 0 has nothing to lose: it is made again when it is needed. */
  flushSmallFiles(): void {
    const { context, path, segments, epochs, producers } = this.#options;
    if (segments.active.size === 0 && segments.active.baseOffset === 0) return;
    producers.flush();
    const epochsChanged = epochs.flush();
    if (this.#metadataUnsynced) syncFile(context.disk, `${path}/${partitionMetadataFile}`);
    this.#metadataUnsynced = false;
    if (this.#directoryUnsynced || epochsChanged) context.disk.syncDirectory(path);
    this.#directoryUnsynced = false;
    this.#options.syncOwnName();
  }
}

/** Makes the entries of `directory` durable the first time that it is called. */
export function syncOnce(disk: Disk, directory: string): () => void {
  let synced = false;
  return () => {
    if (!synced) disk.syncDirectory(directory);
    synced = true;
  };
}
