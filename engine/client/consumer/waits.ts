/**
 * How a call of the consumer waits: until something is so, until its time is up, or until `wakeup()`. Whatever happens in
 * the consumer (a response, a fetch, a change of state) calls `notify`, and who waits looks again.
 */
import type { DurationMs } from '../../base/ids.ts';
import type { Clock } from '../../env/index.ts';
import { clientError, KafkaError } from '../kafka-error.ts';

export class Deadline {
  readonly #clock: Clock;
  readonly #atMs: number;

  constructor(clock: Clock, durationMs: DurationMs) {
    this.#clock = clock;
    this.#atMs = clock.monotonic() + durationMs;
  }

  get remainingMs(): DurationMs {
    return Math.max(0, this.#atMs - this.#clock.monotonic());
  }
  get expired(): boolean {
    return this.remainingMs === 0;
  }
}

/** A request on its way (`RequestFuture`): looked at, never thrown by itself. */
export class Call<T> {
  #outcome: { readonly value: T } | { readonly error: KafkaError } | null = null;

  /** Never rejects. */
  readonly whenDone: Promise<void>;

  constructor(promise: Promise<T>, onDone: () => void) {
    this.whenDone = promise.then(
      (value) => {
        this.#outcome = { value };
        onDone();
      },
      (error: unknown) => {
        this.#outcome = { error: kafkaErrorOf(error) };
        onDone();
      },
    );
  }

  get done(): boolean {
    return this.#outcome !== null;
  }
  /** Null while it is not done, and after a success. */
  get error(): KafkaError | null {
    return this.#outcome !== null && 'error' in this.#outcome ? this.#outcome.error : null;
  }
  /** Null while there is none. */
  get value(): T | null {
    return this.#outcome !== null && 'value' in this.#outcome ? this.#outcome.value : null;
  }
}

/** As it is, or a KafkaException around it. */
export function kafkaErrorOf(error: unknown): KafkaError {
  if (error instanceof KafkaError) return error;
  return clientError('KafkaException', error instanceof Error ? error.message : String(error), error);
}

export class Waits {
  readonly #clock: Clock;
  readonly #sleeping = new Set<() => void>();
  #woken = false;
  #wakeable = true;
  #changes = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  deadline(durationMs: DurationMs): Deadline {
    return new Deadline(this.#clock, durationMs);
  }

  /** Something has changed. */
  readonly notify = (): void => {
    this.#changes++;
    for (const wake of [...this.#sleeping]) wake();
  };

  wakeup(): void {
    this.#woken = true;
    this.notify();
  }

  /** From now on `wakeup()` interrupts nothing: the consumer closes. */
  ignoreWakeups(): void {
    this.#wakeable = false;
  }

  throwIfWoken(): void {
    if (!this.#woken || !this.#wakeable) return;
    this.#woken = false;
    throw clientError('WakeupException', 'The consumer was woken up.');
  }

  /** Whether `isSo` came true in time. */
  async until(isSo: () => boolean, deadline: Deadline): Promise<boolean> {
    while (!isSo()) {
      this.throwIfWoken();
      const { remainingMs } = deadline;
      if (remainingMs === 0) return false;
      await this.#sleep(remainingMs);
    }
    return true;
  }

  /** Counts what has happened. */
  get changes(): number {
    return this.#changes;
  }

  /** Until something happens that `changes` has not counted yet, at most so long. */
  async change(changes: number, durationMs: DurationMs): Promise<void> {
    if (this.#changes === changes && durationMs > 0) await this.#sleep(durationMs);
    else await this.breathe();
    this.throwIfWoken();
  }

  /** The whole time, if the deadline allows, whatever happens. */
  async pause(durationMs: DurationMs, deadline: Deadline): Promise<void> {
    const ms = Math.min(durationMs, deadline.remainingMs);
    if (ms > 0) await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
  }

  /** Lets what has arrived be handled. */
  breathe(): Promise<void> {
    return new Promise((resolve) => this.#clock.soon(resolve));
  }

  call<T>(promise: Promise<T>): Call<T> {
    return new Call(promise, this.notify);
  }

  #sleep(durationMs: DurationMs): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel();
        this.#sleeping.delete(wake);
        resolve();
      };
      const timer = this.#clock.after(Math.min(durationMs, 0x7fff_ffff), wake);
      this.#sleeping.add(wake);
    });
  }
}
