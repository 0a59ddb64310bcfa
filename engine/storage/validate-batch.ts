/**
 * What a leader checks of a batch from a client or coordinator beyond its checksum, and what it changes before it assigns
 * offsets (`LogValidator`): ranges and counts, control records, sequences, timestamps, keys of compacted topics,
 * LogAppendTime, another codec than the topic's. Only the last three rules, and a timestamp that the header shows to be
 * wrong, look into records; otherwise their number and lengths are checked (when they are not compressed), and the
 * header's word is taken for the rest.
 */
import type { TimestampMs } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { BatchHeader, CompressionId, RecordCodecs } from '../record/index.ts';
import {
  BatchBuilder,
  Compression,
  CorruptRecordError,
  InvalidRecordError,
  RecordCursor,
  batchHeader,
  compressionName,
  noTimestamp,
  recordLengthsProblem,
} from '../record/index.ts';
import type { LogConfig } from './log-config.ts';
import type { AppendOrigin, AppendRefused, RecordError } from './log-types.ts';
import { refuse } from './producer-append.ts';

export interface ValidateOptions {
  readonly partition: string;
  readonly origin: AppendOrigin;
  readonly config: LogConfig;
  readonly codecs: RecordCodecs;
  readonly now: TimestampMs;
}

export interface ValidBatch {
  readonly kind: 'valid';
  /** The given one, changed in place, or a new one when it had to be compressed otherwise. */
  readonly batch: BatchHeader;
}

export function validateBatch(batch: BatchHeader, options: ValidateOptions): ValidBatch | AppendRefused {
  try {
    const refused = (options.origin === 'client' ? checkHeader(batch, options) : null) ?? checkRecords(batch, options);
    if (refused !== null) return refused;
    const target = targetCompression(batch, options.config);
    if (target !== batch.compression) return recompress(batch, target, options);
  } catch (error) {
    if (error instanceof CorruptRecordError) return refuse(ErrorCode.CORRUPT_MESSAGE, error.message);
    if (error instanceof InvalidRecordError) return refuse(ErrorCode.INVALID_RECORD, error.message);
    throw error;
  }
  if (options.config.messageTimestampType === 'log-append-time') batch.setMaxTimestamp('log-append-time', options.now);
  return { kind: 'valid', batch };
}

function checkHeader(batch: BatchHeader, { partition }: ValidateOptions): AppendRefused | null {
  const invalid = (message: string): AppendRefused =>
    refuse(ErrorCode.INVALID_RECORD, `${message} in topic partition ${partition}`);
  const range = `[${batch.baseOffset}, ${batch.lastOffset}]`;
  const countFromOffsets = batch.lastOffsetDelta + 1;
  if (countFromOffsets <= 0) return invalid(`Batch has an invalid offset range: ${range}`);
  const count = batch.recordCount;
  if (count <= 0) return invalid(`Invalid reported count for record batch: ${count}`);
  if (countFromOffsets !== count) {
    return invalid(`Inconsistent batch offset range ${range} and count of records ${count}`);
  }
  if (batch.isControl) return invalid('Clients are not allowed to write control records');
  if (batch.hasProducerId && batch.baseSequence < 0) {
    return invalid(`Invalid sequence number ${batch.baseSequence} in record batch with producerId ${batch.producerId}`);
  }
  if (compressionName(batch.compression) === null) return invalid(`Unknown compression type id: ${batch.compression}`);
  const problem = batch.compression === Compression.none ? recordLengthsProblem(batch) : null;
  return problem === null ? null : invalid(problem);
}

/** Rules for each record, as far as they can be broken at all. */
function checkRecords(batch: BatchHeader, options: ValidateOptions): AppendRefused | null {
  const { config, now, partition } = options;
  const createTime = config.messageTimestampType === 'create-time';
  const checkTimestamps =
    (createTime && (batch.maxTimestamp - now > config.messageTimestampAfterMaxMs || checksAge(config))) ||
    (!createTime && batch.timestampType === 'log-append-time') ||
    (createTime && batch.timestampType === 'log-append-time');
  const checkKeys = config.cleanupPolicy.compact && !batch.isControl;
  if (!checkTimestamps && !checkKeys) return null;
  const errors: RecordError[] = [];
  let invalidTimestamp = false;
  const cursor = new RecordCursor(batch, options.codecs);
  for (let batchIndex = 0; cursor.next(); batchIndex++) {
    if (checkKeys && cursor.key === null) {
      const message = `Compacted topic cannot accept message without key in topic partition ${partition}`;
      errors.push({ batchIndex, message });
      continue;
    }
    const problem = checkTimestamps ? timestampProblem(batch, cursor, config, now) : null;
    if (problem === null) continue;
    errors.push({ batchIndex, message: problem });
    invalidTimestamp = true;
  }
  return errors.length === 0 ? null : refuseRecords(errors, invalidTimestamp);
}

function refuseRecords(errors: readonly RecordError[], invalidTimestamp: boolean): AppendRefused {
  if (invalidTimestamp) {
    return refuse(
      ErrorCode.INVALID_TIMESTAMP,
      'One or more records have been rejected due to invalid timestamp',
      errors,
    );
  }
  const shown = errors
    .slice(0, 3)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
    .join(', ');
  const message = `One or more records have been rejected due to ${errors.length} record errors in total, and only showing the first three errors at most: [${shown}]`;
  return refuse(ErrorCode.INVALID_RECORD, message, errors);
}

/** Whether the topic limits how old a record may be; the header does not tell the oldest, so all are looked at. */
function checksAge(config: LogConfig): boolean {
  return config.messageTimestampBeforeMaxMs < 2 ** 53;
}

function timestampProblem(
  batch: BatchHeader,
  cursor: RecordCursor,
  config: LogConfig,
  now: TimestampMs,
): string | null {
  const { messageTimestampBeforeMaxMs: before, messageTimestampAfterMaxMs: after } = config;
  const { timestamp } = cursor;
  if (config.messageTimestampType === 'create-time' && timestamp !== noTimestamp) {
    if (now - timestamp <= before && timestamp - now <= after) return null;
    return `Timestamp ${timestamp} of message with offset ${cursor.offset} is out of range. The timestamp should be within [${now - before}, ${now + after}]`;
  }
  if (batch.timestampType === 'create-time') return null;
  return `Invalid timestamp type in message with offset ${cursor.offset}. Producer should not set timestamp type to LogAppendTime.`;
}

/** `compression.type` of the topic; `producer` keeps the batch's. Control batches are never compressed. */
function targetCompression(batch: BatchHeader, config: LogConfig): CompressionId {
  if (config.compressionType === 'producer' || batch.isControl) return batch.compression;
  return Compression[config.compressionType];
}

function levelOf(target: CompressionId, config: LogConfig): number | null {
  if (target === Compression.gzip) return config.compressionGzipLevel;
  if (target === Compression.lz4) return config.compressionLz4Level;
  return target === Compression.zstd ? config.compressionZstdLevel : null;
}

function recompress(batch: BatchHeader, target: CompressionId, options: ValidateOptions): ValidBatch | AppendRefused {
  const { config, codecs, now, partition } = options;
  const level = levelOf(target, config);
  const builder = new BatchBuilder(
    {
      compression: target,
      codecs,
      ...(level === null ? {} : { compressionLevel: level }),
      timestampType: config.messageTimestampType,
      logAppendTimeMs: now,
      producerId: batch.producerId,
      producerEpoch: batch.producerEpoch,
      baseSequence: batch.baseSequence,
      isTransactional: batch.isTransactional,
    },
    batch.sizeInBytes * 2,
  );
  const cursor = new RecordCursor(batch, codecs);
  while (cursor.next()) {
    const { key, value, timestamp } = cursor;
    builder.append({ key, value, timestamp, headers: cursor.headers() });
  }
  const rebuilt = batchHeader(builder.build());
  if (rebuilt.sizeInBytes > config.maxMessageBytes) {
    return refuse(
      ErrorCode.MESSAGE_TOO_LARGE,
      `Message batch size is ${rebuilt.sizeInBytes} bytes in append to partition ${partition} which exceeds the maximum configured size of ${config.maxMessageBytes}.`,
    );
  }
  return { kind: 'valid', batch: rebuilt };
}
