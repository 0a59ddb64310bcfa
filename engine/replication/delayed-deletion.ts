/** A DeleteRecords that waits until every live replica's log starts at the asked offset (Kafka's `DelayedDeleteRecords`). */
import type { Offset, PartitionIndex, TopicName } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import { DelayedOperation } from './delayed-operation.ts';
import type { Partition } from './partition.ts';

export interface DeletionOutcome {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  error: ErrorCode;
  /** -1 with an error. */
  lowWatermark: Offset;
}

interface Awaited {
  readonly partition: Partition;
  readonly requestedOffset: Offset;
  readonly outcome: DeletionOutcome;
}

export class DelayedDeletion extends DelayedOperation {
  #awaited: Awaited[] = [];
  readonly #outcomes: readonly DeletionOutcome[];
  readonly #respond: (outcomes: readonly DeletionOutcome[]) => void;

  constructor(outcomes: readonly DeletionOutcome[], respond: (outcomes: readonly DeletionOutcome[]) => void) {
    super();
    this.#outcomes = outcomes;
    this.#respond = respond;
  }

  await(partition: Partition, requestedOffset: Offset, outcome: DeletionOutcome): void {
    this.#awaited.push({ partition, requestedOffset, outcome });
  }

  watch(): void {
    for (const { partition } of this.#awaited) partition.deletions.add(this);
  }

  override isSatisfied(): boolean {
    this.#awaited = this.#awaited.filter(({ partition, requestedOffset, outcome }) => {
      const { term } = partition;
      if (term === null) {
        outcome.error = ErrorCode.NOT_LEADER_OR_FOLLOWER;
        outcome.lowWatermark = -1;
        return false;
      }
      outcome.lowWatermark = term.lowWatermark;
      return outcome.lowWatermark < requestedOffset;
    });
    return this.#awaited.length === 0;
  }

  protected override finish(): void {
    for (const { outcome } of this.#awaited) outcome.error = ErrorCode.REQUEST_TIMED_OUT;
    this.#awaited = [];
    this.#respond(this.#outcomes);
  }
}
