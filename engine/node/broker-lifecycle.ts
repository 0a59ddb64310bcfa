/** Facade; see below. */
import type { BrokerEpoch, DurationMs, NodeId, Offset, Uuid } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Tracer } from '../env/tracer.ts';
import type { Endpoint, SupportedFeature } from '../metadata/index.ts';
import type { ControllerChannel } from './controller-channel.ts';

export interface BrokerLifecycleOptions {
  readonly env: { readonly clock: Clock; readonly tracer: Tracer };
  readonly channel: ControllerChannel;
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly incarnationId: Uuid;
  readonly listeners: readonly Endpoint[];
  readonly features: readonly SupportedFeature[];
  readonly rack: string | null;
  readonly logDirs: readonly Uuid[];
  /** Epoch in `.kafka_cleanshutdown`, -1 after an unclean stop: tells the controller whether the ISR can be trusted. */
  readonly previousBrokerEpoch: BrokerEpoch;
  /** Highest metadata offset that this broker has applied. */
  readonly metadataOffset: () => Offset;
  /** `broker.heartbeat.interval.ms` */
  readonly heartbeatIntervalMs: DurationMs;
  readonly onStateChange?: (state: BrokerLifecycleState) => void;
}

export type BrokerLifecycleState =
  'registering' | 'catching-up' | 'fenced' | 'running' | 'controlled-shutdown' | 'shut-down';

/** Registers the broker, heartbeats, and asks for a controlled shutdown (Kafka's `BrokerLifecycleManager`). */
export declare class BrokerLifecycle {
  constructor(options: BrokerLifecycleOptions);
  get state(): BrokerLifecycleState;
  /** -1 until registered. */
  get epoch(): BrokerEpoch;
  /** Begins to register. */
  start(): void;
  /** Resolves when the controller knows of this incarnation and this broker has applied its registration. */
  readonly caughtUp: Promise<void>;
  /** To be called when everything needed to serve is up: only then does the broker ask to be unfenced. */
  setReadyToUnfence(): void;
  /** Resolves when the controller unfenced the broker. */
  readonly unfenced: Promise<void>;
  /** Asks for controlled shutdown; resolves when granted or after `timeoutMs`. */
  shutdown(timeoutMs: DurationMs): Promise<'granted' | 'timed-out'>;
  /** Sends the next heartbeat at once: the broker has applied new metadata that somebody waits for. */
  hurry(): void;
  /** Stops everything without a word to the controller. */
  stop(): void;
}
