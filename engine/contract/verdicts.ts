/** Three answers to "is it so?", and what they rest on. `unknown` says what is missing; it is never a mild `holds`. */
import type { TimestampMs } from '../base/ids.ts';

export type Verdict = 'holds' | 'broken' | 'unknown';

/** What the ledger watches from the first record on. */
export type PropertyName =
  | 'no-acked-record-lost'
  | 'no-record-duplicated'
  | 'high-watermark-never-retreats'
  | 'min-isr-at-each-ack'
  | 'one-owner-per-generation'
  | 'consumed-at-least-once';

export interface PropertyView {
  readonly property: PropertyName;
  readonly verdict: Verdict;
  /** How much was looked at: records, acknowledgements, samples, generations. */
  readonly checked: number;
  readonly violations: number;
  /** Of the first violation; null for none. */
  readonly brokenMs: TimestampMs | null;
  /** Kind of evidence for the window's catalogues, with its arguments: `acked-lost`, `not-yet-read`, `acks-1-promises-nothing`. */
  readonly reason: string;
  readonly args: Readonly<Record<string, string | number>>;
  /** The first few, named: `orders-1@177006 (order-feed #24098)`. */
  readonly examples: readonly string[];
}
