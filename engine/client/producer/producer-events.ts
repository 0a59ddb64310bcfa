/** What a producer tells while it works. Rates and sizes that change with every record are sampled instead. */
import type {
  DurationMs,
  NodeId,
  Offset,
  PartitionIndex,
  ProducerEpoch,
  ProducerId,
  TopicName,
} from '../../base/ids.ts';

/** Why a batch left the accumulator: no room for the next record, its time, `flush()`, `close()`, or `buffer.memory` ran out. */
export type BatchSendReason = 'full' | 'linger' | 'flush' | 'close' | 'memory';

export interface BatchNaming {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  readonly records: number;
  readonly bytes: number;
  /** -1 without idempotence. */
  readonly baseSequence: number;
}

export type ProducerEvent =
  | (BatchNaming & {
      readonly kind: 'batch-sent';
      readonly reason: BatchSendReason;
      readonly broker: NodeId;
      /** 1 for the first. */
      readonly attempt: number;
    })
  | (BatchNaming & {
      readonly kind: 'batch-acknowledged';
      /** Of the first record; -1 with `acks=0` and for a duplicate. */
      readonly baseOffset: Offset;
      readonly ackMs: DurationMs;
    })
  | (BatchNaming & { readonly kind: 'batch-retried'; readonly error: string; readonly attempt: number })
  | (BatchNaming & { readonly kind: 'batch-failed'; readonly error: string; readonly message: string })
  /** Its records lie in the log behind those of a batch that was sent after it, whose base offset is `behindOffset`. */
  | (BatchNaming & { readonly kind: 'batch-reordered'; readonly baseOffset: Offset; readonly behindOffset: Offset })
  | { readonly kind: 'producer-id'; readonly producerId: ProducerId; readonly producerEpoch: ProducerEpoch }
  | {
      readonly kind: 'connection';
      readonly state: 'ready' | 'lost' | 'unreachable';
      readonly broker: NodeId | null;
      readonly endpoint: string;
      readonly error: string | null;
    }
  /** Names that no config of the producer has; a conflict that switched idempotence off. */
  | { readonly kind: 'config-warning'; readonly message: string }
  /** The producer can go on no longer: every later send fails with this. */
  | { readonly kind: 'fatal'; readonly error: string; readonly message: string };
