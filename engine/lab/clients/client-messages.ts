/**
 * What the lab host and the thread of one lab client say to each other. Plain data over the worker's message port. What
 * happens with every record is folded in the thread (`event-folder`); the rest of a client's insides are sampled.
 */
import type { ClientName, ConsumerSettings, ProducerSettings, ProducerView } from '../../contract/clients.ts';
import type { MessagePort } from 'node:worker_threads';
import type { ConsumerSample, ProducerSample } from '../../client/index.ts';
import type { ToWorld, WorldSetup } from '../world/world-messages.ts';

/** Index of the word in the shared cell that a frozen client waits on. */
export const freezeCell = 0;

export type ClientRole =
  | {
      readonly kind: 'producer';
      readonly settings: ProducerSettings;
      /** Of the file that its settings name; null for none. */
      readonly keyFileText: string | null;
    }
  | { readonly kind: 'consumer'; readonly settings: ConsumerSettings };

export interface ClientSetup {
  readonly client: ClientName;
  /** `127.0.0.1:9092,...` */
  readonly bootstrapServers: string;
  readonly role: ClientRole;
  /** How often a sample is wanted. */
  readonly sampleIntervalMs: number;
  /** One Int32: 1 while the thread is to stand still. */
  readonly freeze: SharedArrayBuffer;
  readonly world: WorldSetup;
  /** Where it reports each record to; null: to nobody. */
  readonly ledger: MessagePort | null;
  /** Where it posts what goes over its wire; null: to nobody. */
  readonly wire: MessagePort | null;
}

export type ToClient =
  /** `close()` with that time-out, then `closed`, then the end of the thread. */
  | { readonly type: 'close'; readonly limitMs: number }
  /** `wakeup()` from a shutdown hook: the poll loop ends by its WakeupException, then it closes as with `close`. */
  | { readonly type: 'wakeup'; readonly limitMs: number }
  /** Stand still until the freeze cell is 0 again. */
  | { readonly type: 'freeze' }
  | { readonly type: 'observe'; readonly intervalMs: number }
  /** The same client goes on with these; only what may change as it runs differs. */
  | { readonly type: 'settings'; readonly role: ClientRole }
  | ToWorld;

/** A producer's sample as it travels: of the accumulators those that changed since the sample before. */
export type ProducerNumbers = Omit<ProducerSample, 'effective' | 'notices' | 'ready' | 'blockedSends'> & {
  /** Failures that the application around it got to know. */
  readonly noticed: number;
  readonly heldMs: ProducerView['heldMs'];
};

/** What happened in a client, already folded: one line of the event log each. */
export type ClientLine =
  | {
      readonly type: 'batches-sent';
      readonly topic: string;
      readonly partition: number;
      readonly reason: string;
      readonly batches: number;
      readonly records: number;
      readonly bytes: number;
    }
  | {
      readonly type: 'batch-retried';
      readonly topic: string;
      readonly partition: number;
      readonly error: string;
      readonly attempt: number;
    }
  | {
      readonly type: 'records-failed';
      readonly topic: string;
      readonly partition: number;
      readonly error: string;
      readonly records: number;
    }
  | {
      readonly type: 'records-reordered';
      readonly topic: string;
      readonly partition: number;
      readonly records: number;
      readonly offset: number;
      readonly behind: number;
    }
  | { readonly type: 'callback'; readonly callback: string; readonly partitions: readonly string[] }
  | {
      readonly type: 'committed';
      readonly topic: string;
      readonly partition: number;
      /** Null: this client has not committed there before. */
      readonly was: number | null;
      readonly offset: number;
      readonly commits: number;
    }
  /** Where it begins to read a partition that it was given, or that was reset. */
  | {
      readonly type: 'took';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      /** `committed`, or what `auto.offset.reset` says: `earliest`, `by_duration:PT1H`. */
      readonly source: string;
    }
  /** `wakeup()` ended a call of the application with a WakeupException. */
  | { readonly type: 'woken'; readonly call: string }
  | {
      readonly type: 'fault';
      /** The request or part of the client that met it. */
      readonly source: string;
      readonly error: string;
      readonly detail: string;
      readonly fatal: boolean;
    };

export interface TimedLine {
  readonly atMs: number;
  readonly line: ClientLine;
}

export interface Reached {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export type FromClient =
  /** The client exists; all configs as in effect. */
  | {
      readonly type: 'configured';
      readonly effective: Readonly<Record<string, string>>;
      readonly notices?: readonly string[];
    }
  /** It has what it needs to work: metadata and a producer id, or its place in the group. */
  | { readonly type: 'ready' }
  | { readonly type: 'producer'; readonly atMs: number; readonly sample: ProducerNumbers }
  | { readonly type: 'consumer'; readonly atMs: number; readonly sample: ConsumerSample }
  /** Partitions that are taken from it, with the offset after the last record that it processed. */
  | { readonly type: 'gave-up'; readonly partitions: readonly Reached[] }
  | { readonly type: 'lines'; readonly lines: readonly TimedLine[] }
  | { readonly type: 'closed' }
  /** It could not start, or ended by an error. `code` is Kafka's name, `bug` a mistake of the lab's own. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string };
