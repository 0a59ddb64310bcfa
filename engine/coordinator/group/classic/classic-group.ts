/**
 * A classic group while its coordinator has it (Kafka's `ClassicGroup`): members, generation, the phase of a rebalance.
 *
 *     Empty ── join ──► PreparingRebalance ── all joined or time is up ──► CompletingRebalance ── leader's sync ──► Stable
 *       ▲                    │     ▲                                                │                                │
 *       └── nobody is left ──┘     └────── member joins, leaves, is dropped ────────┴────────────────────────────────┘
 *
 * Everything here is soft: only assignments that the leader sent and the fact that a group is empty are written to the
 * log. The class keeps its own counts consistent and knows no timers, no records and no requests.
 *
 * Invariants: the leader is a member; every member knows the group's protocol type; a member is never pending at the same
 * time; instance ids are unique.
 */
import { assert, required } from '../../../base/assert.ts';
import type { GroupId, MemberId, TimestampMs, TopicName } from '../../../base/ids.ts';
import type { JoinGroupResponseInput, SyncGroupResponseInput } from '../../../protocol/index.ts';
import { ErrorCode } from '../../../protocol/index.ts';
import { subscribedTopicsOf } from './consumer-protocol.ts';
import {
  metadataOf,
  newMember,
  voteOf,
  type ClassicMember,
  type MemberProtocol,
  type ReplyToJoin,
} from './classic-member.ts';
import { joinError, syncError } from './responses.ts';

export type ClassicGroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

const validPreviousStates: Readonly<Record<ClassicGroupState, readonly ClassicGroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Stable', 'CompletingRebalance', 'Empty'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
  Dead: ['Stable', 'PreparingRebalance', 'CompletingRebalance', 'Empty', 'Dead'],
};

export class ClassicGroup {
  readonly groupId: GroupId;
  #state: ClassicGroupState;
  #previousState: ClassicGroupState = 'Dead';
  /** When the group came into its state; null when the record that it was loaded from does not say. */
  stateTimestamp: TimestampMs | null;
  generation = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: MemberId | null = null;
  /** In the order in which they came. */
  readonly #members = new Map<MemberId, ClassicMember>();
  readonly #staticMembers = new Map<string, MemberId>();
  /** Were given a member id and have not come back with it yet. */
  readonly #pendingJoin = new Set<MemberId>();
  /** Have been answered their JoinGroup and have not sent their SyncGroup yet. */
  readonly pendingSync = new Set<MemberId>();
  readonly #supporters = new Map<string, number>();
  #awaitingJoin = 0;
  /** A member came during the initial delay, which is therefore extended. */
  newMemberAdded = false;
  /** Topics that members of a consumer group subscribe to; null when unknown. */
  subscribedTopics: ReadonlySet<TopicName> | null = null;

  constructor(groupId: GroupId, stateTimestamp: TimestampMs | null, state: ClassicGroupState = 'Empty') {
    this.groupId = groupId;
    this.stateTimestamp = stateTimestamp;
    this.#state = state;
  }

  get state(): ClassicGroupState {
    return this.#state;
  }
  get previousState(): ClassicGroupState {
    return this.#previousState;
  }
  isIn(...states: readonly ClassicGroupState[]): boolean {
    return states.includes(this.#state);
  }
  /** Whether a new rebalance may begin; else one is being prepared already (or the group is gone). */
  get canRebalance(): boolean {
    return validPreviousStates.PreparingRebalance.includes(this.#state);
  }
  get usesConsumerProtocol(): boolean {
    return this.protocolType === 'consumer';
  }

  transitionTo(state: ClassicGroupState, now: TimestampMs): void {
    assert(
      validPreviousStates[state].includes(this.#state),
      () => `group ${this.groupId} cannot go from ${this.#state} to ${state}`,
    );
    this.#previousState = this.#state;
    this.#state = state;
    this.stateTimestamp = now;
  }

  get members(): readonly ClassicMember[] {
    return [...this.#members.values()];
  }
  get size(): number {
    return this.#members.size;
  }
  get staticSize(): number {
    return this.#staticMembers.size;
  }
  get awaitingJoinCount(): number {
    return this.#awaitingJoin;
  }
  get pendingJoin(): ReadonlySet<MemberId> {
    return this.#pendingJoin;
  }
  has(memberId: MemberId): boolean {
    return this.#members.has(memberId);
  }
  member(memberId: MemberId): ClassicMember | null {
    return this.#members.get(memberId) ?? null;
  }
  staticMemberId(instanceId: string): MemberId | null {
    return this.#staticMembers.get(instanceId) ?? null;
  }
  isLeader(memberId: MemberId): boolean {
    return this.leaderId === memberId;
  }
  isPending(memberId: MemberId): boolean {
    return this.#pendingJoin.has(memberId);
  }
  get hasAllMembersJoined(): boolean {
    return this.#members.size === this.#awaitingJoin && this.#pendingJoin.size === 0;
  }
  /** The longest of the members' rebalance timeouts. */
  get rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.#members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  addPending(memberId: MemberId): void {
    assert(!this.has(memberId), () => `${memberId} is a member of ${this.groupId} already`);
    this.#pendingJoin.add(memberId);
  }

  add(member: ClassicMember, reply: ReplyToJoin | null): void {
    const { memberId, instanceId } = member;
    assert(!this.#members.has(memberId), () => `${memberId} is a member of ${this.groupId} already`);
    if (instanceId !== null) {
      assert(!this.#staticMembers.has(instanceId), () => `${instanceId} is a member of ${this.groupId} already`);
      this.#staticMembers.set(instanceId, memberId);
    }
    if (this.#members.size === 0) this.protocolType = member.protocolType;
    assert(
      this.protocolType === member.protocolType,
      () => `${memberId} speaks ${member.protocolType}, the group does not`,
    );
    this.leaderId ??= memberId;
    this.#members.set(memberId, member);
    this.#count(member.protocols, 1);
    this.#setAwaitingJoin(member, reply);
    this.#pendingJoin.delete(memberId);
  }

  /** Removes a member or a pending one. A leader's place goes to whoever came first among the rest. */
  remove(memberId: MemberId): void {
    const member = this.#members.get(memberId);
    if (member !== undefined) {
      this.#members.delete(memberId);
      this.#count(member.protocols, -1);
      if (member.awaitingJoin !== null) this.#awaitingJoin--;
      if (member.instanceId !== null) this.#staticMembers.delete(member.instanceId);
    }
    if (this.leaderId === memberId) this.leaderId = this.#members.keys().next().value ?? null;
    this.#pendingJoin.delete(memberId);
    this.pendingSync.delete(memberId);
  }

  /**
   * The same static member under a new id, in the old one's place. The old one, wherever it waits, learns that it was
   * fenced.
   */
  replaceStaticMember(instanceId: string, oldMemberId: MemberId, newMemberId: MemberId): ClassicMember {
    const old = required(this.#members.get(oldMemberId), `member ${oldMemberId} of group ${this.groupId}`);
    this.replyToJoin(old, joinError(ErrorCode.FENCED_INSTANCE_ID, oldMemberId));
    this.replyToSync(old, syncError(ErrorCode.FENCED_INSTANCE_ID));
    const { clientId, clientHost, protocolType, rebalanceTimeoutMs, sessionTimeoutMs, protocols, assignment } = old;
    const member = newMember({
      memberId: newMemberId,
      instanceId: old.instanceId,
      clientId,
      clientHost,
      protocolType,
      rebalanceTimeoutMs,
      sessionTimeoutMs,
      protocols,
      assignment,
    });
    this.#members.delete(oldMemberId);
    this.#members.set(newMemberId, member);
    this.pendingSync.delete(oldMemberId);
    if (this.leaderId === oldMemberId) this.leaderId = newMemberId;
    this.#staticMembers.set(instanceId, newMemberId);
    return member;
  }

  updateMember(
    member: ClassicMember,
    update: Pick<ClassicMember, 'protocols' | 'rebalanceTimeoutMs' | 'sessionTimeoutMs'>,
    reply: ReplyToJoin | null,
  ): void {
    this.#count(member.protocols, -1);
    this.#count(update.protocols, 1);
    member.protocols = update.protocols;
    member.rebalanceTimeoutMs = update.rebalanceTimeoutMs;
    member.sessionTimeoutMs = update.sessionTimeoutMs;
    this.#setAwaitingJoin(member, reply);
  }

  /** False when no JoinGroup of the member is parked. */
  replyToJoin(member: ClassicMember, response: JoinGroupResponseInput): boolean {
    const reply = member.awaitingJoin;
    if (reply === null) return false;
    member.awaitingJoin = null;
    if (this.#members.get(member.memberId) === member) this.#awaitingJoin--;
    reply(response);
    return true;
  }

  /** False when no SyncGroup of the member is parked. */
  replyToSync(member: ClassicMember, response: SyncGroupResponseInput): boolean {
    const reply = member.awaitingSync;
    if (reply === null) return false;
    member.awaitingSync = null;
    reply(response);
    return true;
  }

  /** Whether a member with these protocols could join: an empty group takes any, others demand one that all know. */
  supports(protocolType: string, protocols: readonly MemberProtocol[]): boolean {
    if (this.#state === 'Empty') return protocolType !== '' && protocols.length > 0;
    return (
      this.protocolType === protocolType &&
      protocols.some(({ name }) => (this.#supporters.get(name) ?? 0) === this.#members.size)
    );
  }

  /** The protocol that all members know and most vote for, each member for the first in its list. Not of an empty group. */
  selectProtocol(): string {
    const candidates = new Set<string>();
    for (const [name, count] of this.#supporters) if (count === this.#members.size) candidates.add(name);
    const votes = new Map<string, number>();
    for (const member of this.#members.values()) {
      const vote = required(voteOf(member, candidates), `a common protocol of ${member.memberId} in ${this.groupId}`);
      votes.set(vote, (votes.get(vote) ?? 0) + 1);
    }
    let selected: string | null = null;
    for (const [name, count] of votes) if (selected === null || count > votes.get(selected)!) selected = name;
    return required(selected, `a protocol for ${this.groupId}`);
  }

  /** The next generation: its protocol is chosen, and its members are to sync; without members it is empty. */
  startNextGeneration(now: TimestampMs): void {
    this.generation++;
    const empty = this.#members.size === 0;
    this.protocolName = empty ? null : this.selectProtocol();
    this.transitionTo(empty ? 'Empty' : 'CompletingRebalance', now);
    this.refreshSubscribedTopics();
    this.pendingSync.clear();
  }

  refreshSubscribedTopics(): void {
    if (!this.usesConsumerProtocol) this.subscribedTopics = null;
    else if (this.#members.size === 0) this.subscribedTopics = new Set();
    else
      this.subscribedTopics = subscribedTopicsOf(this.members.map((member) => metadataOf(member, this.protocolName)));
  }

  /** While the subscriptions are unknown, a consumer group counts as subscribed to everything. */
  isSubscribedTo(topic: TopicName): boolean {
    return this.subscribedTopics === null ? this.usesConsumerProtocol : this.subscribedTopics.has(topic);
  }

  #setAwaitingJoin(member: ClassicMember, reply: ReplyToJoin | null): void {
    if (reply !== null && member.awaitingJoin === null) this.#awaitingJoin++;
    else if (reply === null && member.awaitingJoin !== null) this.#awaitingJoin--;
    member.awaitingJoin = reply;
  }

  #count(protocols: readonly MemberProtocol[], by: 1 | -1): void {
    for (const { name } of protocols) this.#supporters.set(name, (this.#supporters.get(name) ?? 0) + by);
  }
}
