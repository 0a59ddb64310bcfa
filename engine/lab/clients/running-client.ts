/** What the thread of a lab client needs of the client in it, whichever kind it is. */
import type { MessagePort } from 'node:worker_threads';
import type { Env } from '../../env/index.ts';
import type { SeededRandom } from '../../env/sim/seeded-random.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { ClientRole, FromClient } from './client-messages.ts';

export interface RunningClient {
  /** Posts what has changed, if anything has. */
  sample(): void;
  /** Only live settings differ. */
  change(role: ClientRole): void;
  /** `wakeup()` of a consumer; resolves when its poll loop has ended and it is closed. Producers have none. */
  wakeup?(limitMs: number): Promise<void>;
  /** Ends its workload and closes the client; resolves within about `limitMs`. */
  close(limitMs: number): Promise<void>;
}

export interface RunningClientOptions<E> {
  readonly env: Pick<Env, 'clock' | 'network' | 'random'>;
  readonly codecs: RecordCodecs;
  readonly configs: Readonly<Record<string, string>>;
  /** Of the workload's records. */
  readonly random: SeededRandom;
  /** The port to the ledger. */
  readonly ledger: MessagePort | null;
  post(message: FromClient): void;
  onEvent(event: E): void;
  /** `wakeup()` ended that call. */
  onWoken(call: string): void;
  /** Something went wrong that no event tells: in which part, Kafka's name and text. */
  onFault(source: string, error: string, detail: string): void;
  /** The client has ended by an error. */
  onEnd(error: unknown): void;
}

/** A sample that tells nothing new is left out, but not for longer than this. */
export const sampleAgeMsMax = 1000;
