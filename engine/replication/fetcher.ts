/**
 * Copies from one broker all partitions it leads and this broker follows (Kafka's `ReplicaFetcherThread` with
 * `num.replica.fetchers=1`): one Fetch request is under way at a time, in an incremental session, and the leader keeps it
 * until there is something.
 *
 * Invariants: what a response says is applied only where the partition is still followed in the epoch it was asked for
 * and at the offset it was asked from; nothing is appended that does not continue the local log; a partition that failed
 * rests for `replica.fetch.backoff.ms` while the others go on.
 *
 * Left to others: which partitions (replicas.ts), where to cut (truncation.ts), the session (fetcher-session.ts).
 */
import type { LeaderEpoch, NodeId, Offset, PartitionIndex, BrokerEpoch, Uuid, DurationMs } from '../base/ids.ts';
import { DiskError } from '../env/index.ts';
import type { Clock, Timer, Tracer } from '../env/index.ts';
import { ErrorCode, errorName, fetchApi, listOffsetsApi } from '../protocol/index.ts';
import type { Api, FetchResponse, RequestInputOf, ResponseOf } from '../protocol/index.ts';
import { ListOffsetsTimestamp, UnexpectedAppendOffsetError } from '../storage/index.ts';
import { FetcherSession } from './fetcher-session.ts';
import { FollowedPartition } from './followed-partition.ts';
import type { Partition } from './partition.ts';
import type { ReplicationSettings } from './settings.ts';
import { truncationOffset } from './truncation.ts';

/** A connection to one broker; an `RpcChannel` of engine/net is one. */
export interface FetcherChannel {
  send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: { readonly timeoutMs: DurationMs; readonly version?: number },
  ): Promise<ResponseOf<A>>;
  close(): void;
}

export interface FetcherOptions {
  readonly nodeId: NodeId;
  readonly source: NodeId;
  readonly channel: FetcherChannel;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly settings: ReplicationSettings;
  readonly brokerEpoch: () => BrokerEpoch;
  /** The log directory failed under a partition; it is followed no more. */
  readonly onStorageFault: (partition: Partition, fault: DiskError) => void;
}

type ResponsePartition = FetchResponse['responses'][number]['partitions'][number];

const fetchVersion = 18;
/** First pause of a partition whose leader does not know yet what this broker knows of it. */
const metadataLagMs: DurationMs = 20;

/** What a leader answers that is behind in metadata; it will not be for long. */
const leaderLags: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
]);

export class Fetcher {
  readonly source: NodeId;
  readonly #options: FetcherOptions;
  readonly #session = new FetcherSession();
  /** By topic id, then index, so that requests are grouped by topic. */
  readonly #topics = new Map<Uuid, Map<PartitionIndex, FollowedPartition>>();
  readonly #ready = new Set<FollowedPartition>();
  #inFlight = false;
  #stopped = false;
  #retry: Timer | null = null;
  #bytesIn = 0;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.source = options.source;
  }

  get partitionCount(): number {
    let count = 0;
    for (const partitions of this.#topics.values()) count += partitions.size;
    return count;
  }

  /** Record bytes copied since the start. */
  get bytesIn(): number {
    return this.#bytesIn;
  }

  follow(replica: Partition): void {
    let partitions = this.#topics.get(replica.topicId);
    if (partitions === undefined) this.#topics.set(replica.topicId, (partitions = new Map()));
    const current = partitions.get(replica.partition);
    if (current !== undefined && current.replica === replica && current.leaderEpoch === replica.leaderEpoch) return;
    partitions.set(replica.partition, new FollowedPartition(replica));
    this.#fetchSoon();
  }

  unfollow(replica: Partition): void {
    const partitions = this.#topics.get(replica.topicId);
    if (partitions?.get(replica.partition)?.replica !== replica) return;
    partitions.delete(replica.partition);
    if (partitions.size === 0) this.#topics.delete(replica.topicId);
  }

  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
    this.#options.channel.close();
  }

  /** Partitions are added in bunches: fetch when all are there. */
  #fetchSoon(): void {
    if (this.#inFlight || this.#stopped) return;
    this.#wakeAfter(0);
  }

  #wakeAfter(delayMs: DurationMs): void {
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(delayMs, () => {
      this.#retry = null;
      this.#fetch();
    });
  }

  #fetch(): void {
    if (this.#inFlight || this.#stopped) return;
    const nowMs = this.#options.clock.monotonic();
    const earliestMs = this.#collectReady(nowMs);
    const { settings, nodeId, brokerEpoch, channel } = this.#options;
    if (this.#ready.size === 0) {
      if (earliestMs < Number.POSITIVE_INFINITY) this.#wakeAfter(earliestMs - nowMs);
      return;
    }
    const request = {
      replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch() },
      maxWaitMs: settings.fetchWaitMaxMs,
      minBytes: settings.fetchMinBytes,
      maxBytes: settings.fetchResponseMaxBytes,
      isolationLevel: 0,
      ...this.#session.build(this.#ready, settings.fetchMaxBytes),
    };
    this.#inFlight = true;
    channel.send(fetchApi, request, { timeoutMs: settings.socketTimeoutMs, version: fetchVersion }).then(
      (response) => this.#received(response),
      (fault: unknown) => this.#failed(fault),
    );
  }

  /** Fills `#ready`; returns when the next of the others becomes so. */
  #collectReady(nowMs: number): number {
    this.#ready.clear();
    let earliestMs = Number.POSITIVE_INFINITY;
    for (const partitions of this.#topics.values()) {
      for (const partition of partitions.values()) {
        if (partition.isReady(nowMs)) this.#ready.add(partition);
        else if (!partition.isResetting) earliestMs = Math.min(earliestMs, partition.delayedUntilMs);
      }
    }
    return earliestMs;
  }

  #failed(fault: unknown): void {
    this.#inFlight = false;
    if (this.#stopped) return;
    this.#session.failed();
    this.#log('warn', `Error in response for fetch request to broker ${this.source}: ${describe(fault)}`);
    for (const partitions of this.#topics.values()) for (const partition of partitions.values()) this.#delay(partition);
    this.#fetch();
  }

  #received(response: FetchResponse): void {
    this.#inFlight = false;
    if (this.#stopped) return;
    if (this.#session.answered(response.errorCode as ErrorCode, response.sessionId)) {
      for (const topic of response.responses) {
        const partitions = this.#topics.get(topic.topicId);
        if (partitions === undefined) continue;
        for (const answer of topic.partitions) {
          const followed = partitions.get(answer.partitionIndex);
          if (followed !== undefined && this.#isCurrent(followed)) this.#answered(followed, answer);
        }
      }
    } else
      this.#log(
        'info',
        `Fetch session with broker ${this.source} ended: ${errorName(response.errorCode as ErrorCode)}`,
      );
    this.#fetch();
  }

  /** It was part of the request, and nothing happened to it since. */
  #isCurrent(followed: FollowedPartition): boolean {
    return (
      this.#ready.has(followed) &&
      followed.fetchOffset === followed.sentFetchOffset &&
      followed.leaderEpoch === followed.replica.leaderEpoch &&
      !followed.replica.isDeleted
    );
  }

  #answered(followed: FollowedPartition, answer: ResponsePartition): void {
    const error = answer.errorCode as ErrorCode;
    try {
      if (error === ErrorCode.NONE) this.#copy(followed, answer);
      else this.#refused(followed, error);
    } catch (fault) {
      this.#faulted(followed, fault);
    }
  }

  #copy(followed: FollowedPartition, answer: ResponsePartition): void {
    const { replica } = followed;
    const { log } = replica;
    const { divergingEpoch, records } = answer;
    followed.lags = 0;
    if (divergingEpoch.epoch !== -1 || divergingEpoch.endOffset !== -1) {
      this.#truncate(followed, truncationOffset(divergingEpoch, log, followed.fetchOffset));
      return;
    }
    if (records !== null && records.length > 0) this.#append(followed, records);
    // What was committed stays committed: a new leader that has not learnt so yet must not take it back (Kafka's does).
    const advanced = answer.highWatermark > log.highWatermark && log.maybeUpdateHighWatermark(answer.highWatermark);
    if (typeof advanced === 'number') replica.highWatermarkMoved();
    log.maybeIncrementLogStartOffset(answer.logStartOffset, 'leader offset increment');
  }

  #append(followed: FollowedPartition, records: Uint8Array): void {
    const { log } = followed.replica;
    let result;
    try {
      result = log.appendAsFollower(records, followed.leaderEpoch);
    } catch (fault) {
      if (!(fault instanceof UnexpectedAppendOffsetError) || !startsInsideFirstBatch(fault, log)) throw fault;
      // The leader's log starts within a batch (DeleteRecords): the copy has to begin with that whole batch.
      log.truncateFullyAndStartAt(fault.firstOffset);
      result = log.appendAsFollower(records, followed.leaderEpoch);
    }
    if (result.kind === 'refused') {
      this.#log(
        'error',
        `Found invalid messages during fetch for partition ${followed.replica.key}: ${result.message}`,
      );
      this.#delay(followed);
      return;
    }
    if (result.sizeInBytes === 0) return;
    this.#bytesIn += result.sizeInBytes;
    followed.fetchOffset = result.lastOffset + 1;
    followed.lastFetchedEpoch = result.lastLeaderEpoch;
  }

  #truncate(followed: FollowedPartition, offset: Offset): void {
    const { log, key, topic, partition } = followed.replica;
    const from = log.logEndOffset;
    if (offset < log.highWatermark) {
      this.#log('warn', `Truncating ${key} to offset ${offset} below high watermark ${log.highWatermark}`);
    }
    log.truncateTo(offset);
    followed.moveTo(offset);
    this.#options.tracer.emit({ type: 'log-truncated', topic, partition, from, to: offset });
  }

  #refused(followed: FollowedPartition, error: ErrorCode): void {
    if (error === ErrorCode.OFFSET_OUT_OF_RANGE) return this.#reset(followed);
    if (leaderLags.has(error)) {
      followed.lags++;
      const { clock, settings } = this.#options;
      const pauseMs = Math.min(settings.fetchBackoffMs, metadataLagMs * 2 ** Math.min(followed.lags - 1, 16));
      followed.delayedUntilMs = clock.monotonic() + pauseMs;
      return;
    }
    this.#log('info', `Received ${errorName(error)} from broker ${this.source} for partition ${followed.replica.key}.`);
    // FENCED_LEADER_EPOCH, too: metadata with the new epoch will replace this partition's state.
    this.#delay(followed);
  }

  #faulted(followed: FollowedPartition, fault: unknown): void {
    const { replica } = followed;
    this.#log(
      'error',
      `Error while processing data for partition ${replica.key} at offset ${followed.fetchOffset}: ${describe(fault)}`,
    );
    if (fault instanceof DiskError) {
      this.unfollow(replica);
      this.#options.onStorageFault(replica, fault);
    } else this.#delay(followed);
  }

  /**
   * The leader has no record at the fetch offset: its log ends below (cut there) or starts above (start anew there). See
   * `AbstractFetcherThread.fetchOffsetAndTruncate`.
   */
  #reset(followed: FollowedPartition): void {
    followed.isResetting = true;
    const { replica } = followed;
    const stillCurrent = (): boolean =>
      !this.#stopped &&
      this.#topics.get(replica.topicId)?.get(replica.partition) === followed &&
      followed.leaderEpoch === replica.leaderEpoch;
    this.#leaderOffset(followed, ListOffsetsTimestamp.latest)
      .then((latest) => {
        if (!stillCurrent()) return;
        if (latest < replica.log.logEndOffset) return this.#truncate(followed, latest);
        return this.#leaderOffset(followed, ListOffsetsTimestamp.earliest).then((earliest) => {
          if (!stillCurrent()) return;
          if (earliest > replica.log.logEndOffset) replica.log.truncateFullyAndStartAt(earliest);
          followed.moveTo(replica.log.logEndOffset);
        });
      })
      .then(
        () => this.#log('info', `Reset fetch offset for partition ${replica.key} to ${followed.fetchOffset}`),
        (fault: unknown) => {
          if (stillCurrent()) this.#faulted(followed, fault);
        },
      )
      .then(() => {
        followed.isResetting = false;
        this.#fetchSoon();
      });
  }

  #leaderOffset(followed: FollowedPartition, timestamp: number): Promise<Offset> {
    const { nodeId, channel, settings } = this.#options;
    const { topic, partition } = followed.replica;
    const request = {
      replicaId: nodeId,
      isolationLevel: 0,
      topics: [
        {
          name: topic,
          partitions: [{ partitionIndex: partition, currentLeaderEpoch: followed.leaderEpoch, timestamp }],
        },
      ],
    };
    return channel.send(listOffsetsApi, request, { timeoutMs: settings.socketTimeoutMs }).then((response) => {
      const answer = response.topics[0]?.partitions[0];
      if (answer === undefined)
        throw new Error(`broker ${this.source} left ${followed.replica.key} out of ListOffsets`);
      if (answer.errorCode !== ErrorCode.NONE) throw new Error(errorName(answer.errorCode as ErrorCode));
      return answer.offset;
    });
  }

  #delay(followed: FollowedPartition): void {
    followed.delayedUntilMs = this.#options.clock.monotonic() + this.#options.settings.fetchBackoffMs;
  }

  #log(level: 'info' | 'warn' | 'error', message: string): void {
    this.#options.tracer.log(level, `ReplicaFetcher ${this.source}`, message);
  }
}

function startsInsideFirstBatch(
  fault: UnexpectedAppendOffsetError,
  log: { readonly logStartOffset: Offset; readonly logEndOffset: Offset; readonly latestEpoch: LeaderEpoch | null },
): boolean {
  const end = log.logEndOffset;
  return end === log.logStartOffset && fault.firstOffset < end && fault.lastOffset >= end;
}

function describe(fault: unknown): string {
  return fault instanceof Error ? `${fault.name}: ${fault.message}` : String(fault);
}
