/**
 * A broker's standing with the controller (Kafka's `BrokerLifecycleManager`):
 *
 *     registering -> catching-up -> fenced -> running -> controlled-shutdown -> shut-down
 *
 * It registers, heartbeats, asks to be unfenced once it is told that everything is up, and asks for leave before it
 * stops. Heartbeats go each `broker.heartbeat.interval.ms`; while the broker waits for something they go as soon as there
 * is news for the controller (see `hurry`), so that starting and stopping take no interval.
 *
 * Invariants: one request is under way at a time; `epoch` never changes once it is known.
 */
import { assert } from '../base/assert.ts';
import type { BrokerEpoch, DurationMs, NodeId, Offset, Uuid } from '../base/ids.ts';
import type { Clock, Timer } from '../env/clock.ts';
import { NetworkError } from '../env/network.ts';
import type { Tracer } from '../env/tracer.ts';
import type { Endpoint, MetadataImage, SupportedFeature } from '../metadata/index.ts';
import { brokerHeartbeatApi, brokerRegistrationApi, ErrorCode, errorName } from '../protocol/index.ts';
import type { BrokerHeartbeatResponse } from '../protocol/index.ts';
import type { ControllerChannel } from './controller-channel.ts';

export interface BrokerLifecycleOptions {
  readonly env: { readonly clock: Clock; readonly tracer: Tracer };
  readonly channel: Pick<ControllerChannel, 'send'>;
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

/** The controller will never take this broker: another cluster, or features that it lacks. */
export class RegistrationRefusedError extends Error {
  override readonly name = 'RegistrationRefusedError';
}

const registrationTimeoutMs = 5000;
const retryMs = 50;
const retryMsMax = 1000;
/** How often a broker that waits looks whether it has something to say, should nobody hurry it. */
const waitingMs = 100;

const hopeless: ReadonlySet<number> = new Set([
  ErrorCode.INCONSISTENT_CLUSTER_ID,
  ErrorCode.UNSUPPORTED_VERSION,
  ErrorCode.INVALID_REGISTRATION,
]);

export class BrokerLifecycle {
  readonly #options: BrokerLifecycleOptions;
  /** Resolves when the controller knows of this incarnation and this broker has applied its registration. */
  readonly caughtUp: Promise<void>;
  /** Resolves when the controller unfenced the broker. */
  readonly unfenced: Promise<void>;
  readonly #caughtUp = Promise.withResolvers<void>();
  readonly #unfenced = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<'granted' | 'timed-out'>();
  #state: BrokerLifecycleState = 'registering';
  #epoch: BrokerEpoch = -1;
  #ready = false;
  #stopped = false;
  #underWay = false;
  /** Something happened while a request was under way. */
  #again = false;
  #timer: Timer | null = null;
  #retryMs = retryMs;
  /** Offset of the last heartbeat that was answered. */
  #reportedOffset: Offset = -1;

  constructor(options: BrokerLifecycleOptions) {
    this.#options = options;
    this.caughtUp = this.#caughtUp.promise;
    this.unfenced = this.#unfenced.promise;
    // Whoever awaits them sees the rejection; nobody has to.
    this.caughtUp.catch(() => {});
    this.unfenced.catch(() => {});
  }

  get state(): BrokerLifecycleState {
    return this.#state;
  }

  /** -1 until registered. */
  get epoch(): BrokerEpoch {
    return this.#epoch;
  }

  /** Begins to register. */
  start(): void {
    assert(this.#timer === null && !this.#underWay, 'a broker lifecycle is started once');
    void this.#register();
  }

  /** To be called when everything needed to serve is up: only then does the broker ask to be unfenced. */
  setReadyToUnfence(): void {
    this.#ready = true;
    this.#heartbeatSoon();
  }

  /** Asks for controlled shutdown; resolves when granted or after `timeoutMs`. */
  shutdown(timeoutMs: DurationMs): Promise<'granted' | 'timed-out'> {
    if (this.#stopped || this.#state === 'registering') return Promise.resolve('timed-out');
    const { clock } = this.#options.env;
    const deadline = clock.after(timeoutMs, () => this.#left.resolve('timed-out'));
    this.#become('controlled-shutdown');
    this.#heartbeatSoon();
    return this.#left.promise.finally(() => deadline.cancel());
  }

  /**
   * The broker has applied new metadata. A heartbeat goes at once when this broker waits for an answer that depends on
   * it, or another one does: a broker in controlled shutdown may leave when all others have seen its leaders move.
   */
  hurry(image?: MetadataImage): void {
    if (this.#stopped || this.#state === 'registering' || this.#reportedOffset >= this.#options.metadataOffset())
      return;
    if (this.#waits() || (image !== undefined && this.#isAwaited(image))) this.#heartbeatSoon();
  }

  /** Stops everything without a word to the controller. Idempotent. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#timer = null;
    const error = new NetworkError('ECONNABORTED', 'the broker was stopped');
    this.#caughtUp.reject(error);
    this.#unfenced.reject(error);
    this.#left.resolve('timed-out');
  }

  #waits(): boolean {
    return (
      this.#state === 'catching-up' ||
      this.#state === 'controlled-shutdown' ||
      (this.#state === 'fenced' && this.#ready)
    );
  }

  #isAwaited(image: MetadataImage): boolean {
    for (const broker of image.cluster.brokers.values()) {
      if (broker.id !== this.#options.nodeId && !broker.fenced && broker.inControlledShutdown) return true;
    }
    return false;
  }

  #become(state: BrokerLifecycleState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#options.onStateChange?.(state);
  }

  #after(delayMs: DurationMs, run: () => void): void {
    this.#timer?.cancel();
    if (!this.#stopped) this.#timer = this.#options.env.clock.after(delayMs, run);
  }

  async #register(): Promise<void> {
    const { channel, nodeId, clusterId, incarnationId, listeners, features, rack, logDirs } = this.#options;
    this.#underWay = true;
    const request = {
      brokerId: nodeId,
      clusterId,
      incarnationId,
      listeners,
      features,
      rack,
      logDirs,
      previousBrokerEpoch: this.#options.previousBrokerEpoch,
    };
    const options = { timeoutMs: registrationTimeoutMs };
    const response = await this.#answerOf(channel.send(brokerRegistrationApi, request, options));
    this.#underWay = false;
    if (this.#stopped) return;
    if (response === null) return this.#after(this.#backoffMs(), () => void this.#register());
    if (response.errorCode !== ErrorCode.NONE) return this.#registrationFailed(response.errorCode);
    this.#epoch = response.brokerEpoch;
    this.#log('info', `Successfully registered broker ${nodeId} with broker epoch ${this.#epoch}`);
    this.#retryMs = retryMs;
    this.#become('catching-up');
    this.#heartbeatSoon();
  }

  #registrationFailed(code: number): void {
    const { nodeId, clusterId } = this.#options;
    const message = `Unable to register broker ${nodeId} because the controller returned error ${errorName(code)}`;
    this.#log('warn', message);
    if (!hopeless.has(code)) return this.#after(this.#backoffMs(), () => void this.#register());
    const error = new RegistrationRefusedError(
      code === ErrorCode.INCONSISTENT_CLUSTER_ID
        ? `${message}: the data directory belongs to cluster ${clusterId}, the controllers to another`
        : message,
    );
    this.#caughtUp.reject(error);
    this.#unfenced.reject(error);
  }

  /** Now, or when the request under way is answered. */
  #heartbeatSoon(): void {
    if (this.#stopped || this.#epoch === -1 || this.#state === 'shut-down') return;
    if (this.#underWay) this.#again = true;
    else void this.#heartbeat();
  }

  async #heartbeat(): Promise<void> {
    const { channel, nodeId, metadataOffset, heartbeatIntervalMs } = this.#options;
    const currentMetadataOffset = metadataOffset();
    // It could only be told to wait: its registration is not among what it has read.
    if (this.#state === 'catching-up' && currentMetadataOffset < this.#epoch) {
      return this.#after(waitingMs, () => this.#heartbeatSoon());
    }
    this.#timer?.cancel();
    this.#underWay = true;
    this.#again = false;
    const wantShutDown = this.#state === 'controlled-shutdown';
    const request = {
      brokerId: nodeId,
      brokerEpoch: this.#epoch,
      currentMetadataOffset,
      wantFence: !this.#ready && !wantShutDown,
      wantShutDown,
      cordonedLogDirs: [],
    };
    const options = { timeoutMs: Math.max(heartbeatIntervalMs * 2, 1000) };
    const response = await this.#answerOf(channel.send(brokerHeartbeatApi, request, options));
    this.#underWay = false;
    if (this.#stopped) return;
    if (response === null || response.errorCode !== ErrorCode.NONE) return this.#heartbeatFailed(response);
    this.#retryMs = retryMs;
    this.#reportedOffset = currentMetadataOffset;
    this.#answered(response);
    if (this.#state === 'shut-down') return;
    if (this.#again) return this.#heartbeatSoon();
    this.#after(this.#waits() ? Math.min(waitingMs, heartbeatIntervalMs) : heartbeatIntervalMs, () =>
      this.#heartbeatSoon(),
    );
  }

  #heartbeatFailed(response: BrokerHeartbeatResponse | null): void {
    if (response !== null) {
      const error = errorName(response.errorCode);
      this.#log('warn', `Broker ${this.#options.nodeId} sent a heartbeat request but received error ${error}.`);
    }
    this.#after(this.#backoffMs(), () => this.#heartbeatSoon());
  }

  #answered(response: BrokerHeartbeatResponse): void {
    switch (this.#state) {
      case 'catching-up':
        if (!response.isCaughtUp) return;
        this.#become('fenced');
        this.#caughtUp.resolve();
        return;
      case 'fenced':
        if (response.isFenced) return;
        this.#log('info', 'The broker has been unfenced. Transitioning from RECOVERY to RUNNING.');
        this.#become('running');
        this.#unfenced.resolve();
        return;
      case 'running':
        if (!response.isFenced) return;
        this.#log('warn', 'The broker was fenced by the controller and asks to be unfenced.');
        this.#become('fenced');
        return;
      default:
        if (!response.shouldShutDown) return;
        this.#log('info', 'The controller has asked us to exit controlled shutdown.');
        this.#become('shut-down');
        this.#left.resolve('granted');
    }
  }

  /** Null when there was no answer in time. */
  async #answerOf<R>(answer: Promise<R>): Promise<R | null> {
    try {
      return await answer;
    } catch (error) {
      if (!(error instanceof NetworkError)) throw error;
      if (!this.#stopped) this.#log('warn', error.message);
      return null;
    }
  }

  #backoffMs(): DurationMs {
    const now = this.#retryMs;
    this.#retryMs = Math.min(now * 2, retryMsMax);
    return now;
  }

  #log(level: 'info' | 'warn', message: string): void {
    this.#options.env.tracer.log(level, `BrokerLifecycleManager id=${this.#options.nodeId}`, message);
  }
}
