/**
 * A consumer with the Java client's semantics (`KafkaConsumer` with `group.protocol=classic`). One call at a time, save
 * `wakeup()` and `sample()`: a second one while another waits is refused as Java refuses a second thread; a rebalance
 * listener may call the consumer from within `poll()`.
 */
import type { DurationMs, Offset, TopicName, TopicPartition } from '../../base/ids.ts';
import type { Env } from '../../env/index.ts';
import type { RecordCodecs } from '../../record/index.ts';
import type { ConsumerEvent, ConsumerSample } from './consumer-events.ts';
import type {
  ConsumerGroupMetadata,
  ConsumerRecord,
  OffsetAndTimestamp,
  OffsetCommitCallback,
  PartitionOffset,
  RebalanceListener,
} from './consumer-types.ts';

export interface ConsumerOptions {
  readonly env: Pick<Env, 'clock' | 'network' | 'random'>;
  readonly codecs: RecordCodecs;
  /** By Kafka's names, as texts; what is absent has the Java client's default. */
  readonly configs: Readonly<Record<string, string>>;
  readonly onEvent: (event: ConsumerEvent) => void;
}

const unfinished = (): never => {
  throw new Error('The consumer is being written.');
};

export class Consumer {
  /** Throws a ConfigException when the configs are not in order. */
  constructor(_options: ConsumerOptions) {}

  /** All configs as in effect, by name. */
  get effectiveConfigs(): Readonly<Record<string, string>> {
    return unfinished();
  }

  subscribe(_topics: readonly TopicName[], _listener?: RebalanceListener): void {
    unfinished();
  }
  /** Leaves the group, if it is in one. */
  unsubscribe(): Promise<void> {
    return unfinished();
  }
  assign(_partitions: readonly TopicPartition[]): void {
    unfinished();
  }
  subscription(): TopicName[] {
    return unfinished();
  }
  assignment(): TopicPartition[] {
    return unfinished();
  }

  /**
   * Records as soon as there are any, at most `max.poll.records`; none after `timeoutMs`. Takes part in rebalances and
   * commits by `auto.commit.interval.ms`. Rejects with a {@link KafkaError}, after `wakeup()` with a WakeupException.
   */
  poll(_timeoutMs: DurationMs): Promise<ConsumerRecord[]> {
    return unfinished();
  }

  /** All positions when `offsets` is absent. Waits up to `default.api.timeout.ms`. */
  commitSync(_offsets?: readonly PartitionOffset[], _timeoutMs?: DurationMs): Promise<void> {
    return unfinished();
  }
  commitAsync(_offsets?: readonly PartitionOffset[], _callback?: OffsetCommitCallback): void {
    unfinished();
  }

  seek(_partition: TopicPartition, _offset: Offset): void {
    unfinished();
  }
  seekToBeginning(_partitions?: readonly TopicPartition[]): void {
    unfinished();
  }
  seekToEnd(_partitions?: readonly TopicPartition[]): void {
    unfinished();
  }
  position(_partition: TopicPartition, _timeoutMs?: DurationMs): Promise<Offset> {
    return unfinished();
  }
  committed(_partitions: readonly TopicPartition[], _timeoutMs?: DurationMs): Promise<PartitionOffset[]> {
    return unfinished();
  }
  pause(_partitions: readonly TopicPartition[]): void {
    unfinished();
  }
  resume(_partitions: readonly TopicPartition[]): void {
    unfinished();
  }
  paused(): TopicPartition[] {
    return unfinished();
  }
  beginningOffsets(_partitions: readonly TopicPartition[], _timeoutMs?: DurationMs): Promise<PartitionOffset[]> {
    return unfinished();
  }
  endOffsets(_partitions: readonly TopicPartition[], _timeoutMs?: DurationMs): Promise<PartitionOffset[]> {
    return unfinished();
  }
  /** In the order asked; null for a partition without a record at or after its timestamp. */
  offsetsForTimes(
    _queries: readonly (TopicPartition & { readonly timestamp: number })[],
    _timeoutMs?: DurationMs,
  ): Promise<(OffsetAndTimestamp | null)[]> {
    return unfinished();
  }

  groupMetadata(): ConsumerGroupMetadata {
    return unfinished();
  }
  /** The next poll rejoins the group. */
  enforceRebalance(_reason?: string): void {
    unfinished();
  }
  /** Ends a waiting `poll()` or commit, or the next one, with a WakeupException. May be called any time. */
  wakeup(): void {
    unfinished();
  }
  /**
   * Commits (with `enable.auto.commit`), calls the listener, leaves the group (not as a static member) and ends all
   * connections, within about `timeoutMs` (30 s when absent). Idempotent. Call `wakeup()` first when a poll waits.
   */
  close(_timeoutMs?: DurationMs): Promise<void> {
    return unfinished();
  }

  /** Ends connections and timers at once, as a crash would: nothing is committed, nobody is told. */
  abandon(): void {
    unfinished();
  }

  /** May be called any time. */
  sample(): ConsumerSample {
    return unfinished();
  }
}
