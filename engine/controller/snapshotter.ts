/**
 * Writes a snapshot of the metadata when enough of the log lies behind the last one, by bytes or by time (Kafka's
 * `SnapshotGenerator`). Runs on every voter, active or not, on committed state only.
 */
import type { DurationMs, LeaderEpoch, Offset, TimestampMs } from '../base/ids.ts';
import { encodeMetadataRecord, snapshotRecords } from '../metadata/index.ts';
import type { MetadataImage } from '../metadata/index.ts';
import type { ControllerRaft } from './raft-log.ts';

/** Records given to the writer at once. */
const chunkLength = 1024;

export interface SnapshotLimits {
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly snapshotBytes: number;
  /** `metadata.log.max.snapshot.interval.ms`; 0: never by time. */
  readonly snapshotIntervalMs: DurationMs;
}

export interface SnapshotWritten {
  readonly endOffset: Offset;
  readonly epoch: LeaderEpoch;
  readonly reason: string;
}

export class Snapshotter {
  readonly #raft: Pick<ControllerRaft, 'createSnapshot'>;
  readonly #limits: SnapshotLimits;
  #bytes = 0;
  #lastMs: number;
  #lastEndOffset: Offset = 0;

  constructor(raft: Pick<ControllerRaft, 'createSnapshot'>, limits: SnapshotLimits, nowMs: number) {
    this.#raft = raft;
    this.#limits = limits;
    this.#lastMs = nowMs;
  }

  /** A snapshot was loaded: what lies before it needs no other. */
  loaded(endOffset: Offset, nowMs: number): void {
    this.#rest(endOffset, nowMs);
  }

  /** Counts a committed batch; writes a snapshot of `image` when one is due. Null: none was. */
  committed(sizeBytes: number, image: MetadataImage, timestampMs: TimestampMs, nowMs: number): SnapshotWritten | null {
    this.#bytes += sizeBytes;
    const reason = this.#reason(nowMs);
    const endOffset = image.provenance.lastContainedOffset + 1;
    if (reason === null || endOffset <= this.#lastEndOffset) return null;
    const epoch = image.provenance.lastContainedEpoch;
    this.#rest(endOffset, nowMs);
    const writer = this.#raft.createSnapshot(endOffset, epoch, timestampMs);
    if (writer === null) return null;
    let chunk: Uint8Array[] = [];
    for (const record of snapshotRecords(image)) {
      chunk.push(encodeMetadataRecord(record));
      if (chunk.length < chunkLength) continue;
      writer.append(chunk);
      chunk = [];
    }
    if (chunk.length > 0) writer.append(chunk);
    writer.freeze();
    return { endOffset, epoch, reason };
  }

  #reason(nowMs: number): string | null {
    const { snapshotBytes, snapshotIntervalMs } = this.#limits;
    if (this.#bytes >= snapshotBytes) return `${this.#bytes} bytes were written since the last one`;
    const elapsedMs = nowMs - this.#lastMs;
    if (snapshotIntervalMs === 0 || elapsedMs < snapshotIntervalMs) return null;
    return `the last one is ${Math.round(elapsedMs / 1000)} s old`;
  }

  #rest(endOffset: Offset, nowMs: number): void {
    this.#bytes = 0;
    this.#lastMs = nowMs;
    this.#lastEndOffset = endOffset;
  }
}
