/** What the lab host and a broker's worker thread say to each other. Plain data over the worker's message port. */
import type { MessagePort } from 'node:worker_threads';
import type { MetadataView, NodeSample } from '../node/sample.ts';
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { ToWorld, WorldSetup } from './world/world-messages.ts';

export interface WorkerSetup {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directoryId: string;
  readonly directory: string;
  /** Broker configs by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** See `world/halt`. */
  readonly halt: SharedArrayBuffer;
  readonly world: WorldSetup;
  /** Where it posts what goes over its wire; null: to nobody. */
  readonly wire: MessagePort | null;
}

export type ToWorker =
  /** Controlled shutdown, then `left`; the node serves on. */
  | { type: 'leave' }
  /** Controlled shutdown unless it has left already, then the end, then `stopped`. */
  | { type: 'stop' }
  /** Stand still for as long as the shared word says so. */
  | { type: 'pause' }
  /** The shared word says that the power is lost; only for a thread that is not looking at it. */
  | { type: 'power-loss' }
  /** How often a sample is wanted. */
  | { type: 'observe'; intervalMs: number }
  | ToWorld;

export interface TimedEvent {
  /** Lab time, without skew. */
  readonly atMs: number;
  readonly event: TelemetryEvent;
}

export type FromWorker =
  | { type: 'telemetry'; events: readonly TimedEvent[]; sample: NodeSample | null; metadata: readonly MetadataView[] }
  | { type: 'left' }
  | { type: 'stopped' }
  /** The node could not start or a bug ended it. */
  | { type: 'failed'; kind: 'fault' | 'bug'; code: string; message: string; stack: string };
