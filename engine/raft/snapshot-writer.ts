/**
 * Writes snapshot files (`RecordsSnapshotWriter`, `FileRawSnapshotWriter`). The file has `.part` behind its name until
 * it is complete and flushed; only then does it get its name, so that whoever finds a snapshot finds all of it.
 *
 * Layout: offsets count from 0 through all batches; header and footer are control batches of their own; every batch has
 * the snapshot's epoch; values go into batches of up to `batchMaxBytes`.
 */
import { assert } from '../base/assert.ts';
import type { Offset, TimestampMs } from '../base/ids.ts';
import type { Disk, DiskFile } from '../env/disk.ts';
import { BatchBuilder, buildControlBatch, estimatedBatchSize } from '../record/index.ts';
import type { OffsetAndEpoch } from './listener.ts';
import { partSuffix } from './snapshot-files.ts';

export interface SnapshotWriter {
  readonly snapshotId: OffsetAndEpoch;
  /** Adds values; they are cut into batches. */
  append(records: readonly Uint8Array[]): void;
  /** Writes the footer, flushes, and gives the file its name. Nothing more may be appended. */
  freeze(): void;
  /** Drops the unfinished file. Idempotent; nothing happens after `freeze`. */
  close(): void;
}

/** Takes a snapshot's bytes as they come from the leader. */
export interface RawSnapshotWriter {
  readonly snapshotId: OffsetAndEpoch;
  readonly sizeBytes: number;
  append(bytes: Uint8Array): void;
  freeze(): void;
  close(): void;
}

export class RawSnapshotFileWriter implements RawSnapshotWriter {
  readonly snapshotId: OffsetAndEpoch;
  readonly #disk: Disk;
  readonly #path: string;
  readonly #onFrozen: () => void;
  #file: DiskFile | null;
  #sizeBytes = 0;

  /** `path` is the finished file's. */
  constructor(disk: Disk, path: string, snapshotId: OffsetAndEpoch, onFrozen: () => void = () => {}) {
    this.snapshotId = snapshotId;
    this.#disk = disk;
    this.#path = path;
    this.#onFrozen = onFrozen;
    this.#file = disk.open(path + partSuffix, 'truncate');
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Uint8Array): void {
    assert(this.#file !== null, () => `snapshot ${this.#path} is finished`);
    this.#file.write(bytes, 0, bytes.length, this.#sizeBytes);
    this.#sizeBytes += bytes.length;
  }

  freeze(): void {
    assert(this.#file !== null, () => `snapshot ${this.#path} is finished`);
    this.#file.sync();
    this.#file.close();
    this.#file = null;
    this.#disk.rename(this.#path + partSuffix, this.#path);
    this.#disk.syncDirectory(this.#path.slice(0, Math.max(0, this.#path.lastIndexOf('/'))));
    this.#onFrozen();
  }

  close(): void {
    if (this.#file === null) return;
    this.#file.close();
    this.#file = null;
    this.#disk.removeFile(this.#path + partSuffix);
  }
}

export interface SnapshotContent {
  readonly lastContainedLogTimestampMs: TimestampMs;
  /** Wall time, of the records. */
  readonly nowMs: TimestampMs;
  readonly batchMaxBytes: number;
}

export class RecordsSnapshotWriter implements SnapshotWriter {
  readonly #raw: RawSnapshotWriter;
  readonly #content: SnapshotContent;
  #builder: BatchBuilder | null = null;
  #nextOffset: Offset = 0;

  constructor(raw: RawSnapshotWriter, content: SnapshotContent) {
    this.#raw = raw;
    this.#content = content;
    const lastContainedLogTimestamp = content.lastContainedLogTimestampMs;
    this.#control({ type: 'snapshot-header', version: 0, lastContainedLogTimestamp });
  }

  get snapshotId(): OffsetAndEpoch {
    return this.#raw.snapshotId;
  }

  append(records: readonly Uint8Array[]): void {
    const { batchMaxBytes, nowMs } = this.#content;
    for (const value of records) {
      const record = { timestamp: nowMs, key: null, value };
      const open = this.#builder;
      if (open !== null && open.uncompressedSize + estimatedBatchSize(record) > batchMaxBytes) this.#finishBatch();
      this.#builder ??= new BatchBuilder({ baseOffset: this.#nextOffset, leaderEpoch: this.snapshotId.epoch });
      this.#nextOffset = this.#builder.append(record) + 1;
    }
  }

  freeze(): void {
    this.#finishBatch();
    this.#control({ type: 'snapshot-footer', version: 0 });
    this.#raw.freeze();
  }

  close(): void {
    this.#raw.close();
  }

  #control(record: Parameters<typeof buildControlBatch>[0][number]): void {
    const { epoch: leaderEpoch } = this.snapshotId;
    const timestamp = this.#content.nowMs;
    this.#raw.append(buildControlBatch([record], { baseOffset: this.#nextOffset, leaderEpoch, timestamp }));
    this.#nextOffset++;
  }

  #finishBatch(): void {
    if (this.#builder === null) return;
    this.#raw.append(this.#builder.build());
    this.#builder = null;
  }
}

/** Writes a whole snapshot at `path` in one go, e.g. `bootstrap.checkpoint`. */
export function writeSnapshotFile(
  disk: Disk,
  path: string,
  records: readonly Uint8Array[],
  options: {
    readonly id?: OffsetAndEpoch;
    readonly nowMs: TimestampMs;
    readonly lastContainedLogTimestampMs?: TimestampMs;
  },
): void {
  const { id = { offset: 0, epoch: 0 }, nowMs, lastContainedLogTimestampMs = 0 } = options;
  const raw = new RawSnapshotFileWriter(disk, path, id);
  const writer = new RecordsSnapshotWriter(raw, { nowMs, lastContainedLogTimestampMs, batchMaxBytes: 8 * 1024 * 1024 });
  writer.append(records);
  writer.freeze();
}
