/**
 * What the sticky assignors put into a subscription, big-endian:
 *
 *     sticky, version 1        [topic string, [partition int32]], generation int32   (version 0 without the generation)
 *     cooperative-sticky       generation int32
 */
import type { TopicPartition } from '../../../base/ids.ts';
import { ByteReader, ByteWriter, MalformedMessageError } from '../../../protocol/index.ts';
import { javaStringOrder } from './java-order.ts';

/** A member's past, as far as it told. Null: it told no generation. */
export interface MemberData {
  readonly partitions: readonly TopicPartition[];
  readonly generation: number | null;
}

export const noGeneration = -1;

export function encodeStickyUserData({ partitions, generation }: MemberData): Uint8Array {
  const writer = new ByteWriter();
  const topics = javaStringOrder(partitions.map(({ topic }) => topic));
  writer.int32(topics.length);
  for (const topic of topics) {
    const numbers = partitions.flatMap((each) => (each.topic === topic ? each.partition : []));
    writer.nullableString(topic);
    writer.int32(numbers.length);
    for (const number of numbers) writer.int32(number);
  }
  writer.int32(generation ?? noGeneration);
  return writer.bytes();
}

/** Bytes that cannot be read count as a member without a past. */
export function decodeStickyUserData(bytes: Uint8Array): MemberData {
  return tryDecode(bytes, true) ?? tryDecode(bytes, false) ?? { partitions: [], generation: noGeneration };
}

function tryDecode(bytes: Uint8Array, withGeneration: boolean): MemberData | null {
  try {
    const reader = new ByteReader(bytes);
    const partitions: TopicPartition[] = [];
    for (let topics = reader.arrayLength(); topics > 0; topics--) {
      const topic = reader.nullableString();
      if (topic === null) return null;
      for (let count = reader.arrayLength(); count > 0; count--) partitions.push({ topic, partition: reader.int32() });
    }
    return { partitions, generation: withGeneration ? reader.int32() : null };
  } catch (error) {
    if (error instanceof MalformedMessageError) return null;
    throw error;
  }
}

export function encodeGeneration(generation: number): Uint8Array {
  const writer = new ByteWriter(4);
  writer.int32(generation);
  return writer.bytes();
}

export function decodeGeneration(bytes: Uint8Array | null): number | null {
  if (bytes === null) return null;
  return bytes.length < 4 ? noGeneration : new ByteReader(bytes).int32();
}
