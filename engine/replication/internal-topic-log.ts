/**
 * The partitions of one internal topic as a coordinator writes and reads them: append as leader with the guarantees of
 * acks=all, hear of the high watermark, read back from the start when taking over.
 */
import type { LeaderEpoch, Offset, PartitionIndex, TopicName } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { Replicas } from './replicas.ts';

export class InternalTopicLog {
  readonly #replicas: Replicas;
  readonly #topic: TopicName;

  constructor(replicas: Replicas, topic: TopicName) {
    this.#replicas = replicas;
    this.#topic = topic;
  }

  /** One batch; `offset` is that of its last record, which is safe once the high watermark has passed it. */
  append(
    partition: PartitionIndex,
    batch: Uint8Array,
    expectedLeaderEpoch: LeaderEpoch,
  ): { readonly offset: Offset } | { readonly error: ErrorCode } {
    const found = this.#replicas.find(this.#topic, partition);
    if (typeof found === 'number') return { error: found };
    if (found.term === null || found.leaderEpoch !== expectedLeaderEpoch) {
      return { error: ErrorCode.NOT_LEADER_OR_FOLLOWER };
    }
    const result = this.#replicas.appendTo(found, batch, 'coordinator');
    return result.kind === 'appended' ? { offset: result.lastOffset } : { error: result.error };
  }

  /** 0 when this broker holds no such replica. */
  highWatermark(partition: PartitionIndex): Offset {
    return this.#replicas.partition(this.#topic, partition)?.log.highWatermark ?? 0;
  }

  onHighWatermark(partition: PartitionIndex, listener: (highWatermark: Offset) => void): () => void {
    return this.#replicas.addListener(this.#topic, partition, { onHighWatermark: listener }) ?? (() => {});
  }

  /** Null when this broker does not lead the partition. */
  range(partition: PartitionIndex): { readonly logStartOffset: Offset; readonly logEndOffset: Offset } | null {
    const found = this.#replicas.partition(this.#topic, partition);
    if (found?.term == null) return null;
    return { logStartOffset: found.log.logStartOffset, logEndOffset: found.log.logEndOffset };
  }

  /** Whole batches from `from` on, about `maxBytes` but at least one; empty at the end. */
  read(partition: PartitionIndex, from: Offset, maxBytes: number): Uint8Array {
    const found = this.#replicas.partition(this.#topic, partition);
    if (found === null) return new Uint8Array(0);
    const result = found.log.read(from, maxBytes, 'log-end', true);
    return result.kind === 'records' ? result.records : new Uint8Array(0);
  }
}
