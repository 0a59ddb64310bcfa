/**
 * A member of a classic group as its coordinator sees it (Kafka's `ClassicGroupMember`). Soft state: what of it survives a
 * change of coordinator is in the group's last GroupMetadata record.
 */
import type { DurationMs, MemberId } from '../../../base/ids.ts';
import type { JoinGroupResponseInput, SyncGroupResponseInput } from '../../../protocol/index.ts';

/** A protocol (an assignor, for consumers) that the member can follow, and what it says about itself under it. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

/** Answers a parked request. The first answer counts. */
export type ReplyToJoin = (response: JoinGroupResponseInput) => void;
export type ReplyToSync = (response: SyncGroupResponseInput) => void;

export const noAssignment = new Uint8Array(0);

export interface ClassicMember {
  readonly memberId: MemberId;
  /** `group.instance.id`; null for a dynamic member. */
  readonly instanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly protocolType: string;
  rebalanceTimeoutMs: DurationMs;
  sessionTimeoutMs: DurationMs;
  /** In the member's order of preference. */
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array;
  awaitingJoin: ReplyToJoin | null;
  awaitingSync: ReplyToSync | null;
  /** Has not been through a completed join phase: dropped when it is silent, even while a JoinGroup of it is parked. */
  isNew: boolean;
}

export function newMember(
  fields: Pick<ClassicMember, 'memberId' | 'instanceId' | 'clientId' | 'clientHost' | 'protocolType'> &
    Pick<ClassicMember, 'rebalanceTimeoutMs' | 'sessionTimeoutMs' | 'protocols'> &
    Partial<Pick<ClassicMember, 'assignment' | 'isNew'>>,
): ClassicMember {
  return { assignment: noAssignment, isNew: false, awaitingJoin: null, awaitingSync: null, ...fields };
}

/** Whether an expired session means nothing, because the member waits for the coordinator and not the other way round. */
export function hasSatisfiedHeartbeat(member: ClassicMember): boolean {
  return !member.isNew && (member.awaitingJoin !== null || member.awaitingSync !== null);
}

/** What the member said under `protocol`; null when it does not know it. */
export function metadataOf(member: ClassicMember, protocol: string | null): Uint8Array | null {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? null;
}

/** The same protocols with the same metadata in the same order: rejoining with them changes nothing. */
export function matchesProtocols(member: ClassicMember, protocols: readonly MemberProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every(
      (own, i) => own.name === protocols[i]!.name && sameBytes(own.metadata, protocols[i]!.metadata),
    )
  );
}

/** The member's favourite among the candidates; null when it knows none of them. */
export function voteOf(member: ClassicMember, candidates: ReadonlySet<string>): string | null {
  return member.protocols.find(({ name }) => candidates.has(name))?.name ?? null;
}

/** As Kafka's log prints a member. */
export function printed(member: ClassicMember): string {
  return (
    `ClassicGroupMember(memberId='${member.memberId}', groupInstanceId='${member.instanceId ?? ''}', ` +
    `clientId='${member.clientId}', clientHost='${member.clientHost}', rebalanceTimeoutMs=${member.rebalanceTimeoutMs}, ` +
    `sessionTimeoutMs=${member.sessionTimeoutMs}, protocolType='${member.protocolType}', ` +
    `supportedProtocols=[${member.protocols.map(({ name }) => name).join(', ')}])`
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
