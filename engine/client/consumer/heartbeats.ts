/**
 * The heartbeats of a member (`HeartbeatThread` and `Heartbeat`), independent of `poll()`. Every `heartbeat.interval.ms` one
 * goes out while the member is in the group. Without an answer for `session.timeout.ms` the coordinator counts as lost;
 * without a poll for `max.poll.interval.ms` the member leaves the group by itself. It stands still while the member joins.
 */
import type { TimestampMs } from '../../base/ids.ts';
import type { Timer } from '../../env/index.ts';
import { ErrorCode, heartbeatApi } from '../../protocol/index.ts';
import { ExponentialBackoff } from '../cluster/backoff.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { CoordinatorLink } from './coordinator-link.ts';
import type { GroupState } from './group-state.ts';

export interface HeartbeatsOptions {
  readonly context: ConsumerContext;
  readonly groupId: string;
  readonly group: GroupState;
  readonly link: CoordinatorLink;
  /** `max.poll.interval.ms` has passed. */
  readonly onPollOverdue: () => void;
}

export class Heartbeats {
  readonly #options: HeartbeatsOptions;
  readonly #backoff: ExponentialBackoff;
  #enabled = false;
  #timer: Timer | null = null;
  /** On the monotonic scale. */
  #heartbeatDueMs = 0;
  #sessionEndsMs = 0;
  #pollDueMs = 0;
  #failedInRow = 0;
  #lastSent: TimestampMs | null = null;
  /** Met within a heartbeat; the next poll rejects with it. */
  #failure: KafkaError | null = null;

  constructor(options: HeartbeatsOptions) {
    this.#options = options;
    const { settings, env } = options.context;
    this.#backoff = new ExponentialBackoff(settings.retryBackoffMs, settings.retryBackoffMaxMs, env.random);
  }

  /** When the newest one was sent. */
  get lastSentMs(): TimestampMs | null {
    return this.#lastSent;
  }

  /** The member has joined. */
  enable(): void {
    const { settings } = this.#options.context;
    const now = this.#now();
    this.#enabled = true;
    this.#heartbeatDueMs = now + settings.heartbeatIntervalMs;
    this.#sessionEndsMs = now + settings.sessionTimeoutMs;
    this.#pollDueMs = now + settings.maxPollIntervalMs;
    this.#schedule();
  }

  /** Within `poll()`. Throws what a heartbeat has met. */
  polled(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
    this.#pollDueMs = this.#now() + this.#options.context.settings.maxPollIntervalMs;
  }

  resetSession(): void {
    this.#sessionEndsMs = this.#now() + this.#options.context.settings.sessionTimeoutMs;
  }

  stop(): void {
    this.#enabled = false;
    this.#timer?.cancel();
    this.#timer = null;
  }

  #now(): number {
    return this.#options.context.env.clock.monotonic();
  }

  #schedule(atMs = Math.min(this.#heartbeatDueMs, this.#sessionEndsMs, this.#pollDueMs)): void {
    this.#timer?.cancel();
    const delayMs = Math.max(1, atMs - this.#now());
    this.#timer = this.#options.context.env.clock.after(delayMs, () => {
      this.#timer = null;
      this.#step();
    });
  }

  #step(): void {
    const { context, group, link } = this.#options;
    if (!this.#enabled) return;
    if (group.hasNotJoined || this.#failure !== null) return this.stop();
    const now = this.#now();
    const { retryBackoffMs, sessionTimeoutMs } = context.settings;
    if (link.unknown) {
      link.lookup();
      return this.#schedule(now + retryBackoffMs);
    }
    if (now >= this.#sessionEndsMs) {
      context.emit({ type: 'session-expired', sessionTimeoutMs });
      link.markUnknown('session timed out without receiving a heartbeat response');
      return this.#schedule(now);
    }
    if (now >= this.#pollDueMs) {
      this.stop();
      return this.#options.onPollOverdue();
    }
    if (now >= this.#heartbeatDueMs) this.#beat(now);
    this.#schedule();
  }

  #beat(now: number): void {
    const { context, groupId, group, link } = this.#options;
    const sent = group.generation;
    this.#lastSent = context.env.clock.now();
    this.#heartbeatDueMs = now + context.settings.heartbeatIntervalMs;
    link
      .send(heartbeatApi, {
        groupId,
        generationId: sent.generationId,
        memberId: sent.memberId,
        groupInstanceId: context.settings.groupInstanceId,
      })
      .then(
        ({ errorCode }) => this.#answered(errorCode as ErrorCode, group.isCurrent(sent)),
        (error: KafkaError) => this.#failed(error),
      );
  }

  #answered(errorCode: ErrorCode, generationUnchanged: boolean): void {
    const { group, link } = this.#options;
    switch (errorCode) {
      case ErrorCode.NONE:
        return this.#received();
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.NOT_COORDINATOR:
        link.refused(errorCode);
        return this.#failed(brokerError(errorCode));
      case ErrorCode.REBALANCE_IN_PROGRESS:
        this.#received();
        if (group.state !== 'stable') return;
        this.#tell(brokerError(errorCode));
        return group.requestRejoin('group is already rebalancing');
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.FENCED_INSTANCE_ID:
        if (!generationUnchanged) return this.#received();
        return this.#expelled(brokerError(errorCode), errorCode);
      default:
        this.#failure = unexpected(errorCode);
        return this.#tell(this.#failure);
    }
  }

  #expelled(error: KafkaError, errorCode: ErrorCode): void {
    const { group } = this.#options;
    this.#tell(error);
    group.resetAndRejoin(
      `encountered ${error.code} from HEARTBEAT response`,
      errorCode !== ErrorCode.ILLEGAL_GENERATION,
    );
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#failure = error;
    this.#options.context.waits.notify();
  }

  #received(): void {
    this.#failedInRow = 0;
    this.resetSession();
    this.#options.context.waits.notify();
  }

  #failed(error: KafkaError): void {
    if (!this.#enabled) return;
    this.#tell(error);
    this.#heartbeatDueMs = this.#now() + this.#backoff.delayMs(this.#failedInRow++);
    this.#schedule();
  }

  #tell({ code, message }: KafkaError): void {
    this.#options.context.emit({ type: 'heartbeat-failed', error: code, message });
  }
}

function unexpected(errorCode: ErrorCode): KafkaError {
  if (errorCode === ErrorCode.GROUP_AUTHORIZATION_FAILED) return brokerError(errorCode);
  const { message } = brokerError(errorCode);
  return clientError('KafkaException', `Unexpected error in heartbeat response: ${message}`);
}
