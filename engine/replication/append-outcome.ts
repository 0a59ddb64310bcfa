/** What became of one appended batch, with the fields of Produce's response. */
import type { Offset, PartitionIndex, TimestampMs, TopicName, Uuid } from '../base/ids.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { AppendResult, RecordError } from '../storage/index.ts';

export interface AppendEntry {
  readonly topic: TopicName;
  /** Checked against the replica's when given. */
  readonly topicId?: Uuid;
  readonly partition: PartitionIndex;
  /** Batches; offsets and epoch are written into these bytes. */
  readonly records: Uint8Array;
}

export interface AppendOutcome {
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** Settled when replication is. */
  error: ErrorCode;
  /** Null unless single records were at fault, as in Kafka. */
  readonly errorMessage: string | null;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly logAppendTimeMs: TimestampMs;
  readonly logStartOffset: Offset;
  readonly recordErrors: readonly RecordError[];
}

/** Refusals about which Kafka does not tell the log start offset. */
const bareRefusals: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.MESSAGE_TOO_LARGE,
  ErrorCode.RECORD_LIST_TOO_LARGE,
  ErrorCode.CORRUPT_MESSAGE,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.INVALID_TOPIC_EXCEPTION,
]);

export function refusal(error: ErrorCode): AppendResult {
  return { kind: 'refused', error, message: '', recordErrors: [] };
}

/** `logStartOffset` is null when there is no such replica. */
export function outcomeOf(entry: AppendEntry, result: AppendResult, logStartOffset: Offset | null): AppendOutcome {
  const { topic, partition: index } = entry;
  if (result.kind === 'appended') {
    return {
      topic,
      partition: index,
      error: ErrorCode.NONE,
      errorMessage: null,
      baseOffset: result.firstOffset,
      lastOffset: result.lastOffset,
      logAppendTimeMs: result.logAppendTimeMs,
      logStartOffset: result.logStartOffset,
      recordErrors: [],
    };
  }
  const bare = logStartOffset === null || bareRefusals.has(result.error);
  return {
    topic,
    partition: index,
    error: result.error,
    errorMessage: result.recordErrors.length > 0 ? result.message : null,
    baseOffset: -1,
    lastOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: bare ? -1 : logStartOffset,
    recordErrors: result.recordErrors,
  };
}
