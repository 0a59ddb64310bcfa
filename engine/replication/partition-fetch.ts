/**
 * One partition of a fetch: what is asked, and in place what was read. Fetch sessions keep these objects between requests,
 * so that an idle follower of many partitions costs no garbage. The results are valid from the read until the next one;
 * whoever reads answers at once.
 */
import type {
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionIndex,
  TopicName,
  Uuid,
  BrokerEpoch,
  DurationMs,
} from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { AbortedTransaction, EpochEndOffset, FetchIsolation } from '../storage/index.ts';
import type { Partition } from './partition.ts';

export interface FetchParameters {
  /** The follower that fetches; -1 a consumer. */
  readonly replicaId: NodeId;
  /** The follower's broker epoch; -1 when not given. */
  readonly replicaEpoch: BrokerEpoch;
  readonly maxWaitMs: DurationMs;
  readonly minBytes: number;
  readonly maxBytes: number;
  readonly isolation: FetchIsolation;
  /** Followers, and consumers older than KIP-392, read from the leader alone. */
  readonly onlyFromLeader: boolean;
}

const noRecords = new Uint8Array(0);

export class PartitionFetch {
  /** Null while the topic id is not known here. */
  topic: TopicName | null;
  readonly topicId: Uuid;
  readonly partition: PartitionIndex;

  fetchOffset: Offset = -1;
  /** The fetching follower's own log start offset; -1 from a consumer. */
  followerLogStartOffset: Offset = -1;
  maxBytes = 0;
  /** -1: not given, not checked. */
  currentLeaderEpoch: LeaderEpoch = -1;
  /** -1: not given, no check for divergence. */
  lastFetchedEpoch: LeaderEpoch = -1;

  error: ErrorCode = ErrorCode.NONE;
  highWatermark: Offset = -1;
  lastStableOffset: Offset = -1;
  logStartOffset: Offset = -1;
  records: Uint8Array = noRecords;
  /** Null unless the isolation is `committed`. */
  abortedTransactions: readonly AbortedTransaction[] | null = null;
  /** Where the fetcher's log leaves the leader's; nothing is read then. */
  divergingEpoch: EpochEndOffset | null = null;

  /** The local replica, as found by the last read. */
  local: Partition | null = null;
  /** What a session told its client last; see fetch-session.ts. */
  toldHighWatermark: Offset = -1;
  toldLogStartOffset: Offset = -1;

  constructor(topic: TopicName | null, topicId: Uuid, partition: PartitionIndex) {
    this.topic = topic;
    this.topicId = topicId;
    this.partition = partition;
  }

  get isFailed(): boolean {
    return this.error !== ErrorCode.NONE;
  }

  fail(error: ErrorCode): void {
    this.error = error;
    this.highWatermark = -1;
    this.lastStableOffset = -1;
    this.logStartOffset = -1;
    this.records = noRecords;
    this.abortedTransactions = null;
    this.divergingEpoch = null;
  }

  /** Nothing read yet, from a replica with these bounds. */
  begin(highWatermark: Offset, lastStableOffset: Offset, logStartOffset: Offset): void {
    this.error = ErrorCode.NONE;
    this.highWatermark = highWatermark;
    this.lastStableOffset = lastStableOffset;
    this.logStartOffset = logStartOffset;
    this.records = noRecords;
    this.abortedTransactions = null;
    this.divergingEpoch = null;
  }

  /** Lets go of what was read once it is answered. */
  release(): void {
    this.records = noRecords;
    this.abortedTransactions = null;
  }
}
