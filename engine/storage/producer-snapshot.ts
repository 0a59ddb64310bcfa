/**
 * `<offset>.snapshot`: the producers of a partition as of that offset (`ProducerSnapshot` version 1). Big-endian: int16
 * version, uint32 CRC-32C of what follows it, int32 count, entries of 46 bytes: int64 producer id, int16 epoch, int32
 * last sequence, int64 last offset, int32 offset delta, int64 timestamp, int32 coordinator epoch, int64 first offset of
 * the open transaction (-1 none). 10 bytes without producers.
 */
import type { Offset, ProducerEpoch, ProducerId, TimestampMs } from '../base/ids.ts';
import { crc32c } from '../base/crc32c.ts';
import { getInt16, getInt32, getInt64, getUint32, setInt16, setInt32, setInt64 } from '../record/index.ts';

export interface ProducerSnapshotEntry {
  readonly producerId: ProducerId;
  readonly producerEpoch: ProducerEpoch;
  /** -1: no batch is known. */
  readonly lastSequence: number;
  /** -1: no batch is known. */
  readonly lastOffset: Offset;
  readonly offsetDelta: number;
  readonly timestamp: TimestampMs;
  readonly coordinatorEpoch: number;
  readonly currentTransactionFirstOffset: Offset;
}

/** The file is not in its format (`CorruptSnapshotException`); the message says why, in Kafka's words. */
export class CorruptSnapshotError extends Error {
  override readonly name = 'CorruptSnapshotError';
}

const version = 1;
const crcAt = 2;
const headerSize = 10;
const entriesAt = 6;
const entrySize = 46;

export function encodeProducerSnapshot(entries: readonly ProducerSnapshotEntry[]): Uint8Array {
  const bytes = new Uint8Array(headerSize + entries.length * entrySize);
  setInt16(bytes, 0, version);
  setInt32(bytes, entriesAt, entries.length);
  entries.forEach((entry, index) => {
    const at = headerSize + index * entrySize;
    setInt64(bytes, at, entry.producerId);
    setInt16(bytes, at + 8, entry.producerEpoch);
    setInt32(bytes, at + 10, entry.lastSequence);
    setInt64(bytes, at + 14, entry.lastOffset);
    setInt32(bytes, at + 22, entry.offsetDelta);
    setInt64(bytes, at + 26, entry.timestamp);
    setInt32(bytes, at + 34, entry.coordinatorEpoch);
    setInt64(bytes, at + 38, entry.currentTransactionFirstOffset);
  });
  setInt32(bytes, crcAt, crc32c(bytes.subarray(entriesAt)));
  return bytes;
}

/** Throws {@link CorruptSnapshotError}. */
export function decodeProducerSnapshot(bytes: Uint8Array): ProducerSnapshotEntry[] {
  if (bytes.length < headerSize)
    throw new CorruptSnapshotError(`Snapshot failed schema validation: ${bytes.length} bytes`);
  const found = getInt16(bytes, 0);
  if (found !== version) throw new CorruptSnapshotError(`Snapshot contained an unknown file version ${found}`);
  const count = getInt32(bytes, entriesAt);
  if (count < 0 || bytes.length < headerSize + count * entrySize) {
    throw new CorruptSnapshotError(`Snapshot failed schema validation: ${count} entries in ${bytes.length} bytes`);
  }
  const stored = getUint32(bytes, crcAt);
  const computed = crc32c(bytes.subarray(entriesAt));
  if (stored !== computed) {
    throw new CorruptSnapshotError(
      `Snapshot is corrupt (CRC is no longer valid). Stored crc: ${stored}. Computed crc: ${computed}`,
    );
  }
  return Array.from({ length: count }, (_, index) => entryAt(bytes, headerSize + index * entrySize));
}

function entryAt(bytes: Uint8Array, at: number): ProducerSnapshotEntry {
  return {
    producerId: getInt64(bytes, at),
    producerEpoch: getInt16(bytes, at + 8),
    lastSequence: getInt32(bytes, at + 10),
    lastOffset: getInt64(bytes, at + 14),
    offsetDelta: getInt32(bytes, at + 22),
    timestamp: getInt64(bytes, at + 26),
    coordinatorEpoch: getInt32(bytes, at + 34),
    currentTransactionFirstOffset: getInt64(bytes, at + 38),
  };
}
