/**
 * The header of a record batch, version 2 (`DefaultRecordBatch`), as a view on bytes. All integers are big-endian:
 *
 *     0 baseOffset int64          17 crc uint32 (of all from 21 on)     43 producerId int64
 *     8 length int32 (from 12)    21 attributes int16                  51 producerEpoch int16
 *    12 partitionLeaderEpoch      23 lastOffsetDelta int32             53 baseSequence int32
 *    16 magic int8 = 2            27 baseTimestamp int64               57 recordCount int32
 *                                 35 maxTimestamp int64                61 records
 *
 * Attributes: bits 0-2 codec, 3 timestamp type (1 = log append time), 4 transactional, 5 control, 6 delete horizon (base
 * timestamp is then the horizon, not a timestamp).
 * Base offset and leader epoch lie outside the CRC, so that a broker assigns them in place. One small object per batch,
 * none per record. Nothing here checks the bytes: see parse-batches.ts for bytes from outside.
 */
import { crc32c } from '../base/crc32c.ts';
import type { LeaderEpoch, Offset, ProducerEpoch, ProducerId, TimestampMs } from '../base/ids.ts';
import { getInt16, getInt32, getInt64, getUint32, setInt16, setInt32, setInt64 } from './big-endian.ts';
import type { CompressionId } from './compression.ts';

/** `Records.LOG_OVERHEAD`: base offset and length, in front of the counted bytes. */
export const logOverhead = 12;
/** `DefaultRecordBatch.RECORD_BATCH_OVERHEAD`: size of a batch without records. */
export const batchOverhead = 61;
export const magicV2 = 2;
export const noTimestamp: TimestampMs = -1;
export const noProducerId: ProducerId = -1;
export const noProducerEpoch: ProducerEpoch = -1;
export const noSequence = -1;
export const noLeaderEpoch: LeaderEpoch = -1;

const crcAt = 17;
const attributesAt = 21;
export const attributeBits = {
  codec: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

export type TimestampType = 'create-time' | 'log-append-time';

export class BatchHeader {
  readonly bytes: Uint8Array;
  /** Where the batch starts in `bytes`. */
  readonly position: number;

  constructor(bytes: Uint8Array, position: number) {
    this.bytes = bytes;
    this.position = position;
  }

  get baseOffset(): Offset {
    return getInt64(this.bytes, this.position);
  }
  /** Whole batch, header included. */
  get sizeInBytes(): number {
    return getInt32(this.bytes, this.position + 8) + logOverhead;
  }
  get leaderEpoch(): LeaderEpoch {
    return getInt32(this.bytes, this.position + 12);
  }
  get magic(): number {
    return (this.bytes[this.position + 16]! << 24) >> 24;
  }
  get crc(): number {
    return getUint32(this.bytes, this.position + crcAt);
  }
  get attributes(): number {
    return getInt16(this.bytes, this.position + attributesAt);
  }
  get lastOffsetDelta(): number {
    return getInt32(this.bytes, this.position + 23);
  }
  get lastOffset(): Offset {
    return this.baseOffset + this.lastOffsetDelta;
  }
  get nextOffset(): Offset {
    return this.lastOffset + 1;
  }
  /** The delete horizon when {@link hasDeleteHorizon}. */
  get baseTimestamp(): TimestampMs {
    return getInt64(this.bytes, this.position + 27);
  }
  get maxTimestamp(): TimestampMs {
    return getInt64(this.bytes, this.position + 35);
  }
  get producerId(): ProducerId {
    return getInt64(this.bytes, this.position + 43);
  }
  get producerEpoch(): ProducerEpoch {
    return getInt16(this.bytes, this.position + 51);
  }
  get baseSequence(): number {
    return getInt32(this.bytes, this.position + 53);
  }
  /** Wraps from 2^31 - 1 to 0. -1 without a sequence. */
  get lastSequence(): number {
    const base = this.baseSequence;
    return base === noSequence ? noSequence : incrementSequence(base, this.lastOffsetDelta);
  }
  get recordCount(): number {
    return getInt32(this.bytes, this.position + 57);
  }
  get compression(): CompressionId {
    return (this.attributes & attributeBits.codec) as CompressionId;
  }
  get timestampType(): TimestampType {
    return (this.attributes & attributeBits.logAppendTime) !== 0 ? 'log-append-time' : 'create-time';
  }
  get isTransactional(): boolean {
    return (this.attributes & attributeBits.transactional) !== 0;
  }
  get isControl(): boolean {
    return (this.attributes & attributeBits.control) !== 0;
  }
  get hasDeleteHorizon(): boolean {
    return (this.attributes & attributeBits.deleteHorizon) !== 0;
  }
  get hasProducerId(): boolean {
    return this.producerId > noProducerId;
  }
  /** A view of the whole batch. */
  get batchBytes(): Uint8Array {
    return this.bytes.subarray(this.position, this.position + this.sizeInBytes);
  }
  /** A view of the stored (perhaps compressed) records. */
  get recordBytes(): Uint8Array {
    return this.bytes.subarray(this.position + batchOverhead, this.position + this.sizeInBytes);
  }

  /** Checksum of the batch as its bytes say now. */
  computeCrc(): number {
    return crc32c(this.bytes.subarray(this.position + attributesAt, this.position + this.sizeInBytes));
  }
  isCrcValid(): boolean {
    return this.sizeInBytes >= batchOverhead && this.crc === this.computeCrc();
  }

  /** In place; outside the checksum. */
  setBaseOffset(offset: Offset): void {
    setInt64(this.bytes, this.position, offset);
  }
  /** Moves the base offset so that the last one is `offset`; in place, outside the checksum. */
  setLastOffset(offset: Offset): void {
    this.setBaseOffset(offset - this.lastOffsetDelta);
  }
  /** In place; outside the checksum. */
  setLeaderEpoch(epoch: LeaderEpoch): void {
    setInt32(this.bytes, this.position + 12, epoch);
  }
  /** `DefaultRecordBatch.setMaxTimestamp`: in place with the checksum; nothing happens when both are so already. */
  setMaxTimestamp(type: TimestampType, maxTimestamp: TimestampMs): void {
    if (this.timestampType === type && this.maxTimestamp === maxTimestamp) return;
    const bit = type === 'log-append-time' ? attributeBits.logAppendTime : 0;
    setInt16(this.bytes, this.position + attributesAt, (this.attributes & ~attributeBits.logAppendTime) | bit);
    setInt64(this.bytes, this.position + 35, maxTimestamp);
    this.updateCrc();
  }
  updateCrc(): void {
    setInt32(this.bytes, this.position + crcAt, this.computeCrc());
  }
}

export function batchHeader(bytes: Uint8Array, position = 0): BatchHeader {
  return new BatchHeader(bytes, position);
}

/** `DefaultRecordBatch.incrementSequence`: sequences run from 0 to 2^31 - 1 and start over. */
export function incrementSequence(sequence: number, increment: number): number {
  const sum = sequence + increment;
  return sum > 0x7fff_ffff ? sum - 0x8000_0000 : sum;
}
