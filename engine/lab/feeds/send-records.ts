/**
 * Sends records of a job at its rate, and says how far it is. It ends at the first record that fails: what was sent before
 * is sent, and whoever began it is told which one it was.
 */
import type { ProducerRecord, RecordMetadata } from '../../client/index.ts';
import type { Clock } from '../../env/index.ts';

export interface FeedRecord extends ProducerRecord {
  /** Where it comes from, for an error: `line 7`, `offset 1200`. */
  readonly from: string;
}

export interface SendOptions {
  readonly clock: Clock;
  /** `blockedSends` other than 0: an application would stand still. */
  readonly producer: {
    readonly blockedSends: number;
    send(record: ProducerRecord): Promise<RecordMetadata>;
    flush(): Promise<void>;
  };
  /** A second; 0: as fast as it goes. */
  readonly rate: number;
  readonly signal: AbortSignal;
  progress(acknowledged: number): void;
}

const tickMs = 20;
/** Without a rate, so many go out before the others have a turn. */
const burst = 500;
const outstandingMax = 2000;

export class FeedError extends Error {
  override readonly name = 'FeedError';
}

/** Resolves with how many were acknowledged. Rejects with a {@link FeedError}, also when it is cancelled. */
export async function sendRecords(
  records: Iterable<FeedRecord> | AsyncIterable<FeedRecord>,
  options: SendOptions,
): Promise<number> {
  const { clock, producer, rate, signal } = options;
  const startMs = clock.monotonic();
  let sent = 0;
  let acknowledged = 0;
  let failure: FeedError | null = null;
  const mayGoOn = (): boolean => failure === null && !signal.aborted;
  const iterator = Symbol.iterator in records ? records[Symbol.iterator]() : records[Symbol.asyncIterator]();
  for (;;) {
    const stepped = iterator.next();
    // What is at hand costs no turn.
    const step = stepped instanceof Promise ? await stepped : stepped;
    if (step.done === true) break;
    const { from, ...record } = step.value;
    while (mayGoOn() && !isDue(clock, rate, startMs, sent, acknowledged, producer.blockedSends)) {
      options.progress(acknowledged);
      await rest(clock);
    }
    if (!mayGoOn()) break;
    sent++;
    producer.send(record).then(
      () => void acknowledged++,
      (error: Error) => (failure ??= new FeedError(`${from}: ${error.message}`)),
    );
    if (sent % burst === 0) await rest(clock);
  }
  await producer.flush();
  options.progress(acknowledged);
  if (failure !== null) throw failure as FeedError;
  if (signal.aborted) throw new FeedError(String(acknowledged));
  return acknowledged;
}

function isDue(
  clock: Clock,
  rate: number,
  startMs: number,
  sent: number,
  acknowledged: number,
  blocked: number,
): boolean {
  if (blocked > 0 || sent - acknowledged >= outstandingMax) return false;
  return rate === 0 || ((clock.monotonic() - startMs) * rate) / 1000 >= sent;
}

function rest(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.after(tickMs, resolve));
}
