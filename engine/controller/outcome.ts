/** How decisions answer: records to append and a reply for when they are committed, or a refusal of the whole request. */
import type { BrokerEpoch, NodeId, Offset } from '../base/ids.ts';
import type { MetadataRecord } from '../metadata/index.ts';
import { ErrorCode, errorMessage } from '../protocol/index.ts';

/** A Kafka error as data; a null message lets the client use its own default text. */
export interface ApiError {
  readonly code: ErrorCode;
  readonly message: string | null;
}

/** That a broker was heard of: the one effect of a decision that is not in the log. */
export interface BrokerContact {
  readonly broker: NodeId;
  readonly epoch: BrokerEpoch;
  readonly metadataOffset: Offset;
  /** Its leaderships are moved by the records of this very decision. */
  readonly inControlledShutdown: boolean;
}

/** What a decide function returns. An empty list of records is a mere read, whose reply waits for what was read. */
export interface Decision<Reply> {
  readonly records: readonly MetadataRecord[];
  readonly reply: Reply;
  readonly contact?: BrokerContact;
  /** What was decided and why, in words, for whoever watches. */
  readonly why?: string;
}

/** The whole request is refused; nothing is written. */
export interface Refusal {
  readonly refused: ApiError;
}

export function refuse(code: ErrorCode, message: string | null): Refusal {
  return { refused: { code, message } };
}

export function isRefusal<R>(outcome: Decision<R> | Refusal): outcome is Refusal {
  return 'refused' in outcome;
}

/** No error and no message, as entries of a response carry it. */
export const noError: ApiError = { code: ErrorCode.NONE, message: null };

/** The error with Kafka's own text for it. */
export function plainError(code: ErrorCode): ApiError {
  return { code, message: errorMessage(code) };
}
