/**
 * A worker thread of the host that writes something down and answers questions: it begins, is told things, is asked under
 * numbers, and closes when what it holds is on disk. The host never waits for it longer than a limit.
 *
 * Invariants: every question is answered once, with a refusal when the answer does not come in time or the thread has
 * ended. What is posted while there is no thread goes nowhere.
 *
 * What it is told and what it tells besides is its owner's, who hands over `begun`, `closed` and answers as they come.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads';
import type { QueryResult } from '../contract/queries.ts';
import { refused } from './outcome.ts';

const beginLimitMs = 15_000;
const closeLimitMs = 5000;

export interface AskedThreadOptions<From> {
  readonly name: 'journal' | 'ledger';
  /** Of its database: what refusals name. */
  readonly path: string;
  onMessage(message: From): void;
  /** It ended without being told to close; what was asked is refused after this. */
  onEnd(why: string): void;
}

interface Asked {
  settle(answer: QueryResult<unknown>): void;
  readonly timer: NodeJS.Timeout;
}

export class AskedThread<To, From> {
  readonly #options: AskedThreadOptions<From>;
  #worker: Worker | null = null;
  #begun: (() => void) | null = null;
  #closed: (() => void) | null = null;
  readonly #asked = new Map<number, Asked>();
  #nextAsk = 1;

  constructor(options: AskedThreadOptions<From>) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#worker !== null;
  }

  /** Resolves when it says that it has begun, and after a limit in any case. What is posted after the call comes first. */
  start(entry: URL, setup: object): Promise<void> {
    const { name, onMessage } = this.#options;
    const worker = new Worker(entry, { workerData: setup, name });
    this.#worker = worker;
    worker.on('message', onMessage);
    worker.on('error', (error) => this.#ended(`its thread ended: ${error.message}`));
    worker.on('exit', () => this.#ended('its thread ended'));
    return limited((resolve) => (this.#begun = resolve), beginLimitMs);
  }

  begun(): void {
    this.#begun?.();
  }

  closed(): void {
    this.#closed?.();
  }

  post(message: To): void {
    this.#worker?.postMessage(message);
  }

  /** A line to it for another thread, whose other end it is told of; null while it does not run. */
  line(told: (port: MessagePort) => To): MessagePort | null {
    if (this.#worker === null) return null;
    const { port1, port2 } = new MessageChannel();
    this.#worker.postMessage(told(port1), [port1]);
    return port2;
  }

  /** `question` is posted with its number; {@link answer} settles it. */
  async ask<Value>(what: string, limitMs: number, question: (id: number) => To): Promise<QueryResult<Value>> {
    const { name } = this.#options;
    const id = this.#nextAsk++;
    const answer = await new Promise<QueryResult<unknown>>((settle) => {
      const late = (): void => this.answer(id, refused('timeout', name, what, `No answer within ${limitMs / 1000} s.`));
      this.#asked.set(id, { settle, timer: setTimeout(late, limitMs) });
      this.post(question(id));
    });
    return answer as QueryResult<Value>;
  }

  answer(id: number, answer: QueryResult<unknown>): void {
    const asked = this.#asked.get(id);
    if (asked === undefined) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    asked.settle(answer);
  }

  #ended(why: string): void {
    if (this.#worker === null) return;
    this.#worker = null;
    const { name, path, onEnd } = this.#options;
    if (this.#closed === null) onEnd(why);
    for (const id of [...this.#asked.keys()]) {
      this.answer(id, refused(`no-${name}`, name, path, 'Its thread has ended.'));
    }
    this.#begun?.();
    this.#closed?.();
  }

  /** Posts its last message and waits, within a limit, for it to close. */
  async stop(last: To): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    const closed = limited((resolve) => (this.#closed = resolve), closeLimitMs);
    this.post(last);
    await closed;
    this.#worker = null;
    await worker.terminate();
  }
}

/** Resolves when the given function is called, and after `limitMs` in any case. */
function limited(hand: (resolve: () => void) => void, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    hand(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
