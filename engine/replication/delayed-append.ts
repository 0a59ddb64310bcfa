/** An append with acks=all that waits until every partition's in-sync replicas have it (Kafka's `DelayedProduce`). */
import type { Offset } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { AppendOutcome } from './append-outcome.ts';
import { DelayedOperation } from './delayed-operation.ts';
import type { Partition } from './partition.ts';

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
