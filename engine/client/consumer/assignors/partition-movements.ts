/**
 * Which partitions moved between which members while a sticky assignment was balanced, so that no two partitions of one
 * topic change places (`AbstractStickyAssignor.PartitionMovements`).
 */
import type { MemberId, TopicName, TopicPartition, TopicPartitionKey } from '../../../base/ids.ts';
import { hashOfPartition, javaOrder } from './java-order.ts';
import { keyOf } from './sticky-past.ts';

interface Movement {
  readonly partition: TopicPartition;
  readonly from: MemberId;
  readonly to: MemberId;
}

/** Partitions of one topic that moved from one member to another; `peak` is how many they have been at most. */
interface Moved {
  readonly partitions: Map<TopicPartitionKey, TopicPartition>;
  peak: number;
}

function pairKey(from: MemberId, to: MemberId): string {
  return JSON.stringify([from, to]);
}

export class PartitionMovements {
  readonly #byPartition = new Map<TopicPartitionKey, Movement>();
  readonly #byTopic = new Map<TopicName, Map<string, Moved>>();

  /** What to move instead of `partition`: the one that moved the other way before, if there is one. */
  partitionToMove(partition: TopicPartition, from: MemberId, to: MemberId): TopicPartition {
    const pairs = this.#byTopic.get(partition.topic);
    if (pairs === undefined) return partition;
    const origin = this.#byPartition.get(keyOf(partition))?.from ?? from;
    const reverse = pairs.get(pairKey(to, origin));
    if (reverse === undefined) return partition;
    return javaOrder(reverse.partitions.values(), hashOfPartition, reverse.peak)[0] ?? partition;
  }

  move(partition: TopicPartition, from: MemberId, to: MemberId): void {
    const before = this.#byPartition.get(keyOf(partition));
    if (before === undefined) return this.#add({ partition, from, to });
    this.#remove(before);
    if (before.from !== to) this.#add({ partition, from: before.from, to });
  }

  #add(movement: Movement): void {
    const { partition, from, to } = movement;
    this.#byPartition.set(keyOf(partition), movement);
    const pairs = this.#byTopic.get(partition.topic) ?? new Map<string, Moved>();
    this.#byTopic.set(partition.topic, pairs);
    const moved = pairs.get(pairKey(from, to)) ?? { partitions: new Map(), peak: 0 };
    pairs.set(pairKey(from, to), moved);
    moved.partitions.set(keyOf(partition), partition);
    moved.peak = Math.max(moved.peak, moved.partitions.size);
  }

  #remove({ partition, from, to }: Movement): void {
    this.#byPartition.delete(keyOf(partition));
    const pairs = this.#byTopic.get(partition.topic);
    const moved = pairs?.get(pairKey(from, to));
    moved?.partitions.delete(keyOf(partition));
    if (moved?.partitions.size === 0) pairs?.delete(pairKey(from, to));
    if (pairs?.size === 0) this.#byTopic.delete(partition.topic);
  }
}
