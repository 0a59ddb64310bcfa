/**
 * One rebalance as a story: its phases, who was awaited by which timer, the requests that made it, the assignment before,
 * as planned by the leader, and after. A fold of what the coordinator tells; the gap is worked out elsewhere.
 *
 * A cooperative rebalance takes two rounds: in the first, members are told what to give up, in the second it is given to
 * others. Both are one story: it is over when the group is Stable and nobody has given up anything that is still to be
 * given. `planned` is then the first round's assignment, `after` the second's. A second round that does not come within
 * {@link secondRoundLimitMs} ends the story where the first one ended.
 */
import type { GroupId, MemberId, NodeId, TimestampMs } from '../../base/ids.ts';
import type { TelemetryEvent } from '../../base/telemetry.ts';
import type {
  GroupMessage,
  GroupState,
  MemberAssignment,
  RebalanceMember,
  RebalancePhase,
  TopicPartitions,
} from '../../contract/groups.ts';
import type { GroupMemberSample, GroupSample } from '../../node/sample.ts';
import { namesOf } from './partition-names.ts';

export type GroupRequestEvent = Extract<TelemetryEvent, { type: 'group-request' }>;
export type GroupStateEvent = Extract<TelemetryEvent, { type: 'group-state' }>;
export type GroupMemberEvent = Extract<TelemetryEvent, { type: 'group-member' }>;
export type Assignments = ReadonlyMap<MemberId, readonly TopicPartitions[]>;

export interface StoryMember {
  readonly memberId: MemberId;
  readonly label: string;
  readonly instanceId: string | null;
  readonly client: string | null;
}

/** What a story needs to know of members, from all that the group has heard. */
export interface Members {
  of(memberId: MemberId): StoryMember | null;
  /** The lab knows that it does not run. */
  isGone(memberId: MemberId): boolean;
}

export interface StoryStart {
  readonly number: number;
  readonly group: GroupId;
  readonly atMs: TimestampMs;
  readonly coordinator: NodeId;
  readonly was: GroupState;
  readonly wasSinceMs: TimestampMs;
  readonly fromGeneration: number;
  readonly reason: string;
  readonly before: readonly MemberAssignment[];
  readonly protocol: string | null;
  readonly members: readonly GroupMemberSample[];
}

const messagesMax = 200;
const secondRoundLimitMs = 10_000;
/** How long after its end requests still belong to a story. */
const echoMs = 5000;
const cooperative = 'cooperative-sticky';

interface Message extends Omit<GroupMessage, 'label'> {
  /** Null while the member has no id. */
  readonly label: string | null;
  readonly clientId: string;
}

export class RebalanceStory {
  readonly start: StoryStart;
  coordinator: NodeId;
  endedMs: TimestampMs | null = null;
  toGeneration: number | null = null;
  protocol: string | null;
  planned: readonly MemberAssignment[] | null = null;
  after: readonly MemberAssignment[] | null = null;
  /** When the first round of two was over; null while there is nothing to wait for. */
  #firstRoundEndedMs: TimestampMs | null = null;
  readonly #phases: RebalancePhase[];
  readonly #members = new Map<MemberId, Omit<RebalanceMember, 'label'>>();
  readonly #labels = new Map<MemberId, string>();
  readonly #messages: Message[] = [];
  /** Of requests that came and were not answered yet: where they stand in the messages. */
  readonly #open = new Map<string, Message>();
  /** Counts changes. */
  version = 0;

  constructor(start: StoryStart) {
    this.start = start;
    this.coordinator = start.coordinator;
    this.protocol = start.protocol;
    this.#phases = [
      { state: start.was, generation: start.fromGeneration, fromMs: start.wasSinceMs, toMs: start.atMs },
      { state: 'PreparingRebalance', generation: start.fromGeneration, fromMs: start.atMs, toMs: null },
    ];
  }

  get phases(): readonly RebalancePhase[] {
    return [...this.#phases];
  }
  get members(): readonly RebalanceMember[] {
    return [...this.#members].map(([memberId, member]) => ({
      label: this.#labels.get(memberId) ?? memberId,
      ...member,
    }));
  }
  get messages(): readonly GroupMessage[] {
    return this.#messages.map(({ label, clientId, ...message }) => ({ label: label ?? clientId, ...message }));
  }
  get awaitsSecondRound(): boolean {
    return this.#firstRoundEndedMs !== null;
  }
  get state(): GroupState {
    return this.#phases.at(-1)?.state ?? 'Unknown';
  }

  /** Everybody who is known and has not joined yet is awaited. */
  awaitMembers(samples: readonly GroupMemberSample[], members: Members): void {
    for (const { memberId } of samples) this.#put(memberId, members, { state: 'awaited', atMs: null });
  }

  /** Another state of the group. True when the story is over with it. */
  changeState({ now, generation }: GroupStateEvent, atMs: TimestampMs, node: NodeId): boolean {
    this.version += 1;
    this.coordinator = node;
    this.#enter(now as GroupState, generation, atMs);
    if (now === 'CompletingRebalance' || now === 'Empty') this.toGeneration = generation;
    if (now === 'PreparingRebalance') this.#anotherRound();
    return now === 'Empty';
  }

  #enter(state: GroupState, generation: number, atMs: TimestampMs): void {
    const last = this.#phases.pop();
    if (last !== undefined) this.#phases.push({ ...last, toMs: atMs });
    this.#phases.push({ state, generation, fromMs: atMs, toMs: null });
  }

  #anotherRound(): void {
    this.#firstRoundEndedMs = null;
    for (const [memberId, member] of this.#members) {
      if (member.state === 'left' || member.state === 'expired') this.#members.delete(memberId);
      else this.#members.set(memberId, { ...member, state: 'awaited', atMs: null, deadlineMs: null, timer: null });
    }
  }

  changeMember(event: GroupMemberEvent, atMs: TimestampMs, members: Members): void {
    const { member: memberId, action } = event;
    if (action === 'fenced') this.#members.delete(memberId);
    else if (action !== 'replaced') this.#put(memberId, members, { state: action, atMs });
    else this.#put(memberId, members, { state: 'rejoined', atMs });
    this.version += 1;
  }

  #put(memberId: MemberId, members: Members, now: Pick<RebalanceMember, 'state' | 'atMs'>): void {
    const { label, instanceId = null, client = null } = members.of(memberId) ?? {};
    if (label !== undefined) this.#labels.set(memberId, label);
    this.#members.set(memberId, { memberId, instanceId, client, ...now, deadlineMs: null, timer: null });
  }

  /** The leader's assignment came. The first one that is carried out is the plan. */
  plan(assignment: readonly MemberAssignment[], protocol: string | null): void {
    if (this.after === null) this.planned = assignment;
    this.protocol = protocol;
    this.version += 1;
  }

  /** The group is Stable with an assignment. True when the story is over, false when another round is to come. */
  settle(assignment: readonly MemberAssignment[], atMs: TimestampMs): boolean {
    this.after = assignment;
    this.planned ??= assignment;
    this.version += 1;
    if (this.protocol !== cooperative || !givesUp(this.start.before, assignment)) return this.end(atMs);
    this.#firstRoundEndedMs = atMs;
    return false;
  }

  end(atMs: TimestampMs): true {
    this.endedMs = atMs;
    this.#firstRoundEndedMs = null;
    this.version += 1;
    return true;
  }

  /** True when a second round was expected and does not come. */
  lapse(nowMs: TimestampMs): boolean {
    const endedMs = this.#firstRoundEndedMs;
    if (endedMs === null || nowMs - endedMs < secondRoundLimitMs) return false;
    return this.end(endedMs);
  }

  /** Timers, as the coordinator's newest sample has them. */
  applyTimers(sample: GroupSample, atMs: TimestampMs, members: Members): void {
    if (this.endedMs !== null) return;
    for (const member of sample.members) {
      const known = this.#members.get(member.memberId);
      if (known === undefined) continue;
      this.#rename(member.memberId, members);
      const timed = { ...known, ...this.#timerOf(known, member, sample, atMs, members) };
      if (timed.deadlineMs === known.deadlineMs && timed.timer === known.timer) continue;
      this.#members.set(member.memberId, timed);
      this.version += 1;
    }
  }

  /** Somebody may have taken its place: it has another label from then on. */
  #rename(memberId: MemberId, members: Members): void {
    const label = members.of(memberId)?.label;
    if (label === undefined || label === this.#labels.get(memberId)) return;
    this.#labels.set(memberId, label);
    this.version += 1;
  }

  #timerOf(
    known: Omit<RebalanceMember, 'label'>,
    member: GroupMemberSample,
    sample: GroupSample,
    nowMs: TimestampMs,
    members: Members,
  ): Pick<RebalanceMember, 'deadlineMs' | 'timer'> {
    const none = { deadlineMs: null, timer: null };
    const { rebalanceDeadlineMs, state } = sample;
    if (state !== this.state) return { deadlineMs: known.deadlineMs, timer: known.timer };
    const preparing = state === 'PreparingRebalance';
    if (preparing && this.start.was === 'Empty' && member.awaiting === 'join') {
      return { deadlineMs: rebalanceDeadlineMs, timer: 'group.initial.rebalance.delay.ms' };
    }
    const isAwaited = preparing
      ? known.state === 'awaited'
      : state === 'CompletingRebalance' && member.awaiting === null;
    if (!isAwaited) return none;
    const silent = members.isGone(member.memberId) || hasMissedHeartbeats(member, nowMs);
    const { sessionDeadlineMs } = member;
    if (silent && sessionDeadlineMs !== null && sessionDeadlineMs < (rebalanceDeadlineMs ?? Infinity)) {
      return { deadlineMs: sessionDeadlineMs, timer: 'session.timeout.ms' };
    }
    return rebalanceDeadlineMs === null ? none : { deadlineMs: rebalanceDeadlineMs, timer: 'max.poll.interval.ms' };
  }

  /** Whether it has to do with this story; what does is in its messages. */
  request(event: GroupRequestEvent, atMs: TimestampMs, node: NodeId, members: Members): boolean {
    const key = `${node} ${event.request}`;
    if (event.stage === 'answered' && event.api !== 'Heartbeat') return this.#answered(event, key, atMs, members);
    if (this.endedMs !== null && !isEcho(event, atMs - this.endedMs)) return false;
    const { api, version, error, detail, clientId } = event;
    const label = members.of(event.member)?.label ?? null;
    const message: Message = { atMs, label, clientId, api, version, error, detail };
    this.#messages.push(message);
    if (event.stage === 'received') this.#open.set(key, message);
    while (this.#messages.length > messagesMax) this.#messages.shift();
    this.version += 1;
    return true;
  }

  #answered(event: GroupRequestEvent, key: string, atMs: TimestampMs, members: Members): boolean {
    const message = this.#open.get(key);
    if (message === undefined) return false;
    this.#open.delete(key);
    const at = this.#messages.indexOf(message);
    const details = [message.detail, event.detail].filter((detail) => detail !== '');
    const { member: memberId, error } = event;
    const label = message.label ?? members.of(memberId)?.label ?? null;
    if (at !== -1) this.#messages[at] = { ...message, label, error, detail: details.join(' → ') };
    if (event.api === 'SyncGroup' && error === null) this.#synced(memberId, atMs);
    this.version += 1;
    return true;
  }

  /** Requests that it has not answered will not be. True when there were any. */
  brokerGone(node: NodeId): boolean {
    const lost = [...this.#open].filter(([key]) => key.startsWith(`${node} `));
    for (const [key, message] of lost) {
      this.#open.delete(key);
      const at = this.#messages.indexOf(message);
      const detail = [message.detail, 'no answer'].filter((part) => part !== '').join(' → ');
      if (at !== -1) this.#messages[at] = { ...message, detail };
      this.version += 1;
    }
    return lost.length > 0;
  }

  #synced(memberId: MemberId, atMs: TimestampMs): void {
    const member = this.#members.get(memberId);
    if (member === undefined) return;
    this.#members.set(memberId, { ...member, state: 'synced', atMs, deadlineMs: null, timer: null });
  }
}

/** Followers may sync after the leader made the group Stable, and the first heartbeat after that is news. */
function isEcho({ api }: GroupRequestEvent, afterMs: number): boolean {
  return (api === 'SyncGroup' || api === 'Heartbeat') && afterMs < echoMs;
}

/** It has sent nothing for a third of its session: Kafka asks for a heartbeat at least that often. */
function hasMissedHeartbeats({ sessionDeadlineMs, sessionTimeoutMs }: GroupMemberSample, nowMs: TimestampMs): boolean {
  return sessionDeadlineMs !== null && sessionDeadlineMs - nowMs < (sessionTimeoutMs * 2) / 3;
}

/** Whether somebody had what nobody has now, with its owner still among those who have something to say. */
function givesUp(before: readonly MemberAssignment[], now: readonly MemberAssignment[]): boolean {
  const members = new Set(now.map(({ label }) => label));
  const assigned = new Set(now.flatMap(({ partitions }) => namesOf(partitions)));
  return before.some(
    ({ label, partitions }) => members.has(label) && namesOf(partitions).some((name) => !assigned.has(name)),
  );
}
