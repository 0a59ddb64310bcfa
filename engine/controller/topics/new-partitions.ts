/** New partitions of a topic: assignments checked or placed, and the records that make them. */
import type { NodeId, PartitionIndex, Uuid } from '../../base/ids.ts';
import { isActiveBroker, partitionRecordOf } from '../../metadata/index.ts';
import type { MetadataRecord, PartitionRegistration } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { ApiError } from '../outcome.ts';
import { defaultDirectory } from '../view.ts';
import type { ControllerView } from '../view.ts';
import { placeReplicas } from './placement.ts';

export interface NewPartition {
  readonly index: PartitionIndex;
  readonly registration: PartitionRegistration;
}

type Outcome = readonly NewPartition[] | ApiError;

export function isApiError(outcome: readonly unknown[] | ApiError): outcome is ApiError {
  return 'code' in outcome;
}

/**
 * What is wrong with an assignment given by hand; null: nothing. `expectedReplicas` null: any number.
 * As `ReplicationControlManager.validateManualPartitionAssignment`.
 */
export function manualAssignmentError(
  view: ControllerView,
  replicas: readonly NodeId[],
  expectedReplicas: number | null,
): ApiError | null {
  const invalid = (message: string): ApiError => ({
    code: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
    message: `The manual partition assignment includes ${message}`,
  });
  if (replicas.length === 0) return invalid('an empty replica list.');
  const sorted = [...replicas].sort((a, b) => a - b);
  for (const [i, broker] of sorted.entries()) {
    if (!view.image.cluster.brokers.has(broker)) {
      return invalid(`broker ${broker}, but no such broker is registered.`);
    }
    if (broker === sorted[i - 1]) return invalid(`the broker ${broker} more than once.`);
  }
  if (expectedReplicas !== null && replicas.length !== expectedReplicas) {
    return invalid(
      `a partition with ${replicas.length} replica(s), but this is not consistent with previous partitions, which ` +
        `have ${expectedReplicas} replica(s).`,
    );
  }
  return null;
}

/** Partitions at the places that the caller named. `expectedReplicas` null: as many as the first of them has. */
export function assignedPartitions(
  view: ControllerView,
  assignments: readonly { readonly index: PartitionIndex; readonly replicas: readonly NodeId[] }[],
  expectedReplicas: number | null,
): Outcome {
  const partitions: NewPartition[] = [];
  let expected = expectedReplicas;
  for (const { index, replicas } of assignments) {
    const error = manualAssignmentError(view, replicas, expected);
    if (error !== null) return error;
    expected = replicas.length;
    const registration = newPartition(view, replicas);
    if (registration === null) {
      return {
        code: ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        message:
          `All brokers specified in the manual partition assignment for partition ${index} are fenced or in ` +
          'controlled shutdown.',
      };
    }
    partitions.push({ index, registration });
  }
  return partitions;
}

/** Partitions `first`... at places of our choice. */
export function placedPartitions(
  view: ControllerView,
  first: PartitionIndex,
  count: number,
  replicationFactor: number,
  wrapMessage: boolean,
): Outcome {
  const impossible = (why: string, wrap: boolean): ApiError => ({
    code: ErrorCode.INVALID_REPLICATION_FACTOR,
    message: wrap ? `Unable to replicate the partition ${replicationFactor} time(s): ${why}` : why,
  });
  const placed = placeReplicas(view.image.cluster.brokers.values(), count, replicationFactor, view.random);
  if ('impossible' in placed) return impossible(placed.impossible, wrapMessage);
  const partitions: NewPartition[] = [];
  for (const [i, replicas] of placed.entries()) {
    const registration = newPartition(view, replicas);
    if (registration === null) return impossible('All brokers are currently fenced or in controlled shutdown.', true);
    partitions.push({ index: first + i, registration });
  }
  return partitions;
}

export function newPartitionRecords(topicId: Uuid, partitions: readonly NewPartition[]): MetadataRecord[] {
  return partitions.map(({ index, registration }) => partitionRecordOf(topicId, index, registration));
}

/** The ISR starts with the active replicas, the first of which leads; null when there is none. */
function newPartition(view: ControllerView, replicas: readonly NodeId[]): PartitionRegistration | null {
  const isr = replicas.filter((broker) => isActiveBroker(view.image, broker));
  const leader = isr[0];
  if (leader === undefined) return null;
  return {
    replicas,
    directories: replicas.map((broker) => defaultDirectory(view.image, broker)),
    isr,
    elr: [],
    lastKnownElr: [],
    addingReplicas: [],
    removingReplicas: [],
    leader,
    leaderEpoch: 0,
    partitionEpoch: 0,
    leaderRecoveryState: 'recovered',
  };
}
