/** What the lab host and a broker's worker thread say to each other. Plain data over the worker's message port. */
import type { MetadataView, NodeSample } from '../node/sample.ts';
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { ToWorld, WorldSetup } from './world/world-messages.ts';

/** Index of the word in the shared cell that a paused worker waits on. */
export const pauseCell = 0;

export interface WorkerSetup {
  readonly nodeId: number;
  readonly clusterId: string;
  readonly directoryId: string;
  readonly directory: string;
  /** Broker configs by Kafka's names. */
  readonly configs: Readonly<Record<string, string>>;
  /** One Int32: 1 while the worker is to stand still. */
  readonly pause: SharedArrayBuffer;
  readonly world: WorldSetup;
}

export type ToWorker =
  /** Controlled shutdown, then `left`; the node serves on. */
  | { type: 'leave' }
  /** Controlled shutdown unless it has left already, then the end, then `stopped`. */
  | { type: 'stop' }
  /** Stand still until the pause cell is 0 again. */
  | { type: 'pause' }
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
