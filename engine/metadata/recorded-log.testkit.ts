/**
 * What an official three-node cluster wrote: its metadata log (control batches and lone NoOpRecords left out) and the
 * snapshot at offset 1557, as the values of the records.
 */
import recordedLog from './recorded-log.json' with { type: 'json' };
import recordedRecords from './recorded-records.json' with { type: 'json' };
import recordedSnapshot from './recorded-snapshot.json' with { type: 'json' };
import type { MetadataRecordType } from './records/index.ts';

export interface RecordedBatch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly epoch: number;
  readonly appendTimestampMs: number;
  readonly records: readonly Uint8Array[];
}

function base64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}

export const recordedBatches: readonly RecordedBatch[] = recordedLog.map((batch) => ({
  baseOffset: batch.baseOffset,
  lastOffset: batch.baseOffset + batch.values.length - 1,
  epoch: batch.epoch,
  appendTimestampMs: batch.timestampMs,
  records: batch.values.map(base64),
}));

export const recordedSnapshotValues: readonly Uint8Array[] = recordedSnapshot.values.map(base64);
export const recordedSnapshotEnd = { lastOffset: recordedSnapshot.endOffset - 1, epoch: recordedSnapshot.epoch };

/** One record of each shape, with the official decoder's JSON. */
export const recordedShapes: readonly {
  readonly type: MetadataRecordType;
  readonly version: number;
  readonly bytes: Uint8Array;
  readonly data: Readonly<Record<string, unknown>>;
}[] = recordedRecords.map((record) => ({
  type: `${camel(record.type)}` as MetadataRecordType,
  version: record.version,
  bytes: new Uint8Array(Buffer.from(record.hex, 'hex')),
  data: record.data,
}));

/** `FEATURE_LEVEL_RECORD` -> `FeatureLevelRecord`. */
function camel(type: string): string {
  return type
    .toLowerCase()
    .split('_')
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join('');
}
