/**
 * A consumer with the Java client's semantics (`KafkaConsumer` with `group.protocol=classic`). One waiting call at a time:
 * a second one is refused as Java refuses a second thread; a rebalance listener may call the consumer from within `poll()`.
 * `wakeup()`, `sample()`, `abandon()` and all that does not return a promise may be called any time.
 */
import type { DurationMs, Offset, TimestampMs, TopicName, TopicPartition } from '../../base/ids.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import type { RecordCodecs } from '../../record/index.ts';
import { type ClientEnv, ClusterClient } from '../cluster/index.ts';
import { clientError, type KafkaError } from '../kafka-error.ts';
import { CommittedOffsets } from './committed-offsets.ts';
import { type ConsumerConfigs, notOfAList, parseConsumerConfigs } from './consumer-config.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { ConsumerErrorSample, ConsumerEvent, ConsumerSample } from './consumer-events.ts';
import { sampleOf } from './consumer-sample.ts';
import type {
  ConsumerGroupMetadata,
  ConsumerRecord,
  OffsetAndTimestamp,
  OffsetCommitCallback,
  PartitionOffset,
  RebalanceListener,
} from './consumer-types.ts';
import { errorOfEvent } from './error-events.ts';
import { Fetcher } from './fetcher.ts';
import { GroupMembership } from './group-membership.ts';
import { earliestTimestamp, latestTimestamp, OffsetLookups } from './offset-lookups.ts';
import { Positions } from './positions.ts';
import { noListener, type PartitionState, SubscriptionState } from './subscription-state.ts';
import { type Deadline, kafkaErrorOf, Waits } from './waits.ts';

/** `DEFAULT_CLOSE_TIMEOUT_MS`. */
const closeTimeoutMs = 30_000;
const breatheEveryMs = 10;

export interface ConsumerOptions {
  readonly env: ClientEnv;
  readonly codecs: RecordCodecs;
  /** By Kafka's names, as texts; what is absent has the Java client's default. */
  readonly configs: Readonly<Record<string, string>>;
  readonly onEvent: (event: ConsumerEvent) => void;
}

/** What only a consumer with a `group.id` has. */
interface Membership {
  readonly member: GroupMembership;
  readonly committed: CommittedOffsets;
}

export class Consumer {
  readonly #context: ConsumerContext;
  readonly #configs: ConsumerConfigs;
  readonly #membership: Membership | null;
  readonly #lookups: OffsetLookups;
  readonly #positions: Positions;
  readonly #fetcher: Fetcher;
  #breathedMs = 0;
  #waiting = false;
  #closed = false;
  #consumed = 0;
  #lastPollMs: TimestampMs | null = null;
  #lastError: ConsumerErrorSample | null = null;

  /** Throws what Java's constructor throws when the configs are not in order: mostly a ConfigException. */
  constructor({ env, codecs, configs, onEvent }: ConsumerOptions) {
    this.#configs = parseConsumerConfigs(configs);
    const { settings, assignors } = this.#configs;
    const waits = new Waits(env.clock);
    const emit = (event: ConsumerEvent): void => {
      const error = errorOfEvent(event);
      if (error !== null) this.#lastError = { atMs: env.clock.now(), ...error };
      onEvent(event);
    };
    const cluster = new ClusterClient({
      env,
      ...settings,
      allowAutoTopicCreation: settings.allowAutoCreateTopics,
      onUpdate: waits.notify,
      onConnection: (event) => {
        this.#membership?.member.link.onConnection(event);
        waits.notify();
      },
    });
    this.#context = { env, codecs, settings, cluster, subscriptions: new SubscriptionState(), waits, emit };
    this.#lookups = new OffsetLookups(this.#context);
    this.#positions = new Positions(this.#context, this.#lookups);
    this.#fetcher = new Fetcher(this.#context, this.#positions);
    if (settings.groupId === null) this.#membership = null;
    else {
      const member = new GroupMembership(this.#context, settings.groupId, assignors);
      const committed = new CommittedOffsets(this.#context, settings.groupId, member.group, member.link);
      this.#membership = { member, committed };
    }
  }

  /** All configs as in effect, by name, those of TLS and SASL left out. */
  get effectiveConfigs(): Readonly<Record<string, string>> {
    return this.#configs.effective;
  }
  /** What the Java client logs about its configs. */
  get configWarnings(): readonly string[] {
    return this.#configs.warnings;
  }

  /** Replaces the topics before. Without any it is as `unsubscribe()`, which cannot be waited for then. */
  subscribe(topics: readonly TopicName[], listener: RebalanceListener = noListener): void {
    const { cluster, subscriptions } = this.#context;
    this.#ensureOpen();
    this.#group();
    if (topics.length === 0) return this.#unsubscribeSoon();
    if (topics.some((topic) => topic.trim() === '')) {
      throw illegalArgument('Topic collection to subscribe to cannot contain null or empty topic');
    }
    if (this.#configs.assignors.length === 0) {
      throw clientError(
        'IllegalStateException',
        'Must configure at least one partition assigner class name to partition.assignment.strategy configuration ' +
          'property',
      );
    }
    subscriptions.subscribe(topics, listener);
    this.#fetcher.dropUnassigned();
    cluster.followTopics(subscriptions.metadataTopics);
  }

  /** Leaves the group, if it is in one. */
  async unsubscribe(): Promise<void> {
    await this.#exclusively(async () => {
      await this.#membership?.member.prepareToLeave();
      this.#membership?.member.leave('the consumer unsubscribed from all topics');
      this.#context.subscriptions.unsubscribe();
      this.#fetcher.dropUnassigned();
    });
  }

  /** Takes partitions without a group. Replaces the ones before. */
  assign(partitions: readonly TopicPartition[]): void {
    const { cluster, subscriptions } = this.#context;
    this.#ensureOpen();
    if (partitions.length === 0) return this.#unsubscribeSoon();
    if (partitions.some(({ topic }) => topic.trim() === '')) {
      throw illegalArgument('Topic partitions to assign to cannot have null or empty topic');
    }
    this.#membership?.member.commits.maybeAutoCommit();
    subscriptions.assignFromUser(partitions);
    this.#fetcher.dropUnassigned();
    cluster.followTopics(subscriptions.metadataTopics);
  }

  subscription(): TopicName[] {
    return [...this.#context.subscriptions.topics];
  }

  /** Sorted. */
  assignment(): TopicPartition[] {
    return this.#context.subscriptions.assigned();
  }

  /**
   * Records as soon as there are any, at most `max.poll.records`; none after `timeoutMs`. Takes part in rebalances and
   * commits by `auto.commit.interval.ms`. Rejects with a {@link KafkaError}, after `wakeup()` with a WakeupException.
   */
  poll(timeoutMs: DurationMs): Promise<ConsumerRecord[]> {
    return this.#exclusively(async () => {
      const { emit, env, subscriptions, waits } = this.#context;
      if (subscriptions.isEmpty) {
        throw clientError(
          'IllegalStateException',
          'Consumer is not subscribed to any topics or assigned any partitions',
        );
      }
      this.#lastPollMs = env.clock.now();
      try {
        const records = await this.#pollRecords(waits.deadline(timeoutMs));
        this.#consumed += records.length;
        return records;
      } catch (error) {
        const { code, message, retriable } = kafkaErrorOf(error);
        if (!retriable && code !== 'WakeupException') emit({ type: 'fatal', error: code, message });
        throw error;
      }
    });
  }

  /** All positions when `offsets` is absent. Waits up to `default.api.timeout.ms`. */
  commitSync(offsets?: readonly PartitionOffset[], timeoutMs = this.#apiTimeoutMs): Promise<void> {
    return this.#exclusively(async () => {
      const { commits } = this.#group().member;
      const all = offsets ?? commits.consumed();
      if (await commits.commitSync(all, this.#context.waits.deadline(timeoutMs))) return;
      const named = all.map(({ topic, partition, offset }) => `${topicPartitionKey(topic, partition)}=${offset}`);
      throw clientError(
        'TimeoutException',
        `Timeout of ${timeoutMs}ms expired before successfully committing offsets {${named.join(', ')}}`,
      );
    });
  }

  /** All positions when `offsets` is absent. The callback is called within a later `poll()`, commit or `close()`. */
  commitAsync(offsets?: readonly PartitionOffset[], callback: OffsetCommitCallback = () => {}): void {
    this.#ensureOpen();
    const { commits } = this.#group().member;
    commits.commitAsync(offsets ?? commits.consumed(), callback);
  }

  seek(partition: TopicPartition, offset: Offset): void {
    this.#ensureOpen();
    if (offset < 0) throw illegalArgument('seek offset must not be a negative number');
    const { emit, subscriptions } = this.#context;
    const state = subscriptions.get(partition);
    const leaderEpoch = this.#positions.leaderEpochOf(state);
    subscriptions.seekValidated(state, { offset, offsetEpoch: null, leaderEpoch });
    const { topic, partition: index } = state;
    emit({ type: 'position', topic, partition: index, offset, source: 'seek', strategy: null });
    this.#context.waits.notify();
  }

  /** All assigned ones when `partitions` is absent. */
  seekToBeginning(partitions: readonly TopicPartition[] = this.assignment()): void {
    this.#reset(partitions, 'earliest');
  }

  /** All assigned ones when `partitions` is absent. */
  seekToEnd(partitions: readonly TopicPartition[] = this.assignment()): void {
    this.#reset(partitions, 'latest');
  }

  /** Of the next record that `poll()` returns. */
  position(partition: TopicPartition, timeoutMs = this.#apiTimeoutMs): Promise<Offset> {
    return this.#exclusively(async () => {
      const { subscriptions, waits } = this.#context;
      if (subscriptions.find(partition) === null) {
        throw clientError(
          'IllegalStateException',
          'You can only check the position for partitions assigned to this consumer.',
        );
      }
      const deadline = waits.deadline(timeoutMs);
      for (;;) {
        const seen = waits.changes;
        const { position, state } = subscriptions.get(partition);
        if (position !== null && state === 'fetching') return position.offset;
        await this.#updatePositions(deadline);
        if (deadline.expired) break;
        await waits.change(seen, Math.min(deadline.remainingMs, this.#context.settings.retryBackoffMs));
      }
      const name = topicPartitionKey(partition.topic, partition.partition);
      throw clientError(
        'TimeoutException',
        `Timeout of ${timeoutMs}ms expired before the position for partition ${name} could be determined`,
      );
    });
  }

  /** Those of the partitions that have one, as of now: no request is made. */
  positions(partitions: readonly TopicPartition[]): PartitionOffset[] {
    const { subscriptions } = this.#context;
    return partitions.flatMap((each) => {
      const state = subscriptions.find(each);
      if (state?.position == null) return [];
      const { offset, offsetEpoch } = state.position;
      return [{ topic: each.topic, partition: each.partition, offset, leaderEpoch: offsetEpoch }];
    });
  }

  /** Of the group; those of the partitions that have one. */
  committed(partitions: readonly TopicPartition[], timeoutMs = this.#apiTimeoutMs): Promise<PartitionOffset[]> {
    return this.#exclusively(async () => {
      const offsets = await this.#group().committed.fetch(partitions, this.#context.waits.deadline(timeoutMs));
      if (offsets !== null) return offsets;
      const names = partitions.map(({ topic, partition }) => topicPartitionKey(topic, partition));
      throw clientError(
        'TimeoutException',
        `Timeout of ${timeoutMs}ms expired before the last committed offset for partitions [${names.join(', ')}] could ` +
          'be determined. Try tuning default.api.timeout.ms larger to relax the threshold.',
      );
    });
  }

  /** Keeps `poll()` from returning records of them; they stay assigned. */
  pause(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const partition of partitions) this.#context.subscriptions.get(partition).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    this.#ensureOpen();
    for (const partition of partitions) this.#context.subscriptions.get(partition).paused = false;
    this.#context.waits.notify();
  }

  paused(): TopicPartition[] {
    const { subscriptions } = this.#context;
    return this.assignment().filter((partition) => subscriptions.get(partition).paused);
  }

  beginningOffsets(partitions: readonly TopicPartition[], timeoutMs?: DurationMs): Promise<PartitionOffset[]> {
    return this.#boundaries(partitions, earliestTimestamp, timeoutMs);
  }

  endOffsets(partitions: readonly TopicPartition[], timeoutMs?: DurationMs): Promise<PartitionOffset[]> {
    return this.#boundaries(partitions, latestTimestamp, timeoutMs);
  }

  /** In the order asked, one query a partition; null for one without a record at or after its timestamp. */
  offsetsForTimes(
    queries: readonly (TopicPartition & { readonly timestamp: TimestampMs })[],
    timeoutMs = this.#apiTimeoutMs,
  ): Promise<(OffsetAndTimestamp | null)[]> {
    return this.#exclusively(async () => {
      const found = await this.#lookups.askUntilAnswered(queries, timeoutMs);
      return queries.map(({ topic, partition }) => found.get(topicPartitionKey(topic, partition)) ?? null);
    });
  }

  groupMetadata(): ConsumerGroupMetadata {
    const { generationId, memberId } = this.#group().member.group.generation;
    const { groupId, groupInstanceId } = this.#context.settings;
    return { groupId: groupId ?? '', generationId, memberId, groupInstanceId };
  }

  /** The next poll rejoins the group. */
  enforceRebalance(reason = 'rebalance enforced by user'): void {
    this.#ensureOpen();
    this.#group().member.group.requestRejoin(reason === '' ? 'rebalance enforced by user' : reason);
    this.#context.waits.notify();
  }

  /** Ends a waiting call, or the next one, with a WakeupException. */
  wakeup(): void {
    this.#context.waits.wakeup();
  }

  /**
   * Commits (with `enable.auto.commit`), calls the listener, leaves the group (not as a static member) and ends all
   * connections, within about `timeoutMs`. Idempotent. Call `wakeup()` first when a poll waits.
   */
  async close(timeoutMs: DurationMs = closeTimeoutMs): Promise<void> {
    if (this.#closed) return;
    if (timeoutMs < 0) throw illegalArgument('The timeout cannot be negative.');
    await this.#exclusively(async () => {
      const { settings, waits } = this.#context;
      waits.ignoreWakeups();
      const deadline = waits.deadline(Math.min(timeoutMs, settings.requestTimeoutMs));
      try {
        await this.#membership?.member.close(deadline);
      } catch (error) {
        throw clientError('KafkaException', 'Failed to close kafka consumer', error);
      } finally {
        await this.#fetcher.close(deadline);
        this.abandon();
      }
    });
  }

  /** Ends connections and timers at once, as a crash would: nothing is committed, nobody is told. */
  abandon(): void {
    this.#closed = true;
    this.#membership?.member.heartbeats.stop();
    this.#context.cluster.close();
    this.#context.waits.notify();
  }

  sample(): ConsumerSample {
    return sampleOf({
      context: this.#context,
      fetcher: this.#fetcher,
      member: this.#membership?.member ?? null,
      consumed: this.#consumed,
      lastPollMs: this.#lastPollMs,
      lastError: this.#lastError,
    });
  }

  /** What the listener throws meanwhile is told by an event. */
  #unsubscribeSoon(): void {
    this.unsubscribe().catch(() => {});
  }

  get #apiTimeoutMs(): DurationMs {
    return this.#context.settings.defaultApiTimeoutMs;
  }

  async #pollRecords(deadline: Deadline): Promise<ConsumerRecord[]> {
    const { waits } = this.#context;
    for (;;) {
      this.#ensureOpen();
      waits.throwIfWoken();
      const seen = waits.changes;
      const member = this.#membership?.member;
      if (member === undefined || (await member.poll(deadline))) await this.#updatePositions(deadline);
      this.#fetcher.dropUnassigned();
      let records = this.#fetcher.collect();
      if (records.length === 0) {
        this.#fetcher.sendFetches();
        await waits.change(seen, this.#sleepMs(deadline));
        records = this.#fetcher.collect();
      }
      if (records.length > 0) {
        this.#fetcher.sendFetches();
        await this.#breatheNowAndThen();
        return records;
      }
      if (deadline.expired) return [];
    }
  }

  /** Whoever polls what is buffered without a pause would keep answers and heartbeats from being handled. */
  async #breatheNowAndThen(): Promise<void> {
    const now = this.#context.env.clock.monotonic();
    if (now - this.#breathedMs < breatheEveryMs) return;
    await this.#context.waits.breathe();
    this.#breathedMs = this.#context.env.clock.monotonic();
  }

  #sleepMs(deadline: Deadline): DurationMs {
    const { settings, subscriptions } = this.#context;
    return Math.min(
      deadline.remainingMs,
      this.#membership?.member.dueInMs ?? Number.POSITIVE_INFINITY,
      this.#fetcher.retryInMs,
      subscriptions.hasAllPositions ? Number.POSITIVE_INFINITY : settings.retryBackoffMs,
    );
  }

  /** Committed positions for partitions without one, else by `auto.offset.reset`; checks after a change of leader. */
  async #updatePositions(deadline: Deadline): Promise<void> {
    const { subscriptions } = this.#context;
    this.#positions.throwFailure();
    this.#positions.noticeLeaders();
    this.#positions.checkWhereNeeded();
    if (subscriptions.hasAllPositions) return;
    const initializing = subscriptions.inState('initializing');
    if (this.#membership !== null && initializing.length > 0) {
      const offsets = await this.#membership.committed.fetch(initializing, deadline);
      if (offsets === null) return;
      for (const offset of offsets) this.#startFromCommitted(offset, initializing);
    }
    this.#positions.resetInitializing();
    this.#positions.resetWhereNeeded();
    this.#positions.checkWhereNeeded();
  }

  #startFromCommitted({ topic, partition, offset, leaderEpoch }: PartitionOffset, asked: PartitionState[]): void {
    const { emit, subscriptions } = this.#context;
    const state = subscriptions.find({ topic, partition });
    if (state === null || state.state !== 'initializing' || !asked.includes(state)) return;
    state.committed = offset;
    const position = { offset, offsetEpoch: leaderEpoch ?? null, leaderEpoch: this.#positions.leaderEpochOf(state) };
    subscriptions.seek(state, position);
    emit({ type: 'position', topic, partition, offset, source: 'committed', strategy: null });
  }

  #reset(partitions: readonly TopicPartition[], kind: 'earliest' | 'latest'): void {
    this.#ensureOpen();
    const { subscriptions, waits } = this.#context;
    for (const partition of partitions) subscriptions.requestReset(subscriptions.get(partition), { kind, text: kind });
    waits.notify();
  }

  #boundaries(
    partitions: readonly TopicPartition[],
    timestamp: TimestampMs,
    timeoutMs = this.#apiTimeoutMs,
  ): Promise<PartitionOffset[]> {
    return this.#exclusively(async () => {
      const queries = partitions.map(({ topic, partition }) => ({ topic, partition, timestamp }));
      const found = await this.#lookups.askUntilAnswered(queries, timeoutMs);
      return partitions.map(({ topic, partition }) => {
        const { offset = 0, leaderEpoch = null } = found.get(topicPartitionKey(topic, partition)) ?? {};
        return { topic, partition, offset, leaderEpoch };
      });
    });
  }

  #group(): Membership {
    if (this.#membership !== null) return this.#membership;
    throw notOfAList(
      'InvalidGroupIdException',
      'To use the group management or offset commit APIs, you must provide a valid group.id in the consumer ' +
        'configuration.',
    );
  }

  #ensureOpen(): void {
    if (this.#closed) throw clientError('IllegalStateException', 'This consumer has already been closed.');
  }

  /** Runs a call that may wait; from within a rebalance listener, too. */
  async #exclusively<T>(call: () => Promise<T>): Promise<T> {
    this.#ensureOpen();
    if (this.#membership?.member.callbacks.running) return call();
    if (this.#waiting) {
      throw notOfAList('ConcurrentModificationException', 'KafkaConsumer is not safe for multi-threaded access.');
    }
    this.#waiting = true;
    try {
      return await call();
    } finally {
      this.#waiting = false;
    }
  }
}

function illegalArgument(message: string): KafkaError {
  return clientError('IllegalArgumentException', message);
}
