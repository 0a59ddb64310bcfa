/**
 * Commits of a consumer (`ConsumerCoordinator`): sync, async, and automatic ones every `auto.commit.interval.ms` within
 * `poll()`, before a rebalance and at the end. What is committed by itself are the positions: all that `poll()` returned.
 */
import { type Offset, topicPartitionKey, type TopicPartitionKey } from '../../base/ids.ts';
import { errorCode as knownCode, ErrorCode, offsetCommitApi } from '../../protocol/index.ts';
import { ExponentialBackoff } from '../cluster/backoff.ts';
import { brokerError, clientError, KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { CommitTrigger } from './consumer-events.ts';
import type { OffsetCommitCallback, PartitionOffset } from './consumer-types.ts';
import type { CoordinatorLink } from './coordinator-link.ts';
import { type Generation, type GroupState, noGeneration } from './group-state.ts';
import { type Call, type Deadline, kafkaErrorOf } from './waits.ts';

/** Version 10 names topics by their ids; this client names them by their names. */
const versionMax = 9;

interface Completion {
  readonly callback: OffsetCommitCallback;
  readonly offsets: readonly PartitionOffset[];
  readonly error: KafkaError | null;
}

export interface OffsetCommitsOptions {
  readonly context: ConsumerContext;
  readonly groupId: string;
  readonly group: GroupState;
  readonly link: CoordinatorLink;
}

export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  readonly #backoff: ExponentialBackoff;
  #completed: Completion[] = [];
  #inFlight = 0;
  #nextAutoCommitMs: number;
  /** An asynchronous commit met a fenced instance id; every call from now on fails. */
  #fenced = false;
  #succeeded = 0;
  #failed = 0;

  constructor(options: OffsetCommitsOptions) {
    const { settings, env } = options.context;
    this.#options = options;
    this.#backoff = new ExponentialBackoff(settings.retryBackoffMs, settings.retryBackoffMaxMs, env.random);
    this.#nextAutoCommitMs = env.clock.monotonic() + settings.autoCommitIntervalMs;
  }

  get succeeded(): number {
    return this.#succeeded;
  }
  get failed(): number {
    return this.#failed;
  }
  /** Infinity without auto commit. */
  get dueInMs(): number {
    const { settings, env } = this.#options.context;
    if (!settings.enableAutoCommit) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#nextAutoCommitMs - env.clock.monotonic());
  }

  /** Positions of all partitions that have one. */
  consumed(): PartitionOffset[] {
    return this.#options.context.subscriptions.inState('fetching').flatMap(({ topic, partition, position }) => {
      if (position === null) return [];
      return { topic, partition, offset: position.offset, leaderEpoch: position.offsetEpoch, metadata: '' };
    });
  }

  /** Throws when the instance id is fenced. */
  invokeCompleted(): void {
    const { context, group } = this.#options;
    if (this.#fenced) {
      throw brokerError(
        ErrorCode.FENCED_INSTANCE_ID,
        `Get fenced exception for group.instance.id ${context.settings.groupInstanceId ?? 'unset_instance_id'}, ` +
          `current member.id is ${group.generation.memberId}`,
      );
    }
    const completed = this.#completed;
    this.#completed = [];
    for (const { callback, offsets, error } of completed) callback(offsets, error);
  }

  /** Tries again what can be tried again; false: not done in time. */
  async commitSync(
    offsets: readonly PartitionOffset[],
    deadline: Deadline,
    trigger: CommitTrigger = 'sync',
  ): Promise<boolean> {
    const { link, context } = this.#options;
    this.invokeCompleted();
    if (offsets.length === 0) return this.awaitInFlight(deadline);
    for (let attempt = 0; ; attempt++) {
      if (!(await link.ensureReady(deadline))) return false;
      const call = context.waits.call(this.#send(offsets, trigger));
      if (!(await context.waits.until(() => call.done, deadline))) return false;
      this.invokeCompleted();
      if (call.error === null) return true;
      if (!call.error.retriable) throw call.error;
      await context.waits.pause(this.#backoff.delayMs(attempt), deadline);
      if (deadline.expired) return false;
    }
  }

  commitAsync(
    offsets: readonly PartitionOffset[],
    callback: OffsetCommitCallback,
    trigger: CommitTrigger = 'async',
  ): Call<void> {
    const { context } = this.#options;
    this.invokeCompleted();
    this.#inFlight++;
    const call = context.waits.call(this.#sendWhenReady(offsets, trigger));
    void call.whenDone.then(() => {
      this.#inFlight--;
      const error = call.error?.retriable ? retriableCommitFailed(call.error) : call.error;
      if (error?.errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#fenced = true;
      this.#completed.push({ callback, offsets, error });
      context.waits.notify();
    });
    return call;
  }

  /** Whether all asynchronous commits were answered in time. */
  async awaitInFlight(deadline: Deadline): Promise<boolean> {
    const done = await this.#options.context.waits.until(() => this.#inFlight === 0, deadline);
    this.invokeCompleted();
    return done;
  }

  /** Within `poll()`. */
  maybeAutoCommit(): void {
    const { settings, env } = this.#options.context;
    if (!settings.enableAutoCommit || this.dueInMs > 0) return;
    this.#nextAutoCommitMs = env.clock.monotonic() + settings.autoCommitIntervalMs;
    this.autoCommit('auto-interval');
  }

  /** Null without auto commit. */
  autoCommit(trigger: CommitTrigger): Call<void> | null {
    const { settings, env } = this.#options.context;
    if (!settings.enableAutoCommit) return null;
    const whenDone: OffsetCommitCallback = (_offsets, error) => {
      const retriable = error !== null && kafkaErrorOf(error).retriable;
      if (retriable) this.#nextAutoCommitMs = env.clock.monotonic() + settings.retryBackoffMs;
    };
    return this.commitAsync(this.consumed(), whenDone, trigger);
  }

  /** At the end; failures are told by events alone. */
  async autoCommitSync(deadline: Deadline): Promise<void> {
    if (!this.#options.context.settings.enableAutoCommit) return;
    try {
      await this.commitSync(this.consumed(), deadline, 'auto-close');
    } catch (error) {
      if (kafkaErrorOf(error).code === 'WakeupException') throw error;
    }
  }

  /** A new generation has begun. */
  resetAutoCommit(): void {
    const { settings, env } = this.#options.context;
    this.#nextAutoCommitMs = env.clock.monotonic() + settings.autoCommitIntervalMs;
  }

  async #sendWhenReady(offsets: readonly PartitionOffset[], trigger: CommitTrigger): Promise<void> {
    const { link } = this.#options;
    if (offsets.length > 0 && link.unknown) {
      const lookup = link.lookup();
      await lookup.whenDone;
      if (lookup.error !== null) throw this.#tellFailure(offsets, trigger, retriableCommitFailed(lookup.error));
    }
    return this.#send(offsets, trigger);
  }

  async #send(offsets: readonly PartitionOffset[], trigger: CommitTrigger): Promise<void> {
    if (offsets.length === 0) return;
    const { context } = this.#options;
    const startedMs = context.env.clock.monotonic();
    try {
      await this.#request(offsets);
    } catch (error) {
      throw this.#tellFailure(offsets, trigger, kafkaErrorOf(error));
    }
    this.#succeeded++;
    const committed = offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    for (const each of committed) {
      const state = context.subscriptions.find(each);
      if (state !== null) state.committed = each.offset;
    }
    context.emit({ type: 'commit', trigger, offsets: committed, tookMs: context.env.clock.monotonic() - startedMs });
  }

  #tellFailure(offsets: readonly PartitionOffset[], trigger: CommitTrigger, error: KafkaError): KafkaError {
    this.#failed++;
    this.#options.context.emit({
      type: 'commit-failed',
      trigger,
      offsets: offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset })),
      error: error.code,
      message: error.message,
      retriable: error.retriable,
    });
    return error;
  }

  async #request(offsets: readonly PartitionOffset[]): Promise<void> {
    const { context, groupId, link } = this.#options;
    const negative = offsets.find(({ offset }) => offset < 0);
    if (negative !== undefined) throw clientError('IllegalArgumentException', `Invalid offset: ${negative.offset}`);
    const sent = this.#generation();
    const byTopic = Map.groupBy(offsets, ({ topic }) => topic);
    const answer = await link.send(
      offsetCommitApi,
      {
        groupId,
        generationIdOrMemberEpoch: sent.generationId,
        memberId: sent.memberId,
        groupInstanceId: context.subscriptions.isAutoAssigned ? context.settings.groupInstanceId : null,
        topics: [...byTopic].map(([name, partitions]) => ({
          name,
          partitions: partitions.map(({ partition, offset, leaderEpoch, metadata }) => ({
            partitionIndex: partition,
            committedOffset: offset,
            committedLeaderEpoch: leaderEpoch ?? -1,
            committedMetadata: metadata ?? '',
          })),
        })),
      },
      undefined,
      versionMax,
    );
    const asked = new Map<TopicPartitionKey, Offset>(
      offsets.map(({ topic, partition, offset }) => [topicPartitionKey(topic, partition), offset]),
    );
    for (const { name, partitions } of answer.topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (!asked.has(topicPartitionKey(name, partitionIndex)) || errorCode === ErrorCode.NONE) continue;
        throw this.#refused(knownCode(errorCode), sent);
      }
    }
  }

  #generation(): Generation {
    const { context, group } = this.#options;
    if (!context.subscriptions.isAutoAssigned) return noGeneration;
    const generation = group.stableGeneration;
    if (generation !== null) return generation;
    if (group.rebalanceInProgress) {
      throw rebalanceInProgress(
        'Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition ' +
          'assignment. You can try completing the rebalance by calling poll() and then retry the operation.',
      );
    }
    throw clientError(
      'CommitFailedException',
      'Offset commit cannot be completed since the consumer is not part of an active group for auto partition ' +
        'assignment; it is likely that the consumer was kicked out of the group.',
    );
  }

  #refused(errorCode: ErrorCode, sent: Generation): KafkaError {
    const { group, link } = this.#options;
    const error = brokerError(errorCode);
    switch (errorCode) {
      case ErrorCode.COORDINATOR_NOT_AVAILABLE:
      case ErrorCode.NOT_COORDINATOR:
      case ErrorCode.REQUEST_TIMED_OUT:
        link.refused(errorCode);
        return error;
      case ErrorCode.REBALANCE_IN_PROGRESS:
        group.requestRejoin('offset commit failed since group is already rebalancing');
        return rebalanceInProgress(
          'Offset commit cannot be completed since the consumer group is executing a rebalance at the moment. You ' +
            'can try completing the rebalance by calling poll() and then retry commit again',
        );
      case ErrorCode.FENCED_INSTANCE_ID:
        if (group.isCurrent(sent)) return error;
        return group.state === 'preparing-rebalance' ? rebalanceInProgress(fencedGeneration) : commitFailed();
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
        if (!group.isCurrent(sent) && group.state === 'preparing-rebalance')
          return rebalanceInProgress(staleGeneration);
        group.resetAndRejoin(
          `encountered ${error.code} from OFFSET_COMMIT response`,
          errorCode !== ErrorCode.ILLEGAL_GENERATION,
        );
        return commitFailed();
      case ErrorCode.COORDINATOR_LOAD_IN_PROGRESS:
      case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
      case ErrorCode.OFFSET_METADATA_TOO_LARGE:
      case ErrorCode.INVALID_COMMIT_OFFSET_SIZE:
      case ErrorCode.GROUP_AUTHORIZATION_FAILED:
      case ErrorCode.TOPIC_AUTHORIZATION_FAILED:
        return error;
      default:
        return clientError('KafkaException', `Unexpected error in commit: ${error.message}`);
    }
  }
}

const fencedGeneration =
  "Offset commit cannot be completed since the consumer member's old generation is fenced by its group instance id, " +
  'it is possible that this consumer has already participated another rebalance and got a new generation';
const staleGeneration =
  "Offset commit cannot be completed since the consumer member's generation is already stale, meaning it has already " +
  'participated another rebalance and got a new generation. You can try completing the rebalance by calling poll() ' +
  'and then retry commit again';

/** Not tried again by the client: only a poll helps. */
function rebalanceInProgress(message: string): KafkaError {
  return new KafkaError('RebalanceInProgressException', message, false, null);
}

function commitFailed(): KafkaError {
  return clientError(
    'CommitFailedException',
    'Commit cannot be completed since the group has already rebalanced and assigned the partitions to another member. ' +
      'This means that the time between subsequent calls to poll() was longer than the configured ' +
      'max.poll.interval.ms, which typically implies that the poll loop is spending too much time message processing. ' +
      'You can address this either by increasing max.poll.interval.ms or by reducing the maximum size of batches ' +
      'returned in poll() with max.poll.records.',
  );
}

function retriableCommitFailed(cause: KafkaError): KafkaError {
  if (cause.code === 'RetriableCommitFailedException') return cause;
  return clientError(
    'RetriableCommitFailedException',
    'Offset commit failed with a retriable exception. You should retry committing the latest consumed offsets.',
    cause,
  );
}
