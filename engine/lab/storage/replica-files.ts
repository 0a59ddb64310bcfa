/**
 * A replica's directory as it lies on disk: read only, also beside a broker that writes to it. Files that vanish between
 * two looks count as absent. What is being written at the end of a log is no batch yet and is left out.
 *
 * Errors: {@link NoSuchReplicaFileError} names what is not there; a `DiskError` is the machine's.
 */
import { fromUtf8, hex } from '../../base/text.ts';
import {
  batchBytesMax,
  type BatchBytes,
  type BatchView,
  type LogBatches,
  type OffsetWay,
  type PartitionFile,
  type PartitionFileKind,
  type PartitionFiles,
  type SegmentView,
} from '../../contract/storage.ts';
import { DiskError, type Disk } from '../../env/index.ts';
import {
  batchOverhead,
  batchSizeAt,
  BatchHeader,
  compressionName,
  CorruptRecordError,
  decompressRecords,
  getInt32,
  InvalidRecordError,
  type RecordCodecs,
} from '../../record/index.ts';
import { partitionDirectory, segmentFile } from '../../storage/index.ts';
import { headerFields, recordsIn } from './record-bytes.ts';

/** Something that was asked for is not (or no more) on disk. */
export class NoSuchReplicaFileError extends Error {
  override readonly name = 'NoSuchReplicaFileError';
  readonly thing: string;
  readonly value: string;
  readonly hint: string;

  constructor(thing: string, value: string, hint: string) {
    super(`${thing} ${value}: ${hint}`);
    this.thing = thing;
    this.value = value;
    this.hint = hint;
  }
}

export interface ReplicaFilesOptions {
  /** Its root is the lab's directory. */
  readonly disk: Disk;
  readonly codecs: RecordCodecs;
}

interface Replica {
  readonly node: number;
  readonly topic: string;
  readonly partition: number;
}

const indexEntrySize = 8;
/** A batch's header, and what is read at a time when headers are walked. */
const scanChunk = 64 * 1024;

const kinds: readonly (readonly [suffix: string, kind: PartitionFileKind])[] = [
  ['.deleted', 'deleted'],
  ['.log', 'log'],
  ['.index', 'index'],
  ['.timeindex', 'timeindex'],
  ['.txnindex', 'txnindex'],
  ['.snapshot', 'snapshot'],
  ['leader-epoch-checkpoint', 'leader-epoch-checkpoint'],
  ['partition.metadata', 'partition.metadata'],
];

export class ReplicaFiles {
  readonly #disk: Disk;
  readonly #codecs: RecordCodecs;

  constructor(options: ReplicaFilesOptions) {
    this.#disk = options.disk;
    this.#codecs = options.codecs;
  }

  files(replica: Replica): PartitionFiles {
    const directory = this.#directory(replica);
    const files = this.#list(directory);
    const bases = files.filter(({ kind }) => kind === 'log').map((file) => file.baseOffset ?? 0);
    const segments = bases.map((baseOffset, index): SegmentView => {
      const bytesOf = (kind: PartitionFileKind): number =>
        files.find((file) => file.kind === kind && file.baseOffset === baseOffset)?.bytes ?? 0;
      return {
        baseOffset,
        nextBaseOffset: bases[index + 1] ?? null,
        bytes: bytesOf('log'),
        indexEntries: Math.floor(bytesOf('index') / indexEntrySize),
      };
    });
    return {
      ...replica,
      directory,
      files,
      segments,
      leaderEpochs: this.#text(`${directory}/leader-epoch-checkpoint`),
      metadata: this.#text(`${directory}/partition.metadata`),
    };
  }

  batches(replica: Replica, segment: number, from: number | 'end', limit: number): LogBatches {
    const { path, name, bytes } = this.#log(replica, segment);
    const found: BatchView[] = [];
    let more = false;
    const start = from === 'end' ? this.#nearEnd(path, segment) : from;
    const end = this.#walk(path, bytes, start, (batch, position) => {
      if (found.length === limit && from !== 'end') {
        more = true;
        return false;
      }
      found.push(viewOf(this.#whole(path, position, batch.sizeInBytes), position));
      if (found.length > limit) found.shift();
      return true;
    });
    const invalidFrom = !more && end < bytes ? end : null;
    return { file: name, fileBytes: bytes, batches: found, nextPosition: more ? end : null, invalidFrom };
  }

  batch(replica: Replica, segment: number, position: number): BatchBytes {
    const { path, name, bytes } = this.#log(replica, segment);
    const size = sizeOfBatch(this.#read(path, position, batchOverhead), 0);
    if (size === null || position + size > bytes) {
      throw new NoSuchReplicaFileError('position', String(position), `${name} has no whole batch there.`);
    }
    const batch = this.#whole(path, position, size);
    const stored = batch.bytes;
    const isPacked = compressionName(batch.compression) !== 'none';
    let inner: Uint8Array | null = null;
    let records: BatchBytes['records'] = [];
    let unreadable: string | null = null;
    try {
      inner = isPacked ? decompressRecords(this.#codecs, batch.compression, batch.recordBytes) : null;
      records =
        inner === null ? recordsIn(batch, stored, batchOverhead, size) : recordsIn(batch, inner, 0, inner.length);
    } catch (error) {
      if (!(error instanceof CorruptRecordError) && !(error instanceof InvalidRecordError)) throw error;
      unreadable = error.message;
    }
    return {
      file: name,
      batch: viewOf(batch, position),
      hex: hex(stored.subarray(0, batchBytesMax)),
      header: headerFields(batch),
      records,
      inner: inner === null ? null : { hex: hex(inner.subarray(0, batchBytesMax)), bytes: inner.length },
      unreadable,
    };
  }

  find(replica: Replica, offset: number): OffsetWay {
    const { segments, directory } = this.files(replica);
    const segment = segments.findLast((each) => each.baseOffset <= offset);
    if (segment === undefined) {
      const first = segments[0]?.baseOffset ?? 0;
      throw new NoSuchReplicaFileError('offset', String(offset), `The log on disk begins at ${first}.`);
    }
    const { path, name, bytes } = this.#log(replica, segment.baseOffset);
    const index = this.#index(directory, segment.baseOffset);
    const slot = index.findLastIndex((entry) => entry.offset <= offset);
    const entry = index[slot] ?? null;
    let scannedBatches = 0;
    let batch: BatchHeader | null = null;
    let at = 0;
    const from = entry?.position ?? 0;
    this.#walk(path, bytes, from, (each, position) => {
      scannedBatches += 1;
      if (each.lastOffset < offset) return true;
      batch = this.#whole(path, position, each.sizeInBytes);
      at = position;
      return false;
    });
    if (batch === null) {
      throw new NoSuchReplicaFileError('offset', String(offset), `${name} on disk ends before it.`);
    }
    const view = viewOf(batch, at);
    return {
      offset,
      segment: segment.baseOffset,
      file: name,
      fileBytes: bytes,
      indexPositions: index.map(({ position }) => position),
      entry: entry === null ? null : { slot, ...entry },
      entries: index.length,
      scannedBatches,
      scannedBytes: at - from,
      batch: view,
      delta: offset - view.baseOffset,
    };
  }

  #directory(replica: Replica): string {
    const directory = `broker-${replica.node}/${partitionDirectory(replica)}`;
    if (this.#disk.stat(directory)?.kind === 'directory') return directory;
    const hint = `Broker ${replica.node} has no replica of it on disk.`;
    throw new NoSuchReplicaFileError('partition', `${replica.topic}-${replica.partition}`, hint);
  }

  #list(directory: string): PartitionFile[] {
    const found: PartitionFile[] = [];
    for (const name of this.#disk.list(directory).sort()) {
      const stat = this.#disk.stat(`${directory}/${name}`);
      if (stat === null || stat.kind !== 'file') continue;
      const kind = kinds.find(([suffix]) => name.endsWith(suffix))?.[1] ?? 'other';
      const digits = /^\d{20}/.exec(name)?.[0];
      const baseOffset = digits === undefined ? null : Number(digits);
      found.push({ name, kind, baseOffset, bytes: stat.size, modifiedMs: Math.round(stat.modifiedMs) });
    }
    return found;
  }

  #text(path: string): string | null {
    return this.#disk.stat(path) === null ? null : fromUtf8(this.#disk.readFile(path));
  }

  #log(replica: Replica, segment: number): { path: string; name: string; bytes: number } {
    const path = segmentFile(this.#directory(replica), segment, '.log');
    const name = path.slice(path.lastIndexOf('/') + 1);
    const stat = this.#disk.stat(path);
    if (stat === null) throw new NoSuchReplicaFileError('segment', name, 'It is not on disk, or no more.');
    return { path, name, bytes: stat.size };
  }

  /** Entries as they are on disk; the broker writes them some at a time. */
  #index(directory: string, base: number): { readonly offset: number; readonly position: number }[] {
    const path = segmentFile(directory, base, '.index');
    if (this.#disk.stat(path) === null) return [];
    const bytes = this.#disk.readFile(path);
    const entries: { offset: number; position: number }[] = [];
    for (let at = 0; at + indexEntrySize <= bytes.length; at += indexEntrySize) {
      const relative = getInt32(bytes, at);
      // A file that a memory-mapping broker pre-allocated: zeros from here on.
      if (relative === 0 && at > 0) break;
      entries.push({ offset: base + relative, position: getInt32(bytes, at + 4) });
    }
    return entries;
  }

  /** Where a walk may begin that is to see the last batches: some index entries before the end. */
  #nearEnd(path: string, segment: number): number {
    const entries = this.#index(path.slice(0, path.lastIndexOf('/')), segment);
    return entries.at(-endEntries)?.position ?? 0;
  }

  /**
   * Calls `visit` with the header of each whole batch until it returns false. Returns where it stopped: the position of
   * the batch that `visit` refused, or of the first bytes that are no whole batch.
   */
  #walk(path: string, end: number, from: number, visit: (batch: BatchHeader, position: number) => boolean): number {
    let position = from;
    let chunkAt = from;
    let chunk = this.#read(path, from, scanChunk);
    while (position < end) {
      if (position + batchOverhead > chunkAt + chunk.length) {
        chunkAt = position;
        chunk = this.#read(path, position, scanChunk);
      }
      const size = sizeOfBatch(chunk, position - chunkAt);
      if (size === null || position + size > end || chunk.length - (position - chunkAt) < batchOverhead)
        return position;
      if (!visit(new BatchHeader(chunk, position - chunkAt), position)) return position;
      position += size;
    }
    return position;
  }

  #whole(path: string, position: number, size: number): BatchHeader {
    return new BatchHeader(this.#read(path, position, size), 0);
  }

  #read(path: string, position: number, length: number): Uint8Array {
    const file = this.#disk.open(path, 'read');
    try {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, file.read(bytes, 0, length, position));
    } catch (error) {
      if (error instanceof DiskError && error.code === 'ENOENT') return new Uint8Array(0);
      throw error;
    } finally {
      file.close();
    }
  }
}

const endEntries = 8;

/** Null when the bytes end within the header or are none. */
function sizeOfBatch(bytes: Uint8Array, at: number): number | null {
  try {
    return batchSizeAt(bytes, at);
  } catch (error) {
    if (!(error instanceof CorruptRecordError)) throw error;
    return null;
  }
}

function viewOf(batch: BatchHeader, position: number): BatchView {
  return {
    position,
    bytes: batch.sizeInBytes,
    baseOffset: batch.baseOffset,
    lastOffset: batch.lastOffset,
    records: batch.recordCount,
    compression: compressionName(batch.compression) ?? String(batch.compression),
    producerId: batch.producerId,
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    leaderEpoch: batch.leaderEpoch,
    maxTimestamp: batch.maxTimestamp,
    timestampType: batch.timestampType,
    isControl: batch.isControl,
    isTransactional: batch.isTransactional,
    crc: batch.crc,
    crcMatches: batch.isCrcValid(),
  };
}
