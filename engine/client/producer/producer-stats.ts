/** What a producer counts of itself, for `sample()`: sums since the start, and how long the newest batches took. */
import type { DurationMs, TimestampMs } from '../../base/ids.ts';
import type { BatchSendReason } from './producer-events.ts';
import type { ProducerSample } from './producer-types.ts';

/** Batches whose time to the answer is remembered. */
const remembered = 512;

export class ProducerStats {
  sent = 0;
  acknowledged = 0;
  failed = 0;
  retries = 0;
  bytes = 0;
  readonly batches: Record<BatchSendReason, number> = { full: 0, linger: 0, flush: 0, close: 0, memory: 0 };
  lastError: { readonly atMs: TimestampMs; readonly code: string; readonly message: string } | null = null;
  readonly #ackMs = new Float64Array(remembered);
  #acks = 0;

  noteAck(durationMs: DurationMs): void {
    this.#ackMs[this.#acks++ % remembered] = durationMs;
  }

  noteError(atMs: TimestampMs, code: string, message: string): void {
    this.lastError = { atMs, code, message };
  }

  sample(): Pick<ProducerSample, 'totals' | 'ackMs' | 'lastError'> {
    const { sent, acknowledged, failed, retries, bytes, batches, lastError } = this;
    const totals = { sent, acknowledged, failed, retries, bytes, batches: { ...batches } };
    return { totals, ackMs: this.#ackTimes(), lastError };
  }

  /** Of the newest batches; null before the first. */
  #ackTimes(): { readonly median: DurationMs; readonly p99: DurationMs } | null {
    if (this.#acks === 0) return null;
    const sorted = this.#ackMs.slice(0, Math.min(this.#acks, remembered)).sort();
    const at = (share: number): DurationMs => sorted[Math.ceil(sorted.length * share) - 1] ?? 0;
    return { median: at(0.5), p99: at(0.99) };
  }
}
