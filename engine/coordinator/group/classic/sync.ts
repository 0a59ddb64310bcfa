/**
 * SyncGroup (`GroupMetadataManager.classicGroupSyncToClassicGroup`): members wait for the leader's assignment, which is
 * written to the log before anybody gets it.
 */
import type { MemberId } from '../../../base/ids.ts';
import { ErrorCode, errorName } from '../../../protocol/index.ts';
import type { SyncGroupRequest } from '../../../protocol/index.ts';
import { coordinatorError, noEffects, type Effects } from '../effects.ts';
import type { ClassicGroup } from './classic-group.ts';
import { noAssignment, type ReplyToSync } from './classic-member.ts';
import { emitAssignment, syncKey, transition, type ClassicContext } from './context.ts';
import { groupMetadataRecord } from './group-metadata.ts';
import { prepareRebalanceOrCompleteJoin, resetAssignments, setAssignments } from './rebalance.ts';
import { syncError, syncSuccess } from './responses.ts';
import { validateMember } from './validate.ts';

export function sync(
  context: ClassicContext,
  group: ClassicGroup,
  request: SyncGroupRequest,
  reply: ReplyToSync,
): Effects {
  const { memberId } = request;
  const invalid = validateSync(context, group, request);
  const member = group.member(memberId);
  if (invalid !== ErrorCode.NONE || member === null) {
    reply(syncError(invalid));
    return noEffects;
  }
  if (!group.isIn('CompletingRebalance', 'Stable')) {
    reply(syncError(ErrorCode.REBALANCE_IN_PROGRESS));
    return noEffects;
  }
  group.pendingSync.delete(memberId);
  if (group.pendingSync.size === 0) context.timers.cancel(syncKey(group.groupId));
  if (group.isIn('Stable')) {
    reply(syncSuccess(group, member.assignment));
    return noEffects;
  }
  member.awaitingSync = reply;
  return group.isLeader(memberId) ? takeAssignment(context, group, request) : noEffects;
}

function validateSync(context: ClassicContext, group: ClassicGroup, request: SyncGroupRequest): ErrorCode {
  if (group.isIn('Dead')) return ErrorCode.COORDINATOR_NOT_AVAILABLE;
  const invalid = validateMember(context, group, request.memberId, request.groupInstanceId, 'sync-group');
  if (invalid !== ErrorCode.NONE) return invalid;
  if (request.generationId !== group.generation) return ErrorCode.ILLEGAL_GENERATION;
  const differs = (wanted: string | null, actual: string | null): boolean =>
    wanted !== null && actual !== null && wanted !== actual;
  return differs(request.protocolType, group.protocolType) || differs(request.protocolName, group.protocolName)
    ? ErrorCode.INCONSISTENT_GROUP_PROTOCOL
    : ErrorCode.NONE;
}

function takeAssignment(context: ClassicContext, group: ClassicGroup, request: SyncGroupRequest): Effects {
  const { memberId, generationId } = request;
  const { groupId } = group;
  context.log(
    'info',
    `Assignment received from leader ${memberId} for group ${groupId} for generation ${group.generation}. ` +
      `The group has ${group.size} members, ${group.staticSize} of which are static.`,
  );
  const assignments = new Map<MemberId, Uint8Array>(
    request.assignments.map(({ memberId: assignee, assignment }) => [assignee, assignment.slice()]),
  );
  const forgotten = group.members
    .filter((member) => !assignments.has(member.memberId))
    .map((member) => member.memberId);
  for (const assignee of forgotten) assignments.set(assignee, noAssignment);
  if (forgotten.length > 0) {
    context.log(
      'warn',
      `Setting empty assignments for members [${forgotten.join(', ')}] of ${groupId} for generation ${group.generation}.`,
    );
  }
  emitAssignment(context, group, memberId, assignments);
  return {
    records: [groupMetadataRecord(group, assignments)],
    written: (error) => {
      // Meanwhile a member may have come or gone; then another generation is on its way and this one is void.
      if (!group.isIn('CompletingRebalance') || group.generation !== generationId) return;
      if (error === ErrorCode.NONE) {
        setAssignments(context, group, assignments);
        transition(context, group, 'Stable', `assignment received from leader ${memberId}`);
        return;
      }
      const told = coordinatorError(error);
      resetAssignments(context, group, told);
      context.run(() =>
        prepareRebalanceOrCompleteJoin(
          context,
          group,
          `Error ${errorName(told)} when storing group assignment during SyncGroup (member: ${memberId}).`,
        ),
      );
    },
  };
}
