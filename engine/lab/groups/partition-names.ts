/** Partitions by name, `orders-0`, as callbacks tell them and as they are keys here. */
import type { PartitionIndex, TopicName } from '../../base/ids.ts';
import type { TopicPartitions } from '../../contract/groups.ts';

export function partitionOf(name: string): { readonly topic: TopicName; readonly partition: PartitionIndex } {
  const at = name.lastIndexOf('-');
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}

export function namesOf(partitions: readonly TopicPartitions[]): readonly string[] {
  return partitions.flatMap(({ topic, partitions: each }) => each.map((index) => `${topic}-${index}`));
}

export function compareNames(a: string, b: string): number {
  const left = partitionOf(a);
  const right = partitionOf(b);
  return left.topic < right.topic ? -1 : Number(left.topic > right.topic) || left.partition - right.partition;
}
