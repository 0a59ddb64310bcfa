/**
 * Reads a snapshot file (`RecordsSnapshotReader`): a control batch with `SnapshotHeader`, batches of values, a control
 * batch with `SnapshotFooter`. Works on the bytes alone, so it serves `bootstrap.checkpoint` as well as
 * `<end offset>-<epoch>.checkpoint`. Other control records (`KRaftVersion`, `KRaftVoters` of a dynamic quorum) are
 * skipped.
 *
 * Invariant: a reader exists only for bytes whose checksums, header and footer were found to be right.
 */
import type { TimestampMs } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import { RecordCursor, decodeControlRecord, ensureBatchValid, iterateBatches, noCodecs } from '../record/index.ts';
import type { BatchHeader, ControlRecord } from '../record/index.ts';
import type { OffsetAndEpoch } from './listener.ts';

/** The file is no complete snapshot. */
export class InvalidSnapshotError extends Error {
  override readonly name = 'InvalidSnapshotError';
}

export class SnapshotReader {
  /** Zero offset and epoch for `bootstrap.checkpoint`, whose name holds none. */
  readonly snapshotId: OffsetAndEpoch;
  readonly lastContainedLogTimestampMs: TimestampMs;
  readonly sizeBytes: number;
  readonly #dataBatches: readonly BatchHeader[];

  /** Throws {@link InvalidSnapshotError}; `what` names the file in it. */
  constructor(bytes: Uint8Array, snapshotId: OffsetAndEpoch, what: string) {
    this.snapshotId = snapshotId;
    this.sizeBytes = bytes.length;
    const { batches, controls } = readBatches(bytes, what);
    const header = controls[0];
    if (header?.type !== 'snapshot-header' || batches[0]?.isControl !== true) {
      throw new InvalidSnapshotError(`${what} does not begin with a snapshot header`);
    }
    if (controls.at(-1)?.type !== 'snapshot-footer' || batches.at(-1)?.isControl !== true) {
      throw new InvalidSnapshotError(`${what} does not end with a snapshot footer: it is incomplete`);
    }
    this.lastContainedLogTimestampMs = header.lastContainedLogTimestamp;
    this.#dataBatches = batches.filter((batch) => !batch.isControl);
  }

  /** The values, batch by batch, without raft's own control records. The arrays are views. */
  *batches(): Generator<readonly Uint8Array[], void> {
    for (const batch of this.#dataBatches) {
      const values: Uint8Array[] = [];
      const cursor = new RecordCursor(batch, noCodecs);
      while (cursor.next()) values.push(cursor.value ?? new Uint8Array(0));
      yield values;
    }
  }
}

/** Throws DiskError when it cannot be read, {@link InvalidSnapshotError} when it is no snapshot. */
export function readSnapshotFile(
  disk: Disk,
  path: string,
  id: OffsetAndEpoch = { offset: 0, epoch: 0 },
): SnapshotReader {
  return new SnapshotReader(disk.readFile(path), id, path);
}

function readBatches(bytes: Uint8Array, what: string): { batches: BatchHeader[]; controls: ControlRecord[] } {
  const batches: BatchHeader[] = [];
  const controls: ControlRecord[] = [];
  let end = 0;
  try {
    for (const batch of iterateBatches(bytes)) {
      ensureBatchValid(batch);
      batches.push(batch);
      end = batch.position + batch.sizeInBytes;
      if (!batch.isControl) continue;
      const cursor = new RecordCursor(batch, noCodecs);
      while (cursor.next()) {
        const control = decodeControlRecord(cursor.key, cursor.value);
        if (control !== null) controls.push(control);
      }
    }
  } catch (error) {
    throw new InvalidSnapshotError(`${what} is damaged: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  if (end !== bytes.length)
    throw new InvalidSnapshotError(`${what} ends within a batch, at ${end} of ${bytes.length} bytes`);
  return { batches, controls };
}
