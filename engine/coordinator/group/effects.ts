/** What a decision asks for: records to append together, and what is to happen once their fate is known. */
import { ErrorCode } from '../../protocol/index.ts';
import type { GroupRecord } from './records/group-record.ts';

export interface Effects {
  readonly records: readonly GroupRecord[];
  /**
   * Called once: with NONE when the records are committed, else with why they are not (not appended, not committed in
   * time, or this broker resigned).
   */
  readonly written: ((error: ErrorCode) => void) | null;
}

export const noEffects: Effects = { records: [], written: null };

/** What a client is told when an append failed with `error` (`CoordinatorOperationExceptionHelper`). */
export function coordinatorError(error: ErrorCode): ErrorCode {
  switch (error) {
    case ErrorCode.NETWORK_EXCEPTION:
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
    case ErrorCode.INVALID_FETCH_SIZE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return error;
  }
}
