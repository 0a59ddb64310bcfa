/**
 * What the parts of one member of the quorum share: its options, its state, its log, its peers. No behaviour beyond
 * small readings.
 */
import type { NodeId, Offset, TimestampMs, Uuid } from '../base/ids.ts';
import type { LogLevel } from '../base/telemetry.ts';
import type { Clock } from '../env/clock.ts';
import type { Random } from '../env/random.ts';
import type { Tracer } from '../env/tracer.ts';
import type { RaftConfig } from './config.ts';
import type { FetchWaiters } from './fetch-waiters.ts';
import type { Peers } from './peers.ts';
import type { QuorumStateStore } from './quorum-state-store.ts';
import type { Quorum } from './quorum.ts';
import type { ReplicatedLog } from './replicated-log.ts';
import type { RaftTransport } from './transport.ts';
import type { VoterSet } from './voter-set.ts';

export const metadataTopic = '__cluster_metadata';

export interface RaftNodeOptions {
  readonly env: { readonly clock: Clock; readonly random: Random; readonly tracer: Tracer };
  readonly nodeId: NodeId;
  /** `directory.id` of the metadata log directory's meta.properties. */
  readonly directoryId: Uuid;
  readonly clusterId: string;
  readonly voters: VoterSet;
  /** First of `controller.listener.names`. */
  readonly listenerName: string;
  readonly config: RaftConfig;
  readonly log: ReplicatedLog;
  readonly store: QuorumStateStore;
  readonly transport: RaftTransport;
}

export interface RaftContext extends RaftNodeOptions {
  readonly quorum: Quorum;
  readonly peers: Peers;
  readonly waiters: FetchWaiters;
  /** Monotonic milliseconds. */
  monotonic(): number;
  nowMs(): TimestampMs;
  isStopping(): boolean;
  /** Null until this node has learned it; never retreats. */
  highWatermark(): Offset | null;
  /** Ignored unless it is larger than the one known. */
  advanceHighWatermark(offset: Offset): void;
  /** Has the state machine look at its state soon. */
  wake(): void;
  say(level: LogLevel, message: string): void;
}
