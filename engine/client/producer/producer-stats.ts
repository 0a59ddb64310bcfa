/** What a producer counts of itself, for `sample()`: sums since the start, and how long the newest batches took. */
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { BatchSendReason } from './producer-events.ts';
import type { ProducerSample } from './producer-types.ts';
import { RecentDurations } from './recent-durations.ts';

export class ProducerStats {
  sent = 0;
  acknowledged = 0;
  failed = 0;
  retries = 0;
  bytes = 0;
  uncompressedBytes = 0;
  reordered = 0;
  readonly batches: Record<BatchSendReason, number> = { full: 0, linger: 0, flush: 0, close: 0, memory: 0 };
  lastError: { readonly atMs: TimestampMs; readonly code: string; readonly message: string } | null = null;
  readonly #ackMs = new RecentDurations();

  noteAck(durationMs: DurationMs): void {
    this.#ackMs.add(durationMs);
  }

  noteError(atMs: TimestampMs, code: string, message: string): void {
    this.lastError = { atMs, code, message };
  }

  sample(): Pick<ProducerSample, 'totals' | 'ackMs' | 'lastError'> {
    const { sent, acknowledged, failed, retries, bytes, uncompressedBytes, reordered, batches, lastError } = this;
    const totals = {
      sent,
      acknowledged,
      failed,
      retries,
      bytes,
      uncompressedBytes,
      reordered,
      batches: { ...batches },
    };
    return { totals, ackMs: this.#ackMs.quantiles, lastError };
  }
}
