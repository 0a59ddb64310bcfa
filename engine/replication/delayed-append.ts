/** An append with acks=all that waits until every partition's in-sync replicas have it (Kafka's `DelayedProduce`). */
import type { Offset, PartitionIndex, TimestampMs, TopicName, Uuid } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { RecordError } from '../storage/index.ts';
import { DelayedOperation } from './delayed-operation.ts';
import type { Partition } from './partition.ts';

export interface AppendEntry {
  readonly topic: TopicName;
  /** Checked against the replica's when given. */
  readonly topicId?: Uuid;
  readonly partition: PartitionIndex;
  /** Batches; offsets and epoch are written into these bytes. */
  readonly records: Uint8Array;
}

/** What became of one entry; fields as in Produce's response. */
export interface AppendOutcome {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  error: ErrorCode;
  readonly errorMessage: string | null;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly logAppendTimeMs: TimestampMs;
  readonly logStartOffset: Offset;
  readonly recordErrors: readonly RecordError[];
}

interface Awaited {
  readonly partition: Partition;
  readonly requiredOffset: Offset;
  readonly outcome: AppendOutcome;
}

export class DelayedAppend extends DelayedOperation {
  /** Those not replicated yet. */
  #awaited: Awaited[] = [];
  #outcomes: readonly AppendOutcome[];
  readonly #respond: (outcomes: readonly AppendOutcome[]) => void;

  constructor(outcomes: readonly AppendOutcome[], respond: (outcomes: readonly AppendOutcome[]) => void) {
    super();
    this.#outcomes = outcomes;
    this.#respond = respond;
  }

  /** `outcome` becomes REQUEST_TIMED_OUT unless `partition` is replicated up to `requiredOffset` in time. */
  await(partition: Partition, requiredOffset: Offset, outcome: AppendOutcome): void {
    this.#awaited.push({ partition, requiredOffset, outcome });
  }

  watch(): void {
    for (const { partition } of this.#awaited) partition.produces.add(this);
  }

  override isSatisfied(): boolean {
    let kept = 0;
    for (const awaited of this.#awaited) {
      const error = awaited.partition.replicationOutcome(awaited.requiredOffset);
      if (error === null) this.#awaited[kept++] = awaited;
      else awaited.outcome.error = error;
    }
    this.#awaited.length = kept;
    return kept === 0;
  }

  protected override finish(): void {
    for (const { outcome } of this.#awaited) outcome.error = ErrorCode.REQUEST_TIMED_OUT;
    const outcomes = this.#outcomes;
    this.#awaited = [];
    this.#outcomes = [];
    this.#respond(outcomes);
  }
}
