/**
 * Fetches ahead of `poll()` (`Fetcher`): at most one request per broker on its way, for all partitions that it leads and of
 * which nothing is buffered; a broker without news answers after `fetch.max.wait.ms`. What came waits, a partition at a
 * time, until `poll()` takes it.
 */
import type { NodeId, TimestampMs, TopicPartitionKey } from '../../base/ids.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import { errorCode as knownCode, ErrorCode, errorName, fetchApi, type FetchResponse } from '../../protocol/index.ts';
import { brokerError, clientError, type KafkaError } from '../kafka-error.ts';
import type { ConsumerContext } from './consumer-context.ts';
import type { FetchSample } from './consumer-events.ts';
import type { ConsumerRecord } from './consumer-types.ts';
import { FetchSession, type PartitionFetch } from './fetch-session.ts';
import { type FetchedData, FetchedPartition, type UnpackOptions } from './fetched-partition.ts';
import type { Positions } from './positions.ts';
import type { PartitionState } from './subscription-state.ts';
import { type Deadline, kafkaErrorOf } from './waits.ts';

/** What waits for `poll()` of one partition. */
export interface Buffered {
  readonly buffered: number;
  readonly bufferedBytes: number;
  readonly nextTimestampMs: TimestampMs | null;
}
const nothing: Buffered = { buffered: 0, bufferedBytes: 0, nextTimestampMs: null };

/** Of a broker that did not answer: it gets no fetch for so long. */
interface Broker {
  readonly session: FetchSession;
  inFlight: boolean;
  /** On the monotonic scale. */
  retryAtMs: number;
}

export class Fetcher {
  readonly #context: ConsumerContext;
  readonly #positions: Positions;
  readonly #unpack: UnpackOptions;
  readonly #brokers = new Map<NodeId, Broker>();
  /** In the order of their arrival; the first one is being given out. */
  #buffer: FetchedPartition[] = [];
  #totals: Omit<FetchSample, 'inFlight'> = { answered: 0, empty: 0, bytes: 0, lastBytes: null, lastMs: null };
  readonly #fetchedBytes = new Map<TopicPartitionKey, number>();

  constructor(context: ConsumerContext, positions: Positions) {
    const { codecs, settings } = context;
    this.#context = context;
    this.#positions = positions;
    this.#unpack = {
      codecs,
      checkCrcs: settings.checkCrcs,
      readCommitted: settings.isolationLevel === 'read_committed',
    };
  }

  get inFlight(): number {
    let count = 0;
    for (const broker of this.#brokers.values()) if (broker.inFlight) count++;
    return count;
  }

  get hasBuffered(): boolean {
    return this.#buffer.some(({ partition }) => !partition.paused);
  }

  get totals(): FetchSample {
    return { ...this.#totals, inFlight: this.inFlight };
  }

  /** Of the newest fetch that brought records of the partition. */
  fetchedBytes(partition: TopicPartitionKey): number | null {
    return this.#fetchedBytes.get(partition) ?? null;
  }

  /** What waits for `poll()`, by partition. */
  buffered(): ReadonlyMap<TopicPartitionKey, Buffered> {
    const all = new Map<TopicPartitionKey, Buffered>();
    for (const each of this.#buffer) {
      const { buffered, bufferedBytes, nextTimestampMs } = all.get(each.partition.key) ?? nothing;
      all.set(each.partition.key, {
        buffered: buffered + each.left,
        bufferedBytes: bufferedBytes + each.leftBytes,
        nextTimestampMs: buffered > 0 ? nextTimestampMs : each.nextTimestamp(),
      });
    }
    return all;
  }

  /** Until a broker or a partition that failed may be asked again. */
  get retryInMs(): number {
    const now = this.#context.env.clock.monotonic();
    let atMs = Number.POSITIVE_INFINITY;
    for (const { retryAtMs } of this.#brokers.values()) if (retryAtMs > now) atMs = Math.min(atMs, retryAtMs);
    for (const { nextRetryMs } of this.#context.subscriptions.partitions) {
      if (nextRetryMs > now) atMs = Math.min(atMs, nextRetryMs);
    }
    return atMs - now;
  }

  /** What is buffered of partitions that are not assigned any more. */
  dropUnassigned(): void {
    const { subscriptions } = this.#context;
    this.#buffer = this.#buffer.filter(({ partition }) => subscriptions.find(partition) === partition);
    if (this.#fetchedBytes.size <= subscriptions.size) return;
    const assigned = new Set([...subscriptions.partitions].map(({ key }) => key));
    for (const key of this.#fetchedBytes.keys()) if (!assigned.has(key)) this.#fetchedBytes.delete(key);
  }

  /** Asks every broker that is not being asked, for what is fetchable there. */
  sendFetches(): void {
    this.#positions.noticeLeaders();
    for (const [node, wanted] of this.#wanted()) this.#fetch(node, wanted);
  }

  /** At most `max.poll.records`. Throws what a fetch met, if there is nothing to give before. */
  collect(): ConsumerRecord[] {
    const { settings, subscriptions } = this.#context;
    const records: ConsumerRecord[] = [];
    const paused: FetchedPartition[] = [];
    try {
      for (let next = this.#buffer[0]; next !== undefined; next = this.#buffer[0]) {
        const room = settings.maxPollRecords - records.length;
        if (room === 0) break;
        if (next.consumed) this.#buffer.shift();
        else if (subscriptions.find(next.partition) === next.partition && next.partition.paused) {
          this.#buffer.shift();
          paused.push(next);
        } else if (next.initialized) records.push(...this.#take(next, room));
        else if (!this.#initialize(next, records.length === 0)) this.#buffer.shift();
      }
    } catch (error) {
      if (records.length === 0) throw error;
    } finally {
      this.#buffer.push(...paused);
    }
    return records;
  }

  /** Ends the sessions at the brokers. */
  async close(deadline: Deadline): Promise<void> {
    const { cluster, waits } = this.#context;
    const open = [...this.#brokers].filter(([node, { session }]) => session.isOpen && cluster.isReady(node));
    const calls = open.map(([node, { session }]) =>
      waits.call(cluster.send(node, fetchApi, { ...this.#request(), ...session.closing(), maxWaitMs: 0 })),
    );
    this.#brokers.clear();
    this.#buffer = [];
    await waits.until(() => calls.every(({ done }) => done), deadline);
  }

  #request() {
    const { settings } = this.#context;
    return {
      maxWaitMs: settings.fetchMaxWaitMs,
      minBytes: settings.fetchMinBytes,
      maxBytes: settings.fetchMaxBytes,
      isolationLevel: this.#unpack.readCommitted ? 1 : 0,
      rackId: settings.clientRack,
    };
  }

  #wanted(): Map<NodeId, Map<TopicPartitionKey, PartitionFetch>> {
    const { cluster, env, settings, subscriptions } = this.#context;
    const buffered = new Set(this.#buffer.flatMap(({ consumed, partition }) => (consumed ? [] : partition.key)));
    const byLeader = new Map<NodeId, Map<TopicPartitionKey, PartitionFetch>>();
    const now = env.clock.monotonic();
    for (const partition of subscriptions.partitions) {
      const { position, topic, partition: index, key } = partition;
      if (position === null || buffered.has(key) || !subscriptions.isFetchable(partition)) continue;
      if (partition.nextRetryMs > now) continue;
      const leader = cluster.leader(topic, index);
      const topicId = cluster.topic(topic)?.topicId;
      if (leader === null || topicId === undefined) {
        cluster.requestUpdate();
        continue;
      }
      const broker = this.#brokers.get(leader.id);
      if (broker?.inFlight || (broker?.retryAtMs ?? 0) > now) continue;
      const wanted = byLeader.get(leader.id) ?? new Map<TopicPartitionKey, PartitionFetch>();
      byLeader.set(leader.id, wanted);
      wanted.set(key, {
        partition,
        topicId,
        index,
        offset: position.offset,
        leaderEpoch: position.leaderEpoch ?? -1,
        maxBytes: settings.maxPartitionFetchBytes,
      });
    }
    return byLeader;
  }

  #fetch(node: NodeId, wanted: ReadonlyMap<TopicPartitionKey, PartitionFetch>): void {
    const { cluster, emit, env, settings, waits } = this.#context;
    const broker = this.#brokers.get(node) ?? { session: new FetchSession(), inFlight: false, retryAtMs: 0 };
    this.#brokers.set(node, broker);
    broker.inFlight = true;
    const body = broker.session.request(wanted);
    const sentMs = env.clock.monotonic();
    cluster.send(node, fetchApi, { ...this.#request(), ...body }).then(
      (answer) => {
        broker.inFlight = false;
        broker.retryAtMs = 0;
        this.#count(answer, env.clock.monotonic() - sentMs);
        this.#answered(broker.session, answer);
        waits.notify();
      },
      (error: unknown) => {
        const { message } = kafkaErrorOf(error);
        broker.inFlight = false;
        broker.retryAtMs = env.clock.monotonic() + settings.retryBackoffMs;
        broker.session.failed();
        cluster.requestUpdate();
        emit({ type: 'request-failed', nodeId: node, api: fetchApi.name, message });
        waits.notify();
      },
    );
  }

  #count(answer: FetchResponse, tookMs: number): void {
    const { answered, empty, bytes } = this.#totals;
    let lastBytes = 0;
    for (const { partitions } of answer.responses) {
      for (const { records } of partitions) lastBytes += records?.length ?? 0;
    }
    this.#totals = {
      answered: answered + 1,
      empty: empty + (lastBytes === 0 ? 1 : 0),
      bytes: bytes + lastBytes,
      lastBytes,
      lastMs: tookMs,
    };
  }

  #answered(session: FetchSession, answer: FetchResponse): void {
    const { cluster, subscriptions } = this.#context;
    session.answered(answer.errorCode, answer.sessionId);
    if (answer.errorCode === ErrorCode.FETCH_SESSION_TOPIC_ID_ERROR) cluster.requestUpdate();
    if (answer.errorCode !== ErrorCode.NONE) return;
    for (const { topicId, partitions } of answer.responses) {
      for (const data of partitions) {
        const asked = session.asked(topicId, data.partitionIndex);
        if (asked === null) continue;
        const { partition, offset } = asked;
        if (subscriptions.find(partition) !== partition) continue;
        this.#learnLeader(partition, data, answer);
        if (data.errorCode === ErrorCode.NONE && (data.records?.length ?? 0) === 0) this.#learnOffsets(partition, data);
        else {
          if (data.records !== null) this.#fetchedBytes.set(partition.key, data.records.length);
          this.#buffer.push(new FetchedPartition(partition, data, offset, this.#unpack));
        }
      }
    }
  }

  /** A refusal may name the new leader (KIP-951). */
  #learnLeader(partition: PartitionState, { errorCode, currentLeader }: FetchedData, answer: FetchResponse): void {
    if (errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER && errorCode !== ErrorCode.FENCED_LEADER_EPOCH) return;
    const { leaderId, leaderEpoch } = currentLeader;
    if (leaderId < 0 || leaderEpoch < 0) return;
    const endpoints = answer.nodeEndpoints.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }));
    const { topic, partition: index } = partition;
    const isNews = this.#context.cluster.updateLeader(topic, index, leaderId, leaderEpoch, endpoints);
    if (isNews) this.#positions.noticeLeader(partition);
  }

  #learnOffsets(partition: PartitionState, { highWatermark, lastStableOffset, logStartOffset }: FetchedData): void {
    if (highWatermark >= 0) partition.highWatermark = highWatermark;
    if (lastStableOffset >= 0) partition.lastStableOffset = lastStableOffset;
    if (logStartOffset >= 0) partition.logStartOffset = logStartOffset;
  }

  /** False: it is of no use. Throws for an error that the application has to know. */
  #initialize(fetched: FetchedPartition, mayThrow: boolean): boolean {
    const { subscriptions } = this.#context;
    const { partition, data, nextOffset } = fetched;
    const assigned = subscriptions.find(partition) === partition;
    if (!assigned || partition.state !== 'fetching' || partition.position?.offset !== nextOffset) return false;
    const error = knownCode(data.errorCode);
    if (error === ErrorCode.NONE) {
      this.#learnOffsets(partition, data);
      fetched.initialized = true;
      return true;
    }
    if (!mayThrow && this.#throws(error)) throw brokerError(error);
    subscriptions.moveToEnd(partition);
    this.#handleError(partition, nextOffset, error);
    return false;
  }

  #throws(error: ErrorCode): boolean {
    const { autoOffsetReset } = this.#context.settings;
    return fatalErrors.has(error) || (error === ErrorCode.OFFSET_OUT_OF_RANGE && autoOffsetReset.kind === 'none');
  }

  #handleError(partition: PartitionState, offset: number, error: ErrorCode): void {
    const { cluster, emit, env, settings, subscriptions } = this.#context;
    const { topic, partition: index } = partition;
    partition.nextRetryMs = env.clock.monotonic() + settings.retryBackoffMs;
    emit({ type: 'fetch-failed', topic, partition: index, offset, error: errorName(error) });
    if (leaderErrors.has(error)) cluster.requestUpdate();
    else if (error === ErrorCode.OFFSET_OUT_OF_RANGE) {
      if (settings.autoOffsetReset.kind === 'none') throw this.#fatal(partition, offset, error);
      subscriptions.requestReset(partition, settings.autoOffsetReset);
    } else if (error !== ErrorCode.UNKNOWN_LEADER_EPOCH && error !== ErrorCode.UNKNOWN_SERVER_ERROR) {
      throw this.#fatal(partition, offset, error);
    }
  }

  #fatal(partition: PartitionState, offset: number, error: ErrorCode): KafkaError {
    this.#buffer.shift();
    const name = topicPartitionKey(partition.topic, partition.partition);
    if (error === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return brokerError(error);
    if (error === ErrorCode.OFFSET_OUT_OF_RANGE) {
      return clientError('OffsetOutOfRangeException', `Fetch position ${offset} is out of range for partition ${name}`);
    }
    if (error === ErrorCode.CORRUPT_MESSAGE) {
      return clientError(
        'KafkaException',
        `Encountered corrupt message when fetching offset ${offset} for topic-partition ${name}`,
      );
    }
    return clientError(
      'IllegalStateException',
      `Unexpected error code ${error} while fetching at offset ${offset} from topic-partition ${name}`,
    );
  }

  #take(fetched: FetchedPartition, countMax: number): ConsumerRecord[] {
    const { subscriptions } = this.#context;
    const { partition } = fetched;
    const { position } = partition;
    const usable = subscriptions.isFetchable(partition) && position?.offset === fetched.nextOffset;
    if (!usable || position === null) {
      fetched.drain();
      return [];
    }
    const records = fetched.take(countMax);
    if (fetched.nextOffset > position.offset) {
      partition.position = {
        offset: fetched.nextOffset,
        offsetEpoch: fetched.lastEpoch,
        leaderEpoch: position.leaderEpoch,
      };
    }
    if (fetched.consumed && fetched.delivered) subscriptions.moveToEnd(partition);
    return records;
  }
}

const leaderErrors: ReadonlySet<ErrorCode> = new Set([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.OFFSET_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
]);

const fatalErrors: ReadonlySet<ErrorCode> = new Set([ErrorCode.TOPIC_AUTHORIZATION_FAILED, ErrorCode.CORRUPT_MESSAGE]);
