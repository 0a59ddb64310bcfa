/** What the classic protocol's rules need of the shard they run in. */
import type { GroupId, MemberId, TimestampMs } from '../../../base/ids.ts';
import type { LogLevel, TelemetryEvent } from '../../../base/telemetry.ts';
import type { Deadlines } from '../../deadlines.ts';
import type { GroupCoordinatorConfig } from '../../group-coordinator-config.ts';
import type { Effects } from '../effects.ts';
import type { ClassicGroup, ClassicGroupState } from './classic-group.ts';
import type { ClassicMember } from './classic-member.ts';
import { assignedPartitionsOf } from './consumer-protocol.ts';

export interface ClassicContext {
  readonly config: GroupCoordinatorConfig;
  readonly timers: Deadlines;
  now(): TimestampMs;
  /** `prefix`, a dash and a random UUID. */
  newMemberId(prefix: string): MemberId;
  /** A group of the classic kind that exists here; null otherwise. */
  group(groupId: GroupId): ClassicGroup | null;
  /** Carries out what a timer's or a callback's step decides. */
  run(step: () => Effects): void;
  log(level: LogLevel, message: string): void;
  emit(event: TelemetryEvent): void;
}

export function transition(
  context: ClassicContext,
  group: ClassicGroup,
  state: ClassicGroupState,
  reason: string,
): void {
  const was = group.state;
  group.transitionTo(state, context.now());
  emitState(context, group, was, reason);
}

export function emitState(context: ClassicContext, group: ClassicGroup, was: ClassicGroupState, reason: string): void {
  const { groupId, state, generation, size } = group;
  context.emit({ type: 'group-state', group: groupId, was, now: state, generation, members: size, reason });
}

export function emitMember(
  context: ClassicContext,
  group: ClassicGroup,
  member: Pick<ClassicMember, 'memberId' | 'instanceId' | 'clientId'>,
  action: 'joined' | 'rejoined' | 'left' | 'expired' | 'fenced' | 'replaced',
  reason: string,
): void {
  const { memberId, instanceId, clientId } = member;
  context.emit({ type: 'group-member', group: group.groupId, member: memberId, instanceId, clientId, action, reason });
}

/** Of a group of consumers: others' assignments are their own affair. */
export function emitAssignment(
  context: ClassicContext,
  group: ClassicGroup,
  leader: MemberId,
  assignments: ReadonlyMap<MemberId, Uint8Array>,
): void {
  if (!group.usesConsumerProtocol) return;
  context.emit({
    type: 'group-assignment',
    group: group.groupId,
    generation: group.generation,
    protocol: group.protocolName,
    leader,
    assignments: [...assignments].map(([member, bytes]) => ({ member, partitions: assignedPartitionsOf(bytes) })),
  });
}

export function heartbeatKey(groupId: GroupId, memberId: MemberId): string {
  return `heartbeat\0${groupId}\0${memberId}`;
}
export function joinKey(groupId: GroupId): string {
  return `join\0${groupId}`;
}
export function syncKey(groupId: GroupId): string {
  return `sync\0${groupId}`;
}
