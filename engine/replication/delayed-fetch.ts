/**
 * A fetch that waits for `minBytes` to become readable (Kafka's `DelayedFetch`). It is answered at once when a partition
 * turns out to be led elsewhere, fenced, deleted, truncated below the asked offset, or diverged from the fetcher.
 */
import { ErrorCode } from '../protocol/index.ts';
import { DelayedOperation } from './delayed-operation.ts';
import type { FetchParameters, PartitionFetch } from './partition-fetch.ts';

export class DelayedFetch extends DelayedOperation {
  readonly #parameters: FetchParameters;
  #fetches: readonly PartitionFetch[];
  readonly #respond: (fetches: readonly PartitionFetch[]) => void;

  /** Every fetch was read without error and has its `local` replica. `respond` reads them again. */
  constructor(
    parameters: FetchParameters,
    fetches: readonly PartitionFetch[],
    respond: (fetches: readonly PartitionFetch[]) => void,
  ) {
    super();
    this.#parameters = parameters;
    this.#fetches = fetches;
    this.#respond = respond;
  }

  watch(): void {
    for (const fetch of this.#fetches) fetch.local!.fetches.add(this);
  }

  override isSatisfied(): boolean {
    const { minBytes, isolation, onlyFromLeader } = this.#parameters;
    let bytes = 0;
    for (const fetch of this.#fetches) {
      const local = fetch.local!;
      if (local.isDeleted || local.accessError(fetch.currentLeaderEpoch, onlyFromLeader) !== ErrorCode.NONE)
        return true;
      const endOffset = local.endOffset(isolation);
      if (fetch.fetchOffset !== endOffset) {
        if (fetch.fetchOffset > endOffset) {
          // Waiting beyond the high watermark is fine as long as the log reaches there.
          if (fetch.fetchOffset > local.log.logEndOffset) return true;
        } else if (minBytes <= 1) return true;
        else {
          const readable = local.bytesReadable(fetch.fetchOffset, isolation);
          if (readable === null) return true;
          bytes += Math.min(readable, fetch.maxBytes);
          if (bytes >= minBytes) return true;
        }
      }
      if (fetch.lastFetchedEpoch !== -1 && local.divergesFrom(fetch.fetchOffset, fetch.lastFetchedEpoch)) return true;
    }
    return false;
  }

  protected override finish(): void {
    const fetches = this.#fetches;
    this.#fetches = [];
    this.#respond(fetches);
  }
}
