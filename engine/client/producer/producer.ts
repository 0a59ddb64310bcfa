/**
 * A producer with the Java client's semantics (`KafkaProducer`): records are appended to batches by partition, a sender
 * takes them to the leaders. Its insides are told as events and by `sample()`.
 *
 * `send()` never blocks its caller's thread: where the Java client would (no metadata yet, `buffer.memory` used up), its
 * promise waits, up to `max.block.ms`, and later sends wait behind it. Whoever wants to behave as one thread of an
 * application sends nothing while {@link Producer.blockedSends} is not 0.
 */
import { partitionForKey } from '../../base/murmur2.ts';
import type { DurationMs, PartitionIndex } from '../../base/ids.ts';
import { ErrorCode } from '../../protocol/index.ts';
import {
  ClusterClient,
  type ConnectionEvent,
  parseBootstrapServers,
  type PartitionMetadata,
} from '../cluster/index.ts';
import type { ConfigValues } from '../config/index.ts';
import { brokerError, clientError, KafkaError } from '../kafka-error.ts';
import { compressionOf } from './batch-compression.ts';
import { BlockedSends } from './blocked-sends.ts';
import { Idempotence } from './idempotence.ts';
import { PartitionQueue } from './partition-queue.ts';
import { partitionerOf, type Partitioner } from './partitioner.ts';
import type { Thunk } from './producer-batch.ts';
import { parseProducerConfigs } from './producer-configs.ts';
import type { ProducerEvent } from './producer-events.ts';
import { ProducerStats } from './producer-stats.ts';
import type {
  AccumulatorSample,
  ProducerOptions,
  ProducerRecord,
  ProducerSample,
  RecordMetadata,
} from './producer-types.ts';
import { RecordAccumulator } from './record-accumulator.ts';
import { refusalOf } from './record-refusal.ts';
import { Sender } from './sender.ts';
import { Settlement } from './settlement.ts';

/** As the sticky partitioner says when the record is appended. */
const sticky = 'sticky';
type Chosen = PartitionIndex | typeof sticky | KafkaError;

/** One send over its tries: a partitioner is asked once. */
interface Attempt {
  readonly record: ProducerRecord;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: KafkaError) => void;
  /** Of what never got into a batch. */
  readonly fail: (error: KafkaError) => void;
  chosen: Chosen | undefined;
}

const wireAcks = { all: -1, '1': 1, '0': 0 } as const;

export class Producer {
  readonly #options: ProducerOptions;
  readonly #configs: ConfigValues;
  readonly #effective: Readonly<Record<string, string>>;
  readonly #cluster: ClusterClient;
  readonly #accumulator: RecordAccumulator;
  readonly #idempotence: Idempotence | null;
  readonly #sender: Sender;
  readonly #blocked: BlockedSends;
  readonly #stats = new ProducerStats();
  readonly #topics = new Set<string>();
  readonly #maxBlockMs: DurationMs;
  readonly #maxRequestSize: number;
  readonly #batchSize: number;
  readonly #ignoreKeys: boolean;
  readonly #partitioner: Partitioner | null;
  readonly #notices: readonly string[];
  #closing: Promise<void> | null = null;

  /** Throws a `KafkaError` named ConfigException, with the Java client's text, when the configs are not in order. */
  constructor(options: ProducerOptions) {
    const { values, effective, warnings } = parseProducerConfigs(options.configs);
    const { env, onEvent } = options;
    this.#options = options;
    this.#configs = values;
    this.#partitioner = options.partitioner ?? partitionerOf(values.nullableString('partitioner.class'));
    this.#notices = warnings;
    const { partitioner } = options;
    this.#effective = partitioner === undefined ? effective : { ...effective, 'partitioner.class': partitioner.name };
    this.#maxBlockMs = values.number('max.block.ms');
    this.#maxRequestSize = values.number('max.request.size');
    this.#batchSize = Math.max(1, values.number('batch.size'));
    this.#ignoreKeys = values.boolean('partitioner.ignore.keys');
    this.#idempotence = values.boolean('enable.idempotence') ? new Idempotence(() => this.#onIdentity()) : null;
    this.#cluster = this.#newCluster();
    this.#accumulator = this.#newAccumulator();
    this.#sender = this.#newSender();
    this.#blocked = new BlockedSends(env.clock, this.#maxBlockMs);
    for (const message of warnings) onEvent({ kind: 'config-warning', message });
    // As Kafka's: the cluster and the producer id are asked for before the first record.
    this.#cluster.requestUpdate();
    this.#sender.wake();
  }

  /** All configs as in effect, by name; those of TLS and SASL are left out. */
  get effectiveConfigs(): Readonly<Record<string, string>> {
    return this.#effective;
  }

  /** Sends that wait for metadata or memory. */
  get blockedSends(): number {
    return this.#blocked.count;
  }

  /** Resolves when the sends that wait now, for metadata or memory, have got it or have failed. */
  accepted(): Promise<void> {
    return this.#behindBlocked();
  }

  /** Rejects with a `KafkaError`. Records of one partition keep the order of their sends. */
  send(record: ProducerRecord): Promise<RecordMetadata> {
    this.#stats.sent++;
    return new Promise((resolve, reject) => {
      const fail = (error: KafkaError): void => {
        this.#stats.failed++;
        this.#stats.noteError(this.#options.env.clock.now(), error.code, error.message);
        reject(error);
      };
      const refusal = this.#refusal(record);
      if (refusal !== null) return fail(refusal);
      const attempt: Attempt = { record, resolve, reject, fail, chosen: undefined };
      const tryAgain = (): boolean => this.#trySend(attempt);
      if (this.#blocked.count === 0 && tryAgain()) return;
      this.#blocked.add({ tryAgain, fail, timedOut: () => fail(this.#blockedTooLong(record)) });
      this.#noteExhausted();
    });
  }

  /** Resolves when everything sent so far is acknowledged or has failed. */
  async flush(): Promise<void> {
    this.#accumulator.flushes++;
    this.#sender.wake();
    try {
      await this.#behindBlocked();
      this.#sender.wake();
      const settled = [...this.#accumulator.incomplete].map(
        (batch) => new Promise<void>((resolve) => batch.whenSettled(resolve)),
      );
      await Promise.all(settled);
    } finally {
      this.#accumulator.flushes--;
    }
  }

  /** Sends what waits, for at most that long; what is left fails. Idempotent. */
  close(timeoutMs: DurationMs): Promise<void> {
    this.#closing ??= this.#close(timeoutMs);
    return this.#closing;
  }

  sample(): ProducerSample {
    const { totals, ackMs, lastError } = this.#stats.sample();
    return {
      ready: this.#cluster.version > 0 && (this.#idempotence?.hasId ?? true),
      effective: this.#effective,
      notices: this.#notices,
      producerId: this.#idempotence?.producerId ?? -1,
      producerEpoch: this.#idempotence?.producerEpoch ?? -1,
      totals,
      ackMs,
      inFlightRequests: this.#sender.inFlightRequests,
      bufferBytes: this.#accumulator.memory.usedBytes,
      blockedSends: this.#blocked.count,
      accumulators: this.#sampleQueues(),
      lastError,
    };
  }

  #refusal(record: ProducerRecord): KafkaError | null {
    return refusalOf(record, {
      closed: this.#closing !== null,
      fatal: this.#sender.fatal,
      maxRequestSize: this.#maxRequestSize,
      bufferMemory: this.#accumulator.memory.totalBytes,
      batchSize: this.#batchSize,
    });
  }

  /** False: metadata or memory is missing, for now. */
  #trySend(attempt: Attempt): boolean {
    const { record, resolve, reject, fail } = attempt;
    const { topic, key, value, headers, timestampMs } = record;
    const known = this.#cluster.topic(topic);
    if (known === null || (record.partition ?? 0) >= known.partitions.length) {
      return this.#askForTopic(topic, fail);
    }
    const timestamp = timestampMs ?? this.#options.env.clock.now();
    const thunk: Thunk = {
      record: { timestamp, key, value, ...(headers === undefined ? {} : { headers }) },
      resolve,
      reject,
    };
    attempt.chosen ??= this.#partitionOf(record, known.partitions);
    if (attempt.chosen instanceof KafkaError) {
      fail(attempt.chosen);
      return true;
    }
    const nowMs = this.#options.env.clock.monotonic();
    const appended = this.#accumulator.append(topic, attempt.chosen === sticky ? null : attempt.chosen, thunk, nowMs);
    if (appended !== null) record.onAppended?.(appended.partition, timestamp);
    if (appended === null || appended.sendable) this.#sender.wake();
    return appended !== null;
  }

  /** `KafkaProducer.partition`. */
  #partitionOf(record: ProducerRecord, partitions: readonly PartitionMetadata[]): Chosen {
    if (record.partition !== undefined) return record.partition;
    const { key } = record;
    if (this.#partitioner === null) {
      return key === null || this.#ignoreKeys ? sticky : partitionForKey(key, partitions.length);
    }
    try {
      const chosen = this.#partitioner.partition(record, partitions);
      if (chosen === null) return sticky;
      if (chosen >= 0) return chosen;
      const rule = 'Partition number should always be non-negative.';
      return clientError(
        'IllegalArgumentException',
        `The partitioner generated an invalid partition number: ${chosen}. ${rule}`,
      );
    } catch (error) {
      if (error instanceof KafkaError) return error;
      throw error;
    }
  }

  /** True when there is no use in waiting. */
  #askForTopic(topic: string, refuse: (error: KafkaError) => void): boolean {
    if (this.#cluster.topicError(topic) === 'INVALID_TOPIC_EXCEPTION') {
      refuse(brokerError(ErrorCode.INVALID_TOPIC_EXCEPTION, `Invalid topics: [${topic}]`));
      return true;
    }
    if (this.#topics.has(topic)) this.#cluster.requestUpdate();
    else {
      this.#topics.add(topic);
      this.#cluster.followTopics([...this.#topics]);
    }
    return false;
  }

  #blockedTooLong({ topic, partition }: ProducerRecord): KafkaError {
    const known = this.#cluster.topic(topic);
    const ms = this.#maxBlockMs;
    if (known === null) {
      const error = this.#cluster.topicError(topic);
      const cause = error === null ? undefined : brokerError(ErrorCode[error]);
      return clientError('TimeoutException', `Topic ${topic} not present in metadata after ${ms} ms.`, cause);
    }
    const count = known.partitions.length;
    if (partition !== undefined && partition >= count) {
      const what = `Partition ${partition} of topic ${topic} with partition count ${count}`;
      return clientError('TimeoutException', `${what} is not present in metadata after ${ms} ms.`);
    }
    const { totalBytes, availableBytes } = this.#accumulator.memory;
    const poolable = this.#batchSize;
    return clientError(
      'BufferExhaustedException',
      `Failed to allocate ${poolable} bytes within the configured max blocking time ${ms} ms. ` +
        `Total memory: ${totalBytes} bytes. Available memory: ${availableBytes} bytes. Poolable size: ${poolable} bytes`,
    );
  }

  #noteExhausted(): void {
    const { memory } = this.#accumulator;
    this.#accumulator.exhausted = this.#blocked.count > 0 && memory.availableBytes < this.#batchSize;
  }

  #pump(): void {
    this.#blocked.pump();
    this.#noteExhausted();
  }

  #behindBlocked(): Promise<void> {
    if (this.#blocked.count === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const go = (): boolean => {
        resolve();
        return true;
      };
      this.#blocked.add({ tryAgain: go, timedOut: go, fail: go });
    });
  }

  async #close(timeoutMs: DurationMs): Promise<void> {
    const { clock } = this.#options.env;
    this.#accumulator.closed = true;
    this.#blocked.failAll(clientError('KafkaException', 'Producer closed while send in progress'));
    if (timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = clock.after(timeoutMs, resolve);
        this.#sender.whenIdle(() => {
          timer.cancel();
          resolve();
        });
      });
    }
    this.#sender.stop(clientError('KafkaException', 'Producer is closed forcefully.'));
    this.#cluster.close();
  }

  #onIdentity(): void {
    const { producerId, producerEpoch } = this.#idempotence ?? { producerId: -1, producerEpoch: -1 };
    this.#options.onEvent({ kind: 'producer-id', producerId, producerEpoch });
  }

  #onConnection({ kind, broker, endpoint, error }: ConnectionEvent): void {
    this.#sender.wake();
    const event: ProducerEvent = { kind: 'connection', state: kind, broker, endpoint, error: error?.message ?? null };
    this.#options.onEvent(event);
  }

  #newCluster(): ClusterClient {
    const values = this.#configs;
    return new ClusterClient({
      env: this.#options.env,
      bootstrapServers: parseBootstrapServers(values.list('bootstrap.servers')),
      clientId: values.string('client.id'),
      requestTimeoutMs: values.number('request.timeout.ms'),
      metadataMaxAgeMs: values.number('metadata.max.age.ms'),
      retryBackoffMs: values.number('retry.backoff.ms'),
      retryBackoffMaxMs: values.number('retry.backoff.max.ms'),
      reconnectBackoffMs: values.number('reconnect.backoff.ms'),
      reconnectBackoffMaxMs: values.number('reconnect.backoff.max.ms'),
      connectTimeoutMs: values.number('socket.connection.setup.timeout.ms'),
      connectionsMaxIdleMs: values.number('connections.max.idle.ms'),
      allowAutoTopicCreation: true,
      onUpdate: () => {
        this.#sender.wake();
        this.#pump();
      },
      onConnection: (event) => this.#onConnection(event),
    });
  }

  #newAccumulator(): RecordAccumulator {
    const values = this.#configs;
    return new RecordAccumulator({
      cluster: this.#cluster,
      random: this.#options.env.random,
      idempotence: this.#idempotence,
      batchSize: this.#batchSize,
      bufferMemory: values.number('buffer.memory'),
      lingerMs: values.number('linger.ms'),
      retryBackoffMs: values.number('retry.backoff.ms'),
      retryBackoffMaxMs: values.number('retry.backoff.max.ms'),
      deliveryTimeoutMs: values.number('delivery.timeout.ms'),
      adaptivePartitioning: values.boolean('partitioner.adaptive.partitioning.enable'),
      availabilityTimeoutMs: values.number('partitioner.availability.timeout.ms'),
      compression: compressionOf(values, this.#options.codecs),
    });
  }

  #newSender(): Sender {
    const values = this.#configs;
    const shared = {
      env: this.#options.env,
      cluster: this.#cluster,
      accumulator: this.#accumulator,
      idempotence: this.#idempotence,
      stats: this.#stats,
      deliveryTimeoutMs: values.number('delivery.timeout.ms'),
      onEvent: this.#options.onEvent,
    };
    return new Sender({
      ...shared,
      settlement: new Settlement({ ...shared, retries: values.number('retries'), onRelease: () => this.#pump() }),
      acks: wireAcks[values.string('acks') as keyof typeof wireAcks],
      retryBackoffMs: values.number('retry.backoff.ms'),
      retryBackoffMaxMs: values.number('retry.backoff.max.ms'),
      requestTimeoutMs: values.number('request.timeout.ms'),
      maxInFlight: values.number('max.in.flight.requests.per.connection'),
      maxRequestSize: this.#maxRequestSize,
    });
  }

  /** All partitions of the topics that were sent to, used or not. */
  #sampleQueues(): AccumulatorSample[] {
    return [...this.#topics].sort().flatMap((topic) => {
      const partitions = this.#cluster.topic(topic)?.partitions ?? [];
      return partitions.map(({ partition }) =>
        (this.#accumulator.queue(topic, partition) ?? new PartitionQueue(topic, partition)).sample(),
      );
    });
  }
}
