/**
 * Where to read on (`OffsetFetcher`): positions that have to be looked up by the reset strategy, and positions that have to
 * be checked because the partition got another leader, whose log may be shorter (KIP-320). Both go on in the background;
 * `poll()` rejects with what they met.
 */
import type { NodeId } from '../../base/ids.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import { ErrorCode, offsetForLeaderEpochApi } from '../../protocol/index.ts';
import { clientError, KafkaError } from '../kafka-error.ts';
import type { ResetStrategy } from './consumer-config.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { earliestTimestamp, type FoundOffset, latestTimestamp, OffsetLookups } from './offset-lookups.ts';
import { type FetchPosition, type PartitionState, plain } from './subscription-state.ts';
import { kafkaErrorOf } from './waits.ts';

/** The end offset of an epoch that the leader does not know. */
const undefinedOffset = -1;
const undefinedEpoch = -1;

export class Positions {
  readonly #context: ConsumerContext;
  readonly #lookups: OffsetLookups;
  #metadataVersion = -1;
  #failure: KafkaError | null = null;

  constructor(context: ConsumerContext, lookups: OffsetLookups) {
    this.#context = context;
    this.#lookups = lookups;
  }

  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  /** Of the leader as metadata knows it; null: unknown. */
  leaderEpochOf({ topic, partition }: { topic: string; partition: number }): number | null {
    const epoch = this.#context.cluster.partition(topic, partition)?.leaderEpoch ?? -1;
    return epoch < 0 ? null : epoch;
  }

  /** For partitions without a position and without a committed offset. */
  resetInitializing(): void {
    const { settings, subscriptions } = this.#context;
    const waiting = subscriptions.inState('initializing');
    if (waiting.length === 0) return;
    if (settings.autoOffsetReset.kind === 'none') {
      const names = waiting.map(({ topic, partition }) => topicPartitionKey(topic, partition));
      throw clientError(
        'NoOffsetForPartitionException',
        `Undefined offset with no reset policy for partitions: [${names.join(', ')}]`,
      );
    }
    for (const partition of waiting) subscriptions.requestReset(partition, settings.autoOffsetReset);
  }

  /** Metadata may tell of new leaders: their partitions' positions are to be checked. */
  noticeLeaders(): void {
    const { cluster, subscriptions } = this.#context;
    if (cluster.version === this.#metadataVersion) return;
    this.#metadataVersion = cluster.version;
    for (const partition of subscriptions.partitions) this.noticeLeader(partition);
  }

  noticeLeader(partition: PartitionState): void {
    const { position } = partition;
    const leaderEpoch = this.leaderEpochOf(partition);
    if (position === null || leaderEpoch === null || leaderEpoch === position.leaderEpoch) return;
    this.#context.subscriptions.seek(partition, { ...position, leaderEpoch });
  }

  resetWhereNeeded(): void {
    const due = this.#due('await-reset');
    if (due.length === 0) return;
    const { clock } = this.#context.env;
    const { requestTimeoutMs } = this.#context.settings;
    for (const partition of due) partition.nextRetryMs = clock.monotonic() + requestTimeoutMs;
    const strategies = new Map(due.map((partition) => [partition, partition.resetStrategy]));
    void this.#reset(due).then(
      (found) => {
        for (const [partition, strategy] of strategies) {
          const offset = found.get(partition);
          if (offset === undefined) this.#retryLater(partition);
          else if (strategy !== null) this.#applyReset(partition, strategy, offset);
        }
        this.#context.waits.notify();
      },
      (error: unknown) => this.#failed(due, kafkaErrorOf(error)),
    );
  }

  checkWhereNeeded(): void {
    const { cluster, env, settings } = this.#context;
    const due = this.#due('await-validation');
    const byLeader = Map.groupBy(due, ({ topic, partition }) => cluster.leader(topic, partition)?.id ?? null);
    for (const [leader, partitions] of byLeader) {
      for (const partition of partitions) partition.nextRetryMs = env.clock.monotonic() + settings.requestTimeoutMs;
      if (leader === null) {
        cluster.requestUpdate();
        for (const partition of partitions) this.#retryLater(partition);
      } else void this.#check(leader, partitions).catch((error) => this.#failed(partitions, kafkaErrorOf(error)));
    }
  }

  #due(state: 'await-reset' | 'await-validation'): PartitionState[] {
    const { env, subscriptions } = this.#context;
    const now = env.clock.monotonic();
    return subscriptions.inState(state).filter(({ nextRetryMs }) => nextRetryMs <= now);
  }

  #retryLater(partition: PartitionState): void {
    const { env, settings } = this.#context;
    partition.nextRetryMs = env.clock.monotonic() + settings.retryBackoffMs;
  }

  #failed(partitions: readonly PartitionState[], error: KafkaError): void {
    for (const partition of partitions) this.#retryLater(partition);
    this.#context.cluster.requestUpdate();
    if (!error.retriable) this.#failure = error;
    this.#context.waits.notify();
  }

  /** Null: nothing is as young as by_duration asks for. */
  async #reset(partitions: readonly PartitionState[]): Promise<Map<PartitionState, FoundOffset | null>> {
    const queries = partitions.map((partition) => ({
      ...plain(partition),
      timestamp: this.#timestamp(partition),
    }));
    const { found } = await this.#lookups.ask(queries);
    const offsets = new Map<PartitionState, FoundOffset | null>();
    for (const partition of partitions) {
      const offset = found.get(partition.key);
      if (offset !== undefined) offsets.set(partition, offset);
    }
    return offsets;
  }

  #timestamp({ resetStrategy }: PartitionState): number {
    if (resetStrategy?.kind === 'earliest') return earliestTimestamp;
    if (resetStrategy?.kind === 'by_duration') return this.#context.env.clock.now() - resetStrategy.durationMs;
    return latestTimestamp;
  }

  #applyReset(partition: PartitionState, strategy: ResetStrategy, found: FoundOffset | null): void {
    const { emit, subscriptions } = this.#context;
    if (partition.state !== 'await-reset' || partition.resetStrategy !== strategy) return;
    if (found === null) {
      // As Java's: without a position until a record is young enough; it asks again after request.timeout.ms.
      emit({ type: 'reset-waits', topic: partition.topic, partition: partition.partition, strategy: strategy.text });
      return;
    }
    const { offset } = found;
    const leaderEpoch = this.leaderEpochOf(partition);
    subscriptions.seekValidated(partition, { offset, offsetEpoch: null, leaderEpoch });
    const { topic } = partition;
    emit({ type: 'position', topic, partition: partition.partition, offset, source: 'reset', strategy: strategy.text });
  }

  async #check(leader: NodeId, partitions: readonly PartitionState[]): Promise<void> {
    const { cluster, waits } = this.#context;
    const positions = new Map(partitions.map((partition) => [partition.key, partition.position]));
    const byTopic = Map.groupBy(partitions, ({ topic }) => topic);
    const answer = await cluster.send(leader, offsetForLeaderEpochApi, {
      replicaId: -1,
      topics: [...byTopic].map(([topic, ofTopic]) => ({
        topic,
        partitions: ofTopic.map(({ partition, position }) => ({
          partition,
          currentLeaderEpoch: position?.leaderEpoch ?? -1,
          leaderEpoch: position?.offsetEpoch ?? -1,
        })),
      })),
    });
    for (const { topic, partitions: ofTopic } of answer.topics) {
      for (const { partition: index, errorCode, leaderEpoch, endOffset } of ofTopic) {
        const partition = partitions.find((each) => each.topic === topic && each.partition === index);
        const asked = partition === undefined ? null : (positions.get(partition.key) ?? null);
        if (partition === undefined || asked === null) continue;
        if (errorCode === ErrorCode.NONE) this.#checked(partition, asked, leaderEpoch, endOffset);
        else this.#retryLater(partition);
        if (errorCode !== ErrorCode.NONE) cluster.requestUpdate();
      }
    }
    waits.notify();
  }

  #checked(partition: PartitionState, asked: FetchPosition, leaderEpoch: number, endOffset: number): void {
    const { settings, subscriptions, emit } = this.#context;
    if (partition.state !== 'await-validation' || partition.position !== asked) return;
    const unknown = endOffset === undefinedOffset || leaderEpoch === undefinedEpoch;
    if (!unknown && endOffset >= asked.offset) {
      partition.state = 'fetching';
      partition.nextRetryMs = 0;
      return;
    }
    if (settings.autoOffsetReset.kind === 'none') {
      this.#failure = truncated(partition, asked);
    } else if (unknown) subscriptions.requestReset(partition, settings.autoOffsetReset);
    else {
      const position = { offset: endOffset, offsetEpoch: leaderEpoch, leaderEpoch: asked.leaderEpoch };
      subscriptions.seekValidated(partition, position);
      const { topic } = partition;
      emit({
        type: 'position',
        topic,
        partition: partition.partition,
        offset: endOffset,
        source: 'truncation',
        strategy: null,
      });
    }
  }
}

function truncated({ topic, partition }: PartitionState, { offset }: FetchPosition): KafkaError {
  const name = topicPartitionKey(topic, partition);
  const message = `Detected log truncation with diverging offsets at position ${offset} of ${name}`;
  return new KafkaError('LogTruncationException', message, false, null);
}
