/**
 * JoinGroup (`GroupMetadataManager.classicGroupJoinToClassicGroup`). The answer may come at once, or when the join phase
 * that the request began or joined is over, or when the record is committed that the request made necessary.
 *
 * A member without an id gets one: from v4 on a dynamic member is first only told its id (MEMBER_ID_REQUIRED) and is
 * pending until it comes back with it; a static member (KIP-345) takes the place of the member with its instance id.
 */
import { assert } from '../../../base/assert.ts';
import type { MemberId } from '../../../base/ids.ts';
import { ErrorCode, errorName } from '../../../protocol/index.ts';
import type { JoinGroupRequest } from '../../../protocol/index.ts';
import type { Caller } from '../../caller.ts';
import { coordinatorError, noEffects, type Effects } from '../effects.ts';
import type { ClassicGroup } from './classic-group.ts';
import {
  matchesProtocols,
  newMember,
  type ClassicMember,
  type MemberProtocol,
  type ReplyToJoin,
} from './classic-member.ts';
import { emitMember, heartbeatKey, type ClassicContext } from './context.ts';
import { groupMetadataRecord } from './group-metadata.ts';
import {
  completeJoinIfAllJoined,
  prepareRebalance,
  prepareRebalanceOrCompleteJoin,
  scheduleHeartbeat,
  scheduleNewMember,
  scheduleSession,
} from './rebalance.ts';
import { joinError, joinSuccess, unknownMemberId } from './responses.ts';
import { validateMember } from './validate.ts';

/** A JoinGroup on its way: bytes that are kept are copies, not views of the request's frame. */
export interface Join {
  readonly request: JoinGroupRequest;
  readonly caller: Caller;
  readonly protocols: readonly MemberProtocol[];
  readonly reply: ReplyToJoin;
}

/** First version that must come back with the id it is given (KIP-394), and that understands `skipAssignment` (KIP-814). */
const memberIdRequiredSince = 4;
const skipAssignmentSince = 9;

export function newJoin(request: JoinGroupRequest, caller: Caller, reply: ReplyToJoin): Join {
  const protocols = request.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() }));
  return { request, caller, protocols, reply };
}

export function join(context: ClassicContext, group: ClassicGroup, joining: Join): Effects {
  const { request, reply } = joining;
  const { memberId } = request;
  if (!acceptsJoiningMember(context, group, memberId)) {
    group.remove(memberId);
    reply(joinError(ErrorCode.GROUP_MAX_SIZE_REACHED));
    return noEffects;
  }
  if (group.isIn('Dead')) {
    reply(joinError(ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId));
    return noEffects;
  }
  if (!group.supports(request.protocolType, joining.protocols)) {
    reply(joinError(ErrorCode.INCONSISTENT_GROUP_PROTOCOL, memberId));
    return noEffects;
  }
  return memberId === unknownMemberId ? joinWithoutId(context, group, joining) : joinWithId(context, group, joining);
}

/** `group.max.size`: while a rebalance is prepared, only those count that wait in it. */
function acceptsJoiningMember(context: ClassicContext, group: ClassicGroup, memberId: MemberId): boolean {
  const { groupMaxSize } = context.config;
  switch (group.state) {
    case 'Empty':
    case 'Dead':
      return true;
    case 'PreparingRebalance': {
      const awaiting = group.member(memberId)?.awaitingJoin ?? null;
      return awaiting !== null || group.awaitingJoinCount < groupMaxSize;
    }
    case 'CompletingRebalance':
    case 'Stable':
      return group.has(memberId) || group.size < groupMaxSize;
  }
}

function joinWithoutId(context: ClassicContext, group: ClassicGroup, joining: Join): Effects {
  const { request, caller, reply } = joining;
  const { groupInstanceId } = request;
  const { groupId, state } = group;
  const newMemberId = context.newMemberId(groupInstanceId ?? caller.clientId);
  if (groupInstanceId !== null) {
    const static_ = `Static member with groupInstanceId=${groupInstanceId} and unknown member id joins group ${groupId} in ${state} state.`;
    const oldMemberId = group.staticMemberId(groupInstanceId);
    if (oldMemberId !== null) {
      context.log('info', `${static_} Replacing previously mapped member ${oldMemberId} with this groupInstanceId.`);
      return replaceStatic(context, group, joining, groupInstanceId, oldMemberId, newMemberId);
    }
    context.log('info', `${static_} Created a new member id ${newMemberId} for this member and added to the group.`);
    return addMember(context, group, joining, newMemberId);
  }
  if (caller.apiVersion < memberIdRequiredSince) {
    context.log(
      'info',
      `Dynamic member with unknown member id joins group ${groupId} in state ${state}. ` +
        `Created a new member id ${newMemberId} and added the member to the group.`,
    );
    return addMember(context, group, joining, newMemberId);
  }
  context.log(
    'info',
    `Dynamic member with unknown member id joins group ${groupId} in ${state} state. ` +
      `Created a new member id ${newMemberId} and requesting the member to rejoin with this id.`,
  );
  group.addPending(newMemberId);
  scheduleSession(context, groupId, newMemberId, request.sessionTimeoutMs);
  reply(joinError(ErrorCode.MEMBER_ID_REQUIRED, newMemberId));
  return noEffects;
}

function joinWithId(context: ClassicContext, group: ClassicGroup, joining: Join): Effects {
  const { request, reply, protocols } = joining;
  const { memberId } = request;
  if (group.isPending(memberId)) {
    if (request.groupInstanceId !== null) {
      // Only a dynamic member is ever pending: whoever claims to be both has made its id up.
      reply(joinError(ErrorCode.UNKNOWN_SERVER_ERROR, memberId));
      return noEffects;
    }
    context.log(
      'info',
      `Pending dynamic member with id ${memberId} joins group ${group.groupId} in ${group.state} state. Adding to the group now.`,
    );
    return addMember(context, group, joining, memberId);
  }
  const invalid = validateMember(context, group, memberId, request.groupInstanceId, 'join-group');
  const member = group.member(memberId);
  if (invalid !== ErrorCode.NONE || member === null) {
    reply(joinError(invalid, memberId));
    return noEffects;
  }
  const clientReason = `client reason: ${reasonOf(request)}`;
  const changed = !matchesProtocols(member, protocols);
  switch (group.state) {
    case 'PreparingRebalance':
      return rejoin(
        context,
        group,
        joining,
        member,
        `Member ${memberId} is joining group during ${group.state}; ${clientReason}`,
      );
    case 'CompletingRebalance':
      if (!changed) {
        // It may not have received the answer to its first JoinGroup.
        reply(joinSuccess(group, memberId, { withMembers: group.isLeader(memberId) }));
        return noEffects;
      }
      return rejoin(
        context,
        group,
        joining,
        member,
        `Updating metadata for member ${memberId} during ${group.state}; ${clientReason}`,
      );
    case 'Stable':
      if (group.isLeader(memberId)) {
        // How a leader asks for a rebalance when something else than its own metadata has changed, such as its topics.
        return rejoin(
          context,
          group,
          joining,
          member,
          `Leader ${memberId} re-joining group during ${group.state}; ${clientReason}`,
        );
      }
      if (changed) {
        return rejoin(
          context,
          group,
          joining,
          member,
          `Updating metadata for member ${memberId} during ${group.state}; ${clientReason}`,
        );
      }
      reply(joinSuccess(group, memberId, { withMembers: false }));
      return noEffects;
    case 'Empty':
    case 'Dead':
      context.log(
        'warn',
        `Attempt to add rejoining member ${memberId} of group ${group.groupId} in unexpected group state ${group.state}`,
      );
      reply(joinError(ErrorCode.UNKNOWN_MEMBER_ID, memberId));
      return noEffects;
  }
}

function rejoin(
  context: ClassicContext,
  group: ClassicGroup,
  joining: Join,
  member: ClassicMember,
  reason: string,
): Effects {
  group.updateMember(member, updateOf(joining), joining.reply);
  emitMember(context, group, member, 'rejoined', reason);
  return prepareRebalanceOrCompleteJoin(context, group, reason);
}

function addMember(context: ClassicContext, group: ClassicGroup, joining: Join, memberId: MemberId): Effects {
  const { request, caller } = joining;
  const member = newMember({
    memberId,
    instanceId: request.groupInstanceId,
    clientId: caller.clientId,
    clientHost: caller.clientHost,
    protocolType: request.protocolType,
    isNew: true,
    ...updateOf(joining),
  });
  if (group.isIn('PreparingRebalance') && group.previousState === 'Empty') group.newMemberAdded = true;
  group.add(member, joining.reply);
  scheduleNewMember(context, group, member);
  const reason =
    `Adding new member ${memberId} with group instance id ${request.groupInstanceId}; ` +
    `client reason: ${reasonOf(request)}`;
  emitMember(context, group, member, 'joined', reason);
  return prepareRebalanceOrCompleteJoin(context, group, reason);
}

function replaceStatic(
  context: ClassicContext,
  group: ClassicGroup,
  joining: Join,
  instanceId: string,
  oldMemberId: MemberId,
  newMemberId: MemberId,
): Effects {
  const { request, reply } = joining;
  const oldLeader = group.leaderId;
  const member = group.replaceStaticMember(instanceId, oldMemberId, newMemberId);
  const old = {
    protocols: member.protocols,
    rebalanceTimeoutMs: member.rebalanceTimeoutMs,
    sessionTimeoutMs: member.sessionTimeoutMs,
  };
  context.timers.cancel(heartbeatKey(group.groupId, oldMemberId));
  scheduleHeartbeat(context, group, member);
  group.updateMember(member, updateOf(joining), reply);
  const fenced = { memberId: oldMemberId, instanceId, clientId: member.clientId };
  emitMember(context, group, fenced, 'fenced', `another member joined as ${instanceId}`);
  emitMember(
    context,
    group,
    member,
    'replaced',
    `static member ${instanceId} returned as ${newMemberId} in place of ${oldMemberId}`,
  );

  switch (group.state) {
    case 'Stable':
      break;
    case 'CompletingRebalance':
      // The leader may already be assigning partitions to the old id.
      return prepareRebalance(
        context,
        group,
        `Updating metadata for static member ${newMemberId} with instance id ${instanceId}; client reason: ${reasonOf(request)}`,
      );
    default:
      assert(
        group.isIn('PreparingRebalance'),
        () => `static member ${instanceId} is known to ${group.groupId} in ${group.state}`,
      );
      return completeJoinIfAllJoined(context, group);
  }

  if (group.selectProtocol() !== group.protocolName) {
    return prepareRebalanceOrCompleteJoin(
      context,
      group,
      `Group's selectedProtocol will change because static member ${newMemberId} with instance id ${instanceId} ` +
        `joined with change of protocol; client reason: ${reasonOf(request)}`,
    );
  }
  context.log(
    'info',
    "Static member which joins during Stable stage and doesn't affect the selected protocol will not trigger a rebalance.",
  );
  const assignments = new Map(group.members.map(({ memberId, assignment }) => [memberId, assignment]));
  return {
    records: [groupMetadataRecord(group, assignments)],
    written: (error) => {
      if (error !== ErrorCode.NONE) {
        context.log(
          'warn',
          `Failed to persist metadata for group ${group.groupId} static member ${newMemberId} with group instance id ` +
            `${instanceId} due to ${errorName(error)}. Reverting to old member id ${oldMemberId}.`,
        );
        restoreStatic(context, group, member, instanceId, oldMemberId, old);
        reply({
          ...joinSuccess(group, unknownMemberId, { withMembers: false, leader: oldLeader }),
          errorCode: coordinatorError(error),
        });
      } else if (joining.caller.apiVersion >= skipAssignmentSince) {
        const isLeader = group.isLeader(newMemberId);
        group.replyToJoin(member, joinSuccess(group, newMemberId, { withMembers: isLeader, skipAssignment: isLeader }));
      } else {
        // A client that knows no skipAssignment must not assign: it is told that the old id leads.
        group.replyToJoin(member, joinSuccess(group, newMemberId, { withMembers: false, leader: oldLeader }));
      }
    },
  };
}

/** The new id could not be written, so the old one is still what the log says. */
function restoreStatic(
  context: ClassicContext,
  group: ClassicGroup,
  member: ClassicMember,
  instanceId: string,
  oldMemberId: MemberId,
  old: Pick<ClassicMember, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'>,
): void {
  if (group.isIn('Dead') || group.member(member.memberId) !== member) return;
  group.updateMember(member, old, null);
  context.timers.cancel(heartbeatKey(group.groupId, member.memberId));
  scheduleHeartbeat(context, group, group.replaceStaticMember(instanceId, member.memberId, oldMemberId));
}

function updateOf({
  request,
  protocols,
}: Join): Pick<ClassicMember, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'> {
  return { protocols, rebalanceTimeoutMs: request.rebalanceTimeoutMs, sessionTimeoutMs: request.sessionTimeoutMs };
}

/** `JoinGroupRequest.joinReason`. */
function reasonOf(request: JoinGroupRequest): string {
  return request.reason === null || request.reason === '' ? 'not provided' : request.reason;
}
