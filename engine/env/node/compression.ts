/**
 * The compression codecs of record batches on whole buffers, by the codec's id in the batch attributes: 1 gzip,
 * 2 snappy (one raw block; the stream framing around it belongs to the record module), 3 lz4 (frame), 4 zstd.
 * Malformed bytes throw whatever the codec throws; the caller names the batch.
 */
import { gunzipSync, gzipSync, constants as zlib, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { compressSync as snappyCompress, uncompressSync as snappyUncompress } from 'snappy';

/** Most that one batch may decompress to: stops a small batch that would fill the memory. */
const decompressedBytesMax = 2 ** 30;

export type CompressionCodecId = 1 | 2 | 3 | 4;

export interface CompressionCodecs {
  /** `level`: the codec's own scale; absent means its default. lz4 and snappy have one level here. */
  compress(codec: CompressionCodecId, bytes: Uint8Array, level?: number): Uint8Array;
  decompress(codec: CompressionCodecId, bytes: Uint8Array): Uint8Array;
}

export const nodeCodecs: CompressionCodecs = { compress, decompress };

function compress(codec: CompressionCodecId, bytes: Uint8Array, level?: number): Uint8Array {
  switch (codec) {
    case 1:
      return plain(gzipSync(bytes, level === undefined ? {} : { level }));
    case 2:
      return plain(snappyCompress(bufferOf(bytes)));
    case 3:
      return plain(compressFrameSync(bufferOf(bytes)));
    case 4: {
      const params = level === undefined ? {} : { [zlib.ZSTD_c_compressionLevel]: level };
      return plain(zstdCompressSync(bytes, { params }));
    }
  }
}

function decompress(codec: CompressionCodecId, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 1:
      return plain(gunzipSync(bytes, { maxOutputLength: decompressedBytesMax }));
    case 2: {
      const output = snappyUncompress(bufferOf(bytes), { asBuffer: true });
      if (typeof output === 'string') throw new Error('snappy gave text for bytes');
      return plain(output);
    }
    case 3:
      return plain(decompressFrameSync(bufferOf(bytes)));
    case 4:
      return plain(zstdDecompressSync(bytes, { maxOutputLength: decompressedBytesMax }));
  }
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** `slice` of a Buffer does not copy, that of a `Uint8Array` does; the engine knows only the latter. */
function plain(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
