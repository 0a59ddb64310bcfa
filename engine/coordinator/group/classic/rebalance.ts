/**
 * The join phase and the wait for SyncGroup of a classic group, and what a member's silence does to it
 * (`GroupMetadataManager`: prepareRebalance, completeClassicGroupJoin, expirePendingSync, expireClassicGroupMemberHeartbeat).
 *
 * A rebalance of an empty group waits `group.initial.rebalance.delay.ms`, again while members keep coming, at most the
 * rebalance timeout. Any other one waits until every member has rejoined and no pending one is out, at most the rebalance
 * timeout; then dynamic members that did not rejoin are dropped, static ones stay. After that, members have the rebalance
 * timeout to send SyncGroup.
 */
import type { GroupId, MemberId } from '../../../base/ids.ts';
import { newMemberJoinTimeoutMs } from '../../group-coordinator-config.ts';
import { ErrorCode, errorMessage } from '../../../protocol/index.ts';
import { noEffects, coordinatorError, type Effects } from '../effects.ts';
import type { ClassicGroup } from './classic-group.ts';
import { hasSatisfiedHeartbeat, noAssignment, printed, type ClassicMember } from './classic-member.ts';
import { emitMember, emitState, heartbeatKey, joinKey, syncKey, transition, type ClassicContext } from './context.ts';
import { groupMetadataRecord } from './group-metadata.ts';
import { joinError, joinSuccess, syncError, syncSuccess } from './responses.ts';

export function prepareRebalanceOrCompleteJoin(context: ClassicContext, group: ClassicGroup, reason: string): Effects {
  return group.canRebalance ? prepareRebalance(context, group, reason) : completeJoinIfAllJoined(context, group);
}

export function prepareRebalance(context: ClassicContext, group: ClassicGroup, reason: string): Effects {
  if (group.isIn('CompletingRebalance')) {
    resetAssignments(context, group, ErrorCode.REBALANCE_IN_PROGRESS);
  }
  group.pendingSync.clear();
  context.timers.cancel(syncKey(group.groupId));

  const initial = group.isIn('Empty');
  transition(context, group, 'PreparingRebalance', reason);
  context.log(
    'info',
    `Preparing to rebalance group ${group.groupId} in state ${group.state} with old generation ${group.generation} ` +
      `(reason: ${reason}).`,
  );
  if (initial) {
    const delayMs = context.config.groupInitialRebalanceDelayMs;
    scheduleInitialJoin(context, group.groupId, delayMs, Math.max(group.rebalanceTimeoutMs - delayMs, 0));
    return noEffects;
  }
  if (group.hasAllMembersJoined) return completeJoin(context, group);
  scheduleJoin(context, group);
  return noEffects;
}

/** Ends the join phase when nobody is missing. The initial one only ends by its delay. */
export function completeJoinIfAllJoined(context: ClassicContext, group: ClassicGroup): Effects {
  if (!group.isIn('PreparingRebalance') || group.previousState === 'Empty' || !group.hasAllMembersJoined)
    return noEffects;
  return completeJoin(context, group);
}

function scheduleJoin(context: ClassicContext, group: ClassicGroup): void {
  const { groupId } = group;
  context.timers.schedule(joinKey(groupId), group.rebalanceTimeoutMs, () => {
    context.run(() => {
      const current = context.group(groupId);
      return current === null ? noEffects : completeJoin(context, current);
    });
  });
}

function scheduleInitialJoin(context: ClassicContext, groupId: GroupId, delayMs: number, remainingMs: number): void {
  context.timers.schedule(joinKey(groupId), delayMs, () => {
    context.run(() => {
      const group = context.group(groupId);
      if (group === null) return noEffects;
      if (!group.newMemberAdded || remainingMs === 0) return completeJoin(context, group);
      group.newMemberAdded = false;
      const nextDelayMs = Math.min(context.config.groupInitialRebalanceDelayMs, remainingMs);
      scheduleInitialJoin(context, groupId, nextDelayMs, Math.max(remainingMs - delayMs, 0));
      return noEffects;
    });
  });
}

function completeJoin(context: ClassicContext, group: ClassicGroup): Effects {
  const { groupId } = group;
  context.timers.cancel(joinKey(groupId));
  dropMembersThatDidNotRejoin(context, group);

  if (group.isIn('Dead')) {
    context.log('info', `Group ${groupId} is dead, skipping rebalance stage.`);
    return noEffects;
  }
  if (!electJoinedLeader(context, group) && group.size > 0) {
    // Only static members are left, none of them has rejoined: their sessions will end it.
    context.log('error', `Group ${groupId} could not complete rebalance because no members rejoined.`);
    scheduleJoin(context, group);
    return noEffects;
  }

  const was = group.state;
  group.startNextGeneration(context.now());
  emitState(context, group, was, group.isIn('Empty') ? 'no members are left' : 'all members have joined');
  if (group.isIn('Empty')) {
    context.log('info', `Group ${groupId} with generation ${group.generation} is now empty.`);
    return {
      records: [groupMetadataRecord(group, new Map())],
      written: (error) => warnUnlessWritten(context, groupId, error),
    };
  }

  context.log('info', `Stabilized group ${groupId} generation ${group.generation} with ${group.size} members.`);
  for (const member of group.members) {
    const { memberId } = member;
    group.replyToJoin(member, joinSuccess(group, memberId, { withMembers: group.isLeader(memberId) }));
    scheduleHeartbeat(context, group, member);
    member.isNew = false;
    group.pendingSync.add(memberId);
  }
  schedulePendingSync(context, group);
  return noEffects;
}

/** The group's last generation stays in the log; it will be found without members and expire. */
function warnUnlessWritten(context: ClassicContext, groupId: GroupId, error: ErrorCode): void {
  if (error === ErrorCode.NONE) return;
  context.log('warn', `Failed to write empty metadata for group ${groupId}: ${errorMessage(coordinatorError(error))}`);
}

function dropMembersThatDidNotRejoin(context: ClassicContext, group: ClassicGroup): void {
  const dropped: MemberId[] = [];
  for (const member of group.members) {
    if (member.awaitingJoin !== null || member.instanceId !== null) continue;
    group.remove(member.memberId);
    context.timers.cancel(heartbeatKey(group.groupId, member.memberId));
    emitMember(context, group, member, 'expired', 'did not rejoin within the rebalance timeout');
    dropped.push(member.memberId);
  }
  if (dropped.length === 0) return;
  context.log('info', `Group ${group.groupId} removed dynamic members who haven't joined: [${dropped.join(', ')}]`);
}

/** The leader of the next generation must have joined it. False when nobody has. */
function electJoinedLeader(context: ClassicContext, group: ClassicGroup): boolean {
  const leader = group.leaderId === null ? null : group.member(group.leaderId);
  if (leader === null) return false;
  if (leader.awaitingJoin !== null) return true;
  const next = group.members.find((member) => member.awaitingJoin !== null);
  const failed =
    `Group leader [memberId: ${leader.memberId}, groupInstanceId: ${leader.instanceId ?? 'None'}] failed to join before ` +
    `the rebalance timeout`;
  if (next === undefined) {
    context.log('info', `${failed} and the group couldn't proceed to the next generation because no member joined.`);
    return false;
  }
  group.leaderId = next.memberId;
  context.log('info', `${failed}. Member ${printed(next)} was elected as the new leader.`);
  return true;
}

function schedulePendingSync(context: ClassicContext, group: ClassicGroup): void {
  const { groupId, generation } = group;
  context.timers.schedule(syncKey(groupId), group.rebalanceTimeoutMs, () => {
    context.run(() => expirePendingSync(context, groupId, generation));
  });
}

function expirePendingSync(context: ClassicContext, groupId: GroupId, generation: number): Effects {
  const group = context.group(groupId);
  if (group === null || group.generation !== generation) return noEffects;
  if (!group.isIn('CompletingRebalance', 'Stable') || group.pendingSync.size === 0) return noEffects;
  const missing = [...group.pendingSync];
  for (const memberId of missing) {
    const member = group.member(memberId);
    group.remove(memberId);
    context.timers.cancel(heartbeatKey(groupId, memberId));
    if (member !== null) emitMember(context, group, member, 'expired', 'did not sync within the rebalance timeout');
  }
  context.log(
    'debug',
    `Group ${groupId} removed members who haven't sent their sync requests: [${missing.join(', ')}]`,
  );
  return prepareRebalance(context, group, `Removing [${missing.join(', ')}] on pending sync request expiration`);
}

/** Notes that the member is alive. */
export function scheduleHeartbeat(
  context: ClassicContext,
  group: ClassicGroup,
  member: ClassicMember,
  timeoutMs: number = member.sessionTimeoutMs,
): void {
  scheduleSession(context, group.groupId, member.memberId, timeoutMs);
}

/** A new member cannot send heartbeats while its JoinGroup is parked, so it gets a generous session of its own. */
export function scheduleNewMember(context: ClassicContext, group: ClassicGroup, member: ClassicMember): void {
  scheduleSession(context, group.groupId, member.memberId, newMemberJoinTimeoutMs);
}

export function scheduleSession(
  context: ClassicContext,
  groupId: GroupId,
  memberId: MemberId,
  timeoutMs: number,
): void {
  context.timers.schedule(heartbeatKey(groupId, memberId), timeoutMs, () => {
    context.run(() => expireHeartbeat(context, groupId, memberId));
  });
}

function expireHeartbeat(context: ClassicContext, groupId: GroupId, memberId: MemberId): Effects {
  const group = context.group(groupId);
  if (group === null || group.isIn('Dead')) return noEffects;
  if (group.isPending(memberId)) {
    context.log(
      'info',
      `Pending member ${memberId} in group ${groupId} has been removed after session timeout expiration.`,
    );
    group.remove(memberId);
    return completeJoinIfPreparing(context, group);
  }
  const member = group.member(memberId);
  if (member === null || hasSatisfiedHeartbeat(member)) return noEffects;
  context.log('info', `Member ${memberId} in group ${groupId} has failed, removing it from the group.`);
  const reason = `removing member ${memberId} on heartbeat expiration.`;
  group.replyToJoin(member, joinError(ErrorCode.UNKNOWN_MEMBER_ID));
  group.remove(memberId);
  emitMember(context, group, member, 'expired', reason);
  if (group.isIn('Stable', 'CompletingRebalance')) return prepareRebalanceOrCompleteJoin(context, group, reason);
  return completeJoinIfPreparing(context, group);
}

/** As {@link completeJoinIfAllJoined}, but it ends the initial phase too. */
function completeJoinIfPreparing(context: ClassicContext, group: ClassicGroup): Effects {
  return group.isIn('PreparingRebalance') && group.hasAllMembersJoined ? completeJoin(context, group) : noEffects;
}

/** Takes everybody's assignment away and answers parked SyncGroups with the error. */
export function resetAssignments(context: ClassicContext, group: ClassicGroup, error: ErrorCode): void {
  for (const member of group.members) member.assignment = noAssignment;
  for (const member of group.members) {
    if (group.replyToSync(member, syncError(error))) scheduleHeartbeat(context, group, member);
  }
}

/** Gives everybody the leader's assignment and answers parked SyncGroups. */
export function setAssignments(
  context: ClassicContext,
  group: ClassicGroup,
  assignments: ReadonlyMap<MemberId, Uint8Array>,
): void {
  for (const member of group.members) member.assignment = assignments.get(member.memberId) ?? noAssignment;
  for (const member of group.members) {
    if (member.assignment.length === 0) {
      context.log(
        'warn',
        `Sending empty assignment to member ${member.memberId} of ${group.groupId} for generation ${group.generation} with no errors`,
      );
    }
    // A session that ran out while the member waited here had no effect, so a new one begins.
    if (group.replyToSync(member, syncSuccess(group, member.assignment))) scheduleHeartbeat(context, group, member);
  }
}
