/**
 * The order in which Java's `HashMap` and `HashSet` give their entries back. The sticky assignors let it decide who keeps
 * the one partition more, so whoever wants their results has to know it: by bucket, and within one by age. (Buckets that
 * Java turns into trees, from eight keys on, are not followed.)
 */
import type { TopicPartition } from '../../../base/ids.ts';

/** `String.hashCode`. */
export function hashOfString(text: string): number {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0;
  return hash;
}

/** `TopicPartition.hashCode`. */
export function hashOfPartition({ topic, partition }: TopicPartition): number {
  return (Math.imul(31, 31 + partition) + hashOfString(topic)) | 0;
}

/** Slots of a table that grew to hold `size` entries: doubled whenever it is three quarters full. */
function tableSize(size: number): number {
  let slots = 16;
  while (size > slots * 0.75) slots *= 2;
  return slots;
}

/** `items` in the order of their insertion; `peak`: the most entries that the table ever had, as it never shrinks. */
export function javaOrder<T>(items: Iterable<T>, hash: (item: T) => number, peak = 0): T[] {
  const all = [...items];
  const mask = tableSize(Math.max(all.length, peak)) - 1;
  const slots = all.map((item) => {
    const code = hash(item);
    return { item, slot: (code ^ (code >>> 16)) & mask };
  });
  return slots.sort((a, b) => a.slot - b.slot).map(({ item }) => item);
}

export function javaStringOrder(items: Iterable<string>): string[] {
  return javaOrder(new Set(items), hashOfString);
}
