/** The members of a group as rows: while a rebalance runs (or an old one is looked at) by its story, else as they are now. */
import type { ConsumerView } from '../../../engine/contract/clients.ts';
import type { GroupMemberView, GroupView, RebalanceMember, RebalanceView } from '../../../engine/contract/groups.ts';
import type { GlyphName } from '../../design/glyphs.ts';

export type MemberRowState = RebalanceMember['state'] | 'member';

export interface MemberRow {
  readonly key: string;
  readonly label: string;
  readonly instanceId: string | null;
  readonly client: string | null;
  readonly clientId: string | null;
  readonly state: MemberRowState;
  readonly glyph: GlyphName;
  readonly colour: 'in' | 'out' | 'acc' | 'dead' | 'fault';
  /** From the start of the rebalance; null where it means nothing. */
  readonly tookMs: number | null;
  /** What runs down: from all of it (1) to nothing. */
  readonly timer: {
    readonly name: string;
    readonly leftMs: number;
    readonly share: number;
    readonly awaited: boolean;
  } | null;
}

const looks: Readonly<Record<MemberRowState, Pick<MemberRow, 'glyph' | 'colour'>>> = {
  awaited: { glyph: 'starting', colour: 'out' },
  rejoined: { glyph: 'ok', colour: 'in' },
  joined: { glyph: 'plus', colour: 'acc' },
  left: { glyph: 'stop', colour: 'dead' },
  expired: { glyph: 'dead', colour: 'fault' },
  synced: { glyph: 'ok', colour: 'in' },
  member: { glyph: 'in-sync', colour: 'in' },
};

export function isTold(group: GroupView, story: RebalanceView | null): story is RebalanceView {
  return story !== null && (story.endedMs === null || story.number !== group.rebalance?.number);
}

export function memberRows(group: GroupView, story: RebalanceView | null, nowMs: number): readonly MemberRow[] {
  const byId = new Map(group.members.map((member) => [member.memberId, member]));
  if (isTold(group, story)) {
    return story.members.map((member) => storyRow(story, member, byId.get(member.memberId) ?? null, nowMs));
  }
  return group.members.map((member) => currentRow(member, nowMs));
}

function storyRow(
  story: RebalanceView,
  member: RebalanceMember,
  current: GroupMemberView | null,
  nowMs: number,
): MemberRow {
  const { label, memberId, instanceId, client, state, atMs, deadlineMs, timer } = member;
  const totalMs = timer === 'session.timeout.ms' ? current?.sessionTimeoutMs : current?.rebalanceTimeoutMs;
  const leftMs = deadlineMs === null ? 0 : Math.max(0, deadlineMs - nowMs);
  return {
    key: memberId,
    label,
    instanceId,
    client,
    clientId: current?.clientId ?? null,
    state,
    ...looks[state],
    tookMs: atMs === null ? null : atMs - story.startedMs,
    timer:
      deadlineMs === null || timer === null
        ? null
        : { name: timer, leftMs, share: Math.min(1, leftMs / (totalMs ?? Math.max(leftMs, 1))), awaited: true },
  };
}

function currentRow(member: GroupMemberView, nowMs: number): MemberRow {
  const { memberId, label, instanceId, client, clientId, sessionDeadlineMs, sessionTimeoutMs } = member;
  const leftMs = sessionDeadlineMs === null ? 0 : Math.max(0, sessionDeadlineMs - nowMs);
  // Heartbeats come at a third of the session at the latest.
  const silent = sessionDeadlineMs !== null && leftMs < (sessionTimeoutMs * 2) / 3;
  return {
    key: memberId,
    label,
    instanceId,
    client,
    clientId,
    state: 'member',
    ...(silent ? { glyph: 'out-of-sync', colour: 'out' } : looks.member),
    tookMs: null,
    timer:
      sessionDeadlineMs === null
        ? null
        : { name: 'session.timeout.ms', leftMs, share: Math.min(1, leftMs / sessionTimeoutMs), awaited: silent },
  };
}

/** What holds the rebalance up, as the catalogue's key and the facts it names; null when nobody does. */
export function holdUp(
  awaited: RebalanceMember | null,
  consumers: readonly ConsumerView[],
  nowMs: number,
): { readonly words: 'holds' | 'holdsPoll' | 'holdsDead'; readonly label: string; readonly agoMs: number } | null {
  if (awaited === null) return null;
  const consumer = consumers.find(({ id }) => id === awaited.client);
  const { label } = awaited;
  if (awaited.timer === 'session.timeout.ms') return { words: 'holdsDead', label, agoMs: 0 };
  if (consumer?.lastPollMs == null) return { words: 'holds', label, agoMs: 0 };
  return { words: 'holdsPoll', label, agoMs: Math.max(0, nowMs - consumer.lastPollMs) };
}
