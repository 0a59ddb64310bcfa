/**
 * The stream format of snappy-java (`SnappyOutputStream`), which Kafka's snappy batches use: a header of 16 bytes (magic
 * `82 53 4e 41 50 50 59 00`, version int32 = 1, compatible version int32 = 1), then blocks: int32 length, raw snappy
 * block. Kafka writes blocks of 32 KiB. A stream without the header is one raw block (some clients send that).
 */
import { concatBytes } from '../base/text.ts';
import { getInt32, setInt32 } from './big-endian.ts';
import { CorruptRecordError } from './errors.ts';

const magic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00];
const headerSize = 16;
const blockSize = 32 * 1024;

export function writeXerialSnappy(bytes: Uint8Array, compressBlock: (block: Uint8Array) => Uint8Array): Uint8Array {
  const header = new Uint8Array(headerSize);
  header.set(magic);
  setInt32(header, 8, 1);
  setInt32(header, 12, 1);
  const parts = [header];
  for (let at = 0; at < bytes.length; at += blockSize) {
    const block = compressBlock(bytes.subarray(at, at + blockSize));
    const length = new Uint8Array(4);
    setInt32(length, 0, block.length);
    parts.push(length, new Uint8Array(block));
  }
  return concatBytes(parts);
}

export function readXerialSnappy(bytes: Uint8Array, decompressBlock: (block: Uint8Array) => Uint8Array): Uint8Array {
  if (!startsWithMagic(bytes)) return decompressBlock(bytes);
  const blocks: Uint8Array[] = [];
  let at = headerSize;
  while (at < bytes.length) {
    if (bytes.length - at < 4) throw new CorruptRecordError(`snappy stream ends within a block length at ${at}`);
    const length = getInt32(bytes, at);
    at += 4;
    if (length < 0 || length > bytes.length - at) {
      throw new CorruptRecordError(`snappy block of ${length} bytes at ${at} runs over the end at ${bytes.length}`);
    }
    blocks.push(decompressBlock(bytes.subarray(at, at + length)));
    at += length;
  }
  return blocks.length === 1 ? blocks[0]! : concatBytes(blocks);
}

function startsWithMagic(bytes: Uint8Array): boolean {
  if (bytes.length < headerSize) return false;
  return magic.every((byte, index) => bytes[index] === byte);
}
