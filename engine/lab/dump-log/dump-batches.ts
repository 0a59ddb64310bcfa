/** A `.log` or `.checkpoint` file in words: a line for each batch, and for each record when asked. */
import type { RecordCodecs } from '../../record/index.ts';
import type { BatchHeader } from '../../record/index.ts';
import {
  CorruptRecordError,
  InvalidRecordError,
  RecordCursor,
  compressionName,
  decodeControlRecord,
  iterateBatches,
} from '../../record/index.ts';
import type { DumpOptions, DumpOutput } from './dump-log.ts';
import { controlText, recordText } from './record-text.ts';

/** Pairs of offsets of which the second should follow the first, but does not. */
export type Gaps = readonly (readonly [number, number])[];

export interface LogContent {
  /** Of the file, without its directory. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

export function dumpBatches(log: LogContent, options: DumpOptions, codecs: RecordCodecs, output: DumpOutput): Gaps {
  const gaps: (readonly [number, number])[] = [];
  let lastOffset = -1;
  let position = 0;
  const deep = options.deepIteration === true || options.printData === true;
  try {
    for (const batch of iterateBatches(
      log.bytes,
      0,
      Math.min(log.bytes.length, options.maxBytes ?? log.bytes.length),
    )) {
      output.out(batchLine(batch, position));
      if (deep) {
        const records = new RecordCursor(batch, codecs);
        while (records.next()) {
          if (records.offset !== lastOffset + 1) gaps.push([lastOffset, records.offset]);
          lastOffset = records.offset;
          output.out(recordLine(batch, records, options));
        }
      }
      position += batch.sizeInBytes;
    }
  } catch (error) {
    if (!(error instanceof CorruptRecordError) && !(error instanceof InvalidRecordError)) throw error;
    output.error(`${log.name} at position ${position}: ${error.message}`);
  }
  const left = log.bytes.length - position;
  if (left > 0 && options.maxBytes === undefined) output.out(`Found ${left} invalid bytes at the end of ${log.name}`);
  return gaps;
}

function timestampName(batch: BatchHeader): string {
  return batch.timestampType === 'log-append-time' ? 'LogAppendTime' : 'CreateTime';
}

function batchLine(batch: BatchHeader, position: number): string {
  const horizon = batch.hasDeleteHorizon ? `OptionalLong[${batch.baseTimestamp}]` : 'OptionalLong.empty';
  return (
    `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.recordCount}` +
    ` baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence}` +
    ` producerId: ${batch.producerId} producerEpoch: ${batch.producerEpoch}` +
    ` partitionLeaderEpoch: ${batch.leaderEpoch} isTransactional: ${batch.isTransactional}` +
    ` isControl: ${batch.isControl} deleteHorizonMs: ${horizon}` +
    ` position: ${position} ${timestampName(batch)}: ${batch.maxTimestamp}` +
    ` size: ${batch.sizeInBytes} magic: ${batch.magic}` +
    ` compresscodec: ${compressionName(batch.compression) ?? batch.compression} crc: ${batch.crc} isvalid: ${batch.isCrcValid()}`
  );
}

function recordLine(batch: BatchHeader, record: RecordCursor, options: DumpOptions): string {
  const parts: string[] = [];
  if (options.skipRecordMetadata !== true) {
    const { sequence, headers } = record.record();
    parts.push(
      `offset: ${record.offset} ${timestampName(batch)}: ${record.timestamp}` +
        ` keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1}` +
        ` sequence: ${sequence} headerKeys: [${headers.map(({ key }) => key).join(',')}]`,
    );
    if (batch.isControl) parts.push(controlLine(record));
  }
  if (options.printData === true && !batch.isControl) {
    const { key, payload } = recordText(record, options.decoder ?? 'text');
    if (key !== null) parts.push(`key: ${key}`);
    if (payload !== null) parts.push(`payload: ${payload}`);
  }
  return parts.length === 0 ? '' : `| ${parts.join(' ')}`;
}

function controlLine({ key, value }: RecordCursor): string {
  const control = decodeControlRecord(key, value);
  return control === null ? `controlType: UNKNOWN(${key?.[3] ?? -1})` : controlText(control);
}
