/**
 * What a client's calls reject with. `code` is the name that the Java client's users know: of the error that a broker
 * answered (`NOT_LEADER_OR_FOLLOWER`), or the class of what the client itself throws (`TimeoutException`,
 * `ConfigException`, `RecordTooLargeException`). `message` is the Java client's text.
 */
import { ErrorCode, errorMessage, errorName, isRetriable } from '../protocol/index.ts';

/** Exceptions that the client throws by itself, by their Java class. */
export type ClientExceptionName =
  | 'ConfigException'
  | 'KafkaException'
  | 'IllegalArgumentException'
  | 'IllegalStateException'
  | 'TimeoutException'
  | 'BufferExhaustedException'
  | 'RecordTooLargeException'
  | 'SerializationException'
  | 'InterruptException'
  | 'WakeupException'
  | 'DisconnectException'
  | 'InvalidTopicException'
  | 'UnsupportedVersionException'
  | 'CommitFailedException'
  | 'RetriableCommitFailedException'
  | 'RebalanceInProgressException'
  | 'NoOffsetForPartitionException'
  | 'OffsetOutOfRangeException';

const retriableExceptions: readonly ClientExceptionName[] = [
  'TimeoutException',
  'BufferExhaustedException',
  'DisconnectException',
  'RetriableCommitFailedException',
  'RebalanceInProgressException',
];

export class KafkaError extends Error {
  override readonly name = 'KafkaError';
  readonly code: string;
  /** Number of a broker's answer; null when the client found it by itself. */
  readonly errorCode: ErrorCode | null;
  readonly retriable: boolean;

  constructor(code: string, message: string, retriable: boolean, errorCode: ErrorCode | null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retriable = retriable;
    this.errorCode = errorCode;
  }
}

/** The error of a code in a response; Kafka's default text when the broker gave none. */
export function brokerError(errorCode: number, message?: string | null): KafkaError {
  const known = ErrorCode[errorName(errorCode)];
  return new KafkaError(errorName(known), message ?? errorMessage(known), isRetriable(known), known);
}

export function clientError(name: ClientExceptionName, message: string, cause?: unknown): KafkaError {
  return new KafkaError(name, message, retriableExceptions.includes(name), null, cause);
}
