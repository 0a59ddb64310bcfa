/**
 * Compression codecs of a record batch by the id in its attributes, and the codec implementation as this module needs
 * it from outside. What lies behind the batch header of a compressed batch is, for gzip, lz4 and zstd, one frame of that
 * format; for snappy a xerial stream of raw blocks (see xerial-snappy.ts).
 */
import { CorruptRecordError } from './errors.ts';
import { readXerialSnappy, writeXerialSnappy } from './xerial-snappy.ts';

export const Compression = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;
export type CompressionName = keyof typeof Compression;
export type CompressionId = (typeof Compression)[CompressionName];
/** A codec that really compresses. */
export type CodecId = Exclude<CompressionId, 0>;

const names: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];

/** Name of a codec as Kafka prints it; null for an id that does not exist. */
export function compressionName(id: number): CompressionName | null {
  return names[id] ?? null;
}

/** Compresses and decompresses whole buffers. For snappy (2) the bytes are one raw block without framing. */
export interface RecordCodecs {
  /** `level`: the codec's own scale; absent means its default. */
  compress(codec: CodecId, bytes: Uint8Array, level?: number): Uint8Array;
  /** Throws (anything) on malformed bytes. */
  decompress(codec: CodecId, bytes: Uint8Array): Uint8Array;
}

/** Refuses to work: for parts that never meet a compressed batch. */
export const noCodecs: RecordCodecs = {
  compress: (codec) => {
    throw new Error(`no codec for ${compressionName(codec)} is installed`);
  },
  decompress: (codec) => {
    throw new Error(`no codec for ${compressionName(codec)} is installed`);
  },
};

/** The records section of a batch in its stored form. */
export function compressRecords(
  codecs: RecordCodecs,
  codec: CompressionId,
  bytes: Uint8Array,
  level?: number,
): Uint8Array {
  if (codec === Compression.none) return bytes;
  if (codec === Compression.snappy) return writeXerialSnappy(bytes, (block) => codecs.compress(codec, block));
  return codecs.compress(codec, bytes, level);
}

/** The records section of a batch as plain records; malformed bytes throw {@link CorruptRecordError}. */
export function decompressRecords(codecs: RecordCodecs, codec: CompressionId, bytes: Uint8Array): Uint8Array {
  if (codec === Compression.none) return bytes;
  try {
    if (codec === Compression.snappy) return readXerialSnappy(bytes, (block) => codecs.decompress(codec, block));
    return codecs.decompress(codec, bytes);
  } catch (cause) {
    if (cause instanceof CorruptRecordError) throw cause;
    throw new CorruptRecordError(`${compressionName(codec)} data of ${bytes.length} bytes does not decompress`, {
      cause,
    });
  }
}
