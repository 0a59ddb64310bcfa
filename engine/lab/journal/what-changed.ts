/**
 * Which changes are state and which are numbers. A change of state is written at its moment and is never dropped; numbers
 * are written a few times a second.
 */
import type { LabDelta } from '../../contract/delta.ts';
import type { LabEventKind } from '../../contract/events.ts';
import type { QuorumView } from '../../contract/snapshot.ts';

/** Lines that tell of traffic or of a node's own words: the rest tells that something is not as it was. */
const passingKinds: ReadonlySet<LabEventKind> = new Set<LabEventKind>([
  'batches-sent',
  'batch-retried',
  'offsets-committed',
  'client-error',
  'client-fault',
  'connection-closed',
  'consumer-callback',
  'controller',
  'coordinator',
  'lifecycle',
  'log',
  'metadata-snapshot',
  'records-failed',
  'duplicate-dropped',
  'segment-deleted',
  'segment-rolled',
]);

export function isStateEvent(kind: LabEventKind): boolean {
  return !passingKinds.has(kind);
}

const brokerNumbers = new Set(['id', 'diskBytes', 'lastHeartbeatMs', 'sampledMs']);
const producerState = new Set([
  'state',
  'settings',
  'effective',
  'producerId',
  'producerEpoch',
  'failure',
  'lastError',
]);
const consumerState = new Set([
  'state',
  'settings',
  'effective',
  'memberId',
  'memberState',
  'generation',
  'isLeader',
  'coordinator',
  'callbacks',
  'failure',
  'lastError',
]);
const groupNumbers = new Set(['id', 'offsets', 'sampledMs', 'members']);

/** Whether a delta tells more than numbers that have moved on. */
export function changesState(delta: LabDelta, was: { readonly quorum: QuorumView | null }): boolean {
  if (delta.lab !== undefined || delta.problems !== undefined) return true;
  if (delta.topics !== undefined || delta.topicsRemoved !== undefined || delta.partitions !== undefined) return true;
  if (delta.brokersRemoved !== undefined || delta.groupsRemoved !== undefined) return true;
  if (delta.producersRemoved !== undefined || delta.consumersRemoved !== undefined) return true;
  if (delta.brokers?.some((patch) => Object.keys(patch).some((key) => !brokerNumbers.has(key))) === true) return true;
  if (delta.producers?.some((patch) => Object.keys(patch).some((key) => producerState.has(key))) === true) return true;
  if (delta.consumers?.some((patch) => Object.keys(patch).some((key) => consumerState.has(key))) === true) return true;
  if (delta.groups?.some((patch) => Object.keys(patch).some((key) => !groupNumbers.has(key))) === true) return true;
  if (delta.quorum !== undefined && quorumChanged(was.quorum, delta.quorum)) return true;
  return delta.events?.some((event) => isStateEvent(event.kind)) === true;
}

function quorumChanged(was: QuorumView | null, now: QuorumView | null): boolean {
  if (was === null || now === null) return was !== now;
  if (was.leader !== now.leader || was.epoch !== now.epoch || was.toldBy !== now.toldBy) return true;
  const roles = (quorum: QuorumView): string =>
    [...quorum.voters, ...quorum.observers].map((member) => `${member.id}${member.role}`).join();
  return roles(was) !== roles(now);
}
