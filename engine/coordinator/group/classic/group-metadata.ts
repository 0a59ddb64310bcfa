/** A classic group and its GroupMetadata record: what is written of it, and the group that a record stands for. */
import { required } from '../../../base/assert.ts';
import type { GroupId, MemberId } from '../../../base/ids.ts';
import type { GroupMetadataRecord } from '../records/group-record.ts';
import type { GroupMetadataValue } from '../records/schemas.ts';
import { ClassicGroup } from './classic-group.ts';
import { metadataOf, newMember } from './classic-member.ts';

/** The group with these assignments; every member must be in them. */
export function groupMetadataRecord(
  group: ClassicGroup,
  assignments: ReadonlyMap<MemberId, Uint8Array>,
): GroupMetadataRecord {
  const members = group.members.map((member) => ({
    memberId: member.memberId,
    groupInstanceId: member.instanceId,
    clientId: member.clientId,
    clientHost: member.clientHost,
    rebalanceTimeout: member.rebalanceTimeoutMs,
    sessionTimeout: member.sessionTimeoutMs,
    subscription: required(
      metadataOf(member, group.protocolName),
      `metadata of ${member.memberId} for the chosen protocol`,
    ),
    assignment: required(assignments.get(member.memberId), `assignment of ${member.memberId}`),
  }));
  return {
    type: 'group-metadata',
    group: group.groupId,
    value: {
      protocolType: group.protocolType ?? '',
      generation: group.generation,
      protocol: group.protocolName,
      leader: group.leaderId,
      currentStateTimestamp: group.stateTimestamp ?? -1,
      members,
    },
  };
}

/** What is written when a group comes into being: it exists, and has nothing yet. */
export function newGroupRecord(group: ClassicGroup): GroupMetadataRecord {
  return {
    type: 'group-metadata',
    group: group.groupId,
    value: {
      protocolType: '',
      generation: 0,
      protocol: null,
      leader: null,
      currentStateTimestamp: group.stateTimestamp ?? -1,
      members: [],
    },
  };
}

/** The group as it is taken over: Stable when it has members, Empty otherwise. */
export function groupOfRecord(groupId: GroupId, value: GroupMetadataValue): ClassicGroup {
  const stateTimestamp = value.currentStateTimestamp === -1 ? null : value.currentStateTimestamp;
  const group = new ClassicGroup(groupId, stateTimestamp, value.members.length === 0 ? 'Empty' : 'Stable');
  for (const member of value.members) {
    group.add(
      newMember({
        memberId: member.memberId,
        instanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        protocolType: value.protocolType,
        rebalanceTimeoutMs: member.rebalanceTimeout === -1 ? member.sessionTimeout : member.rebalanceTimeout,
        sessionTimeoutMs: member.sessionTimeout,
        protocols: value.protocol === null ? [] : [{ name: value.protocol, metadata: member.subscription }],
        assignment: member.assignment,
      }),
      null,
    );
  }
  group.generation = value.generation;
  group.protocolType = value.protocolType === '' ? null : value.protocolType;
  group.protocolName = value.protocol;
  group.leaderId = value.leader;
  group.refreshSubscribedTopics();
  return group;
}
