/**
 * What one request may make the controller write: it is one atomic batch of the metadata log, so a number in a request
 * must not decide how long the controller is busy (`MAX_RECORDS_PER_USER_OP`, `MAX_PARTITIONS_PER_BATCH`).
 */
import { ErrorCode } from '../protocol/index.ts';
import type { CreatePartitionsRequest, CreateTopicsRequest } from '../protocol/index.ts';
import { isRefusal, refuse } from './outcome.ts';
import type { Decision, Refusal } from './outcome.ts';
import type { ControllerView } from './view.ts';

const recordsMax = 10_000;
const partitionsMax = 10_000;

const tooLarge = (): Refusal =>
  refuse(ErrorCode.POLICY_VIOLATION, 'Unable to perform excessively large batch operation.');

/** The outcome, unless it would write more than one batch may hold. */
export function withinBatch<R>(outcome: Decision<R> | Refusal): Decision<R> | Refusal {
  return !isRefusal(outcome) && outcome.records.length > recordsMax ? tooLarge() : outcome;
}

/** Null when the topics of the request have no more partitions than one request may create. */
export function tooManyCreated(view: ControllerView, request: CreateTopicsRequest): Refusal | null {
  let partitions = 0;
  for (const { assignments, numPartitions } of request.topics) {
    if (assignments.length > 0) partitions += assignments.length;
    else if (numPartitions === -1) partitions += view.config.defaultPartitions;
    else if (numPartitions > 0) partitions += numPartitions;
  }
  if (partitions <= partitionsMax) return null;
  return refuse(ErrorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.');
}

/** Null when the topics of the request grow by no more partitions than one batch may hold. */
export function tooManyAdded(view: ControllerView, request: CreatePartitionsRequest): Refusal | null {
  let partitions = 0;
  for (const { name, count, assignments } of request.topics) {
    // Those that were given by hand are as many as the request has bytes for.
    if (assignments !== null) continue;
    const existing = view.image.topics.byName.get(name)?.partitions.size;
    if (existing !== undefined && count > existing) partitions += count - existing;
  }
  return partitions <= recordsMax ? null : tooLarge();
}
