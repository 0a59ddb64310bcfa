/**
 * One group as the window sees it: its newest sample, the members' labels, and its rebalances as stories. Samples and
 * events come from its coordinator, callbacks from the lab's own consumers.
 *
 * Who consumes what is taken from the callbacks of lab consumers. For strangers it is what the coordinator knows: a member
 * has its partitions from its SyncGroup's answer until it joins again (a cooperative one only gives up what the next
 * answer leaves out), leaves, or is dropped, which counts from when it was last heard.
 */
import type { GroupId, MemberId, NodeId, TimestampMs } from '../../base/ids.ts';
import type { LabEventDraft } from '../../contract/events.ts';
import type {
  GroupMemberView,
  GroupState,
  GroupView,
  MemberAssignment,
  RebalanceView,
  TopicPartitions,
} from '../../contract/groups.ts';
import type { GroupMemberSample, GroupSample } from '../../node/sample.ts';
import { gapsOf } from './gaps.ts';
import { MemberLabels } from './member-labels.ts';
import type { LabConsumers } from './lab-consumers.ts';
import type { LogEnds } from './log-ends.ts';
import { Ownership } from './ownership.ts';
import { Restarts } from './restarts.ts';
import { compareNames, namesOf } from './partition-names.ts';
import {
  RebalanceStory,
  type Assignments,
  type GroupMemberEvent,
  type GroupRequestEvent,
  type GroupStateEvent,
  type StoryMember,
} from './rebalance-story.ts';

const storiesMax = 100;
/** Requests that came shortly before a rebalance began are its cause. */
const recentMs = 1000;
const recentMax = 20;
/** A rebalance's line waits this long for the callbacks that end its gap: clients tell them by their samples. */
const settleMs = 1500;
const membersMax = 500;

interface RecentRequest {
  readonly event: GroupRequestEvent;
  readonly atMs: TimestampMs;
  readonly node: NodeId;
}

export class GroupFold {
  readonly id: GroupId;
  readonly #labels: MemberLabels;
  readonly #consumers: LabConsumers;
  readonly #ends: LogEnds;
  readonly ownership = new Ownership();
  readonly restarts = new Restarts();
  #sample: GroupSample | null = null;
  #sampledMs: TimestampMs = 0;
  #coordinator: NodeId = -1;
  #state: { readonly name: GroupState; readonly sinceMs: TimestampMs } = { name: 'Unknown', sinceMs: 0 };
  /** Everybody who was heard of, in the group or not. */
  readonly #heard = new Map<MemberId, StoryMember>();
  /** What everybody had in the newest generation that was Stable. */
  #stable: Assignments | null = null;
  /** What the leader sent for a generation. */
  #brought: { readonly generation: number; readonly assignments: Assignments } | null = null;
  readonly #stories: RebalanceStory[] = [];
  /** Over, and their line is still to be told. */
  #untold: RebalanceStory[] = [];
  #recent: RecentRequest[] = [];
  /** Who came or went shortly before: a rebalance is told after its cause. */
  #recentMembers: { readonly event: GroupMemberEvent; readonly atMs: TimestampMs }[] = [];
  #view: GroupView | null = null;
  readonly #told = new Map<RebalanceStory, { readonly key: string; readonly view: RebalanceView }>();
  #stale = true;

  constructor(id: GroupId, letter: string, consumers: LabConsumers, ends: LogEnds) {
    this.id = id;
    this.#labels = new MemberLabels(letter);
    this.#consumers = consumers;
    this.#ends = ends;
  }

  /** Null until its coordinator has told of it. */
  get view(): GroupView | null {
    if (this.#stale && this.#sample !== null) {
      this.#view = this.#buildView(this.#sample);
      this.#stale = false;
    }
    return this.#view;
  }

  /** Newest first. */
  rebalances(limit: number): readonly RebalanceView[] {
    return this.#stories
      .slice(-limit)
      .reverse()
      .map((story) => this.#viewOf(story));
  }

  touch(): void {
    this.#stale = true;
  }

  /** The end of a log went on: what was committed at the end is behind it now. */
  checkPassed(): void {
    const isBehind = this.#view?.offsets.some(
      ({ topic, partition, offset, passedMs }) =>
        passedMs === null && this.#ends.passedMs(topic, partition, offset) !== null,
    );
    if (isBehind === true) this.#stale = true;
  }

  // What the coordinator tells.

  applySample(sample: GroupSample, atMs: TimestampMs, node: NodeId): void {
    const first = this.#sample === null;
    this.#sample = sample;
    this.#sampledMs = atMs;
    this.#coordinator = node;
    this.#stale = true;
    const state = sample.state as GroupState;
    if (state !== this.#state.name) this.#state = { name: state, sinceMs: atMs };
    for (const member of sample.members) this.#hear(member);
    if (first && state === 'Stable' && this.#stable === null) this.#adopt(sample, atMs);
    const story = this.#story;
    story?.applyTimers(sample, atMs, this.#members);
    if (story !== null && story.endedMs === null) this.#endWhereItStands(story, sample, atMs, node);
  }

  /** Its end may have been told by nobody: another coordinator found the group at rest in its log. */
  #endWhereItStands(story: RebalanceStory, sample: GroupSample, atMs: TimestampMs, node: NodeId): void {
    const resting = sample.state === 'Stable' || sample.state === 'Empty';
    if (!resting || node === story.coordinator || story.awaitsSecondRound) return;
    story.after ??= this.#byLabel(assignmentsOf(sample));
    this.#stable = assignmentsOf(sample);
    this.#over(story, atMs);
  }

  /** The first that is heard of it: what members have, they had before. */
  #adopt(sample: GroupSample, atMs: TimestampMs): void {
    this.#stable = assignmentsOf(sample);
    for (const { memberId, assignment } of sample.members) {
      const member = this.#heard.get(memberId);
      if (member === undefined || member.client !== null) continue;
      for (const name of namesOf(assignment)) this.ownership.hold(member.label, name, atMs);
    }
  }

  /** Lines for the event log. */
  applyState(event: GroupStateEvent, atMs: TimestampMs, node: NodeId): void {
    const was = this.#state;
    this.#stale = true;
    // A coordinator that resigns lets go of the group; it lives on with the next one.
    if (event.now === 'Dead') return;
    this.#state = { name: event.now as GroupState, sinceMs: atMs };
    const story = this.#story;
    if (story === null || story.endedMs !== null) {
      if (event.now === 'PreparingRebalance') this.#begin(event, atMs, node, was.sinceMs || atMs);
      return;
    }
    if (story.changeState(event, atMs, node)) {
      this.#stable = new Map();
      story.after = [];
      this.#over(story, atMs);
    } else if (event.now === 'Stable') this.#becomeStable(story, event.generation, atMs);
  }

  #begin(event: GroupStateEvent, atMs: TimestampMs, node: NodeId, wasSinceMs: TimestampMs): void {
    const samples = this.#sample?.members ?? [];
    const story = new RebalanceStory({
      number: (this.#stories.at(-1)?.start.number ?? 0) + 1,
      group: this.id,
      atMs,
      coordinator: node,
      was: event.was as GroupState,
      wasSinceMs,
      fromGeneration: event.generation,
      reason: event.reason,
      before: this.#byLabel(this.#stable ?? new Map()),
      protocol: this.#sample?.protocol ?? null,
      members: samples,
    });
    story.awaitMembers(
      samples.filter(({ memberId }) => this.#stable?.has(memberId) ?? false),
      this.#members,
    );
    for (const { event: request, atMs: cameMs, node: asked } of this.#recent) {
      if (atMs - cameMs <= recentMs && request.api !== 'Heartbeat')
        story.request(request, cameMs, asked, this.#members);
    }
    for (const { event: member, atMs: cameMs } of this.#recentMembers) {
      if (atMs - cameMs <= recentMs) story.changeMember(member, cameMs, this.#members);
    }
    this.#recent = [];
    this.#recentMembers = [];
    this.#stories.push(story);
    for (const dropped of this.#stories.splice(0, this.#stories.length - storiesMax)) this.#told.delete(dropped);
  }

  #becomeStable(story: RebalanceStory, generation: number, atMs: TimestampMs): void {
    const brought = this.#brought;
    const assignments = brought?.generation === generation ? brought.assignments : (this.#stable ?? new Map());
    this.#stable = assignments;
    if (story.settle(this.#byLabel(assignments), atMs)) this.#over(story, atMs);
  }

  #over(story: RebalanceStory, atMs: TimestampMs): void {
    if (story.endedMs === null) story.end(atMs);
    this.#untold.push(story);
    this.#stale = true;
  }

  applyMember(event: GroupMemberEvent, atMs: TimestampMs): void {
    const { member: memberId, instanceId, clientId, action } = event;
    const member = this.#hear({ memberId, instanceId, clientId });
    this.#stale = true;
    const story = this.#story;
    if (story !== null && story.endedMs === null) story.changeMember(event, atMs, this.#members);
    else this.#recentMembers = [...this.#recentMembers.slice(1 - recentMax), { event, atMs }];
    if (action !== 'left' && action !== 'expired') return;
    if (member.client !== null) return this.#lose(member, atMs);
    const sample = this.#sample?.members.find((each) => each.memberId === memberId);
    const heardMs = sample?.sessionDeadlineMs ? sample.sessionDeadlineMs - sample.sessionTimeoutMs : atMs;
    this.ownership.releaseAll(member.label, action === 'left' ? atMs : Math.min(heardMs, atMs));
  }

  /** A lab consumer that is out of the group has nothing, whatever it still tells; its own word may be earlier. */
  #lose(member: StoryMember, atMs: TimestampMs): void {
    if (this.#labelOf(member) === member.label) this.ownership.releaseAll(member.label, atMs);
  }

  applyAssignments(
    generation: number,
    protocol: string | null,
    assignments: readonly { readonly member: MemberId; readonly partitions: readonly TopicPartitions[] | null }[],
  ): void {
    this.#stale = true;
    const byMember = new Map(assignments.map(({ member, partitions }) => [member, partitions ?? []]));
    this.#brought = { generation, assignments: byMember };
    const story = this.#story;
    if (story !== null && story.endedMs === null) story.plan(this.#byLabel(byMember), protocol);
  }

  applyRequest(event: GroupRequestEvent, atMs: TimestampMs, node: NodeId): void {
    const story = this.#story;
    if (event.member !== '' && event.stage === 'answered') {
      this.#hear({ memberId: event.member, instanceId: event.instanceId, clientId: event.clientId });
    }
    if (story !== null && story.request(event, atMs, node, this.#members)) this.#stale = true;
    else {
      this.#recent.push({ event, atMs, node });
      if (this.#recent.length > recentMax) this.#recent.shift();
    }
    this.#consumeAsTold(event, atMs);
  }

  brokerGone(node: NodeId): void {
    if (this.#story?.brokerGone(node)) this.#stale = true;
    this.#recent = this.#recent.filter((each) => each.node !== node);
  }

  /** What a stranger's request says about what it consumes. */
  #consumeAsTold(event: GroupRequestEvent, atMs: TimestampMs): void {
    const member = this.#heard.get(event.member);
    if (member === undefined || member.client !== null) return;
    const { api, stage, error } = event;
    const cooperates = (this.#story?.protocol ?? this.#sample?.protocol) === 'cooperative-sticky';
    if (api === 'JoinGroup' && stage === 'received' && !cooperates) this.ownership.releaseAll(member.label, atMs);
    if (api !== 'SyncGroup' || stage !== 'answered' || error !== null) return;
    const assigned = new Set(namesOf(this.#brought?.assignments.get(event.member) ?? []));
    for (const name of this.ownership.heldBy(member.label)) {
      if (!assigned.has(name)) this.ownership.release(member.label, name, atMs);
    }
    for (const name of assigned) this.ownership.hold(member.label, name, atMs);
  }

  // What follows.

  /** The label of a lab consumer's member in this group; null before it was in it. */
  labelOfClient(client: string): string | null {
    for (const member of this.#heard.values()) {
      if (member.client === client) return member.label;
    }
    return null;
  }

  /** Lines of rebalances whose gap has closed or is not going to; to be asked from time to time. */
  takeLines(nowMs: TimestampMs): readonly LabEventDraft[] {
    const story = this.#story;
    if (story !== null && story.lapse(nowMs)) this.#over(story, story.endedMs ?? nowMs);
    this.#settleRestart(nowMs);
    if (this.#untold.length === 0) return [];
    const ready = this.#untold.filter(({ endedMs }) => endedMs !== null && nowMs - endedMs >= settleMs);
    if (ready.length > 0) this.#untold = this.#untold.filter((each) => !ready.includes(each));
    return ready.map((each) => lineOf(this.#viewOf(each)));
  }

  #settleRestart(nowMs: TimestampMs): void {
    const { ownership } = this;
    const isCounted = this.restarts.settle({
      isResting: this.#state.name === 'Stable' && this.#story?.endedMs !== null,
      isWhole: ownership.isWhole,
      nowMs,
      rebalancesSince: (atMs) => this.#stories.filter(({ start }) => start.atMs >= atMs).length,
      silentMs: (fromMs, toMs) => ownership.silentMs(fromMs, toMs),
    });
    if (isCounted) this.#stale = true;
  }

  get #story(): RebalanceStory | null {
    return this.#stories.at(-1) ?? null;
  }

  get #members() {
    return {
      of: (memberId: MemberId) => {
        const member = this.#heard.get(memberId);
        return member === undefined ? null : { ...member, label: this.#labelOf(member) };
      },
      isGone: (memberId: MemberId) => {
        const member = this.#heard.get(memberId);
        if (member === undefined || member.client === null) return false;
        // Another one has taken its place: this one is the client's former self.
        return this.#labelOf(member) !== member.label || this.#consumers.isGone(member.client);
      },
    };
  }

  /** As of now: a member whose place was taken has another label than before. */
  #labelOf({ memberId, label }: StoryMember): string {
    return this.#labels.known(memberId) ?? label;
  }

  #hear({ memberId, instanceId, clientId }: Pick<GroupMemberSample, 'memberId' | 'instanceId' | 'clientId'>) {
    const client = this.#consumers.clientOf(this.id, clientId);
    const known = this.#heard.get(memberId);
    if (known !== undefined && known.client === client) return known;
    const isLive = (id: MemberId): boolean => this.#sample?.members.some((each) => each.memberId === id) ?? false;
    const label = this.#labels.labelOf({ memberId, instanceId, clientId }, client !== null, isLive);
    const member: StoryMember = { memberId, label, instanceId, client };
    this.#heard.set(memberId, member);
    if (this.#heard.size > membersMax) {
      for (const id of this.#heard.keys()) if (this.#heard.size > membersMax / 2 && !isLive(id)) this.#heard.delete(id);
    }
    return member;
  }

  #byLabel(assignments: Assignments): readonly MemberAssignment[] {
    return [...assignments]
      .map(([memberId, partitions]) => ({ label: this.#heard.get(memberId)?.label ?? memberId, partitions }))
      .sort((a, b) => compareLabels(a.label, b.label));
  }

  #viewOf(story: RebalanceStory): RebalanceView {
    const at = this.#stories.indexOf(story);
    const earlier = this.#stories[at - 1] ?? null;
    const later = this.#stories[at + 1] ?? null;
    const key = `${story.version} ${this.ownership.version} ${later === null} ${story.endedMs}`;
    const told = this.#told.get(story);
    if (told?.key === key) return told.view;
    const view = this.#tell(story, earlier, later);
    this.#told.set(story, { key, view });
    return view;
  }

  #tell(story: RebalanceStory, earlier: RebalanceStory | null, later: RebalanceStory | null): RebalanceView {
    const { number, group, atMs, fromGeneration, reason, before } = story.start;
    const owned = (of: readonly MemberAssignment[] | null) =>
      (of ?? []).flatMap(({ partitions }) => namesOf(partitions));
    const { planned, after, endedMs, toGeneration, protocol, coordinator } = story;
    const partitions = [...new Set([...owned(before), ...owned(planned), ...owned(after)])].sort(compareNames);
    const window = {
      startedMs: atMs,
      endedMs,
      earlierEndedMs: earlier?.endedMs ?? null,
      laterStartedMs: later?.start.atMs ?? null,
      ownedBefore: new Set(owned(before)),
      ownedAfter: new Set(owned(after)),
      partitions,
    };
    return {
      number,
      group,
      startedMs: atMs,
      endedMs,
      fromGeneration,
      toGeneration,
      reason,
      protocol,
      coordinator,
      phases: story.phases,
      members: [...story.members].sort((a, b) => compareLabels(a.label, b.label)),
      before,
      planned,
      after: endedMs === null ? null : after,
      messages: story.messages,
      gaps: gapsOf(window, this.ownership),
    };
  }

  #buildView(sample: GroupSample): GroupView {
    const story = this.#story;
    return {
      id: this.id,
      state: this.#state.name,
      stateSinceMs: this.#state.sinceMs,
      generation: sample.generation,
      protocolType: sample.protocolType,
      protocol: sample.protocol,
      coordinator: this.#coordinator,
      leader: sample.leader,
      members: sample.members.map((member) => this.#memberView(member)).sort((a, b) => compareLabels(a.label, b.label)),
      pendingMembers: sample.pendingMembers,
      rebalanceDeadlineMs: sample.rebalanceDeadlineMs,
      topics: this.#topics(sample),
      offsets: sample.offsets
        .map(({ topic, partition, offset, committedAt }) => ({
          topic,
          partition,
          offset,
          committedMs: committedAt,
          passedMs: this.#ends.passedMs(topic, partition, offset),
        }))
        .sort((a, b) => (a.topic < b.topic ? -1 : Number(a.topic > b.topic) || a.partition - b.partition)),
      rebalance: story === null ? null : this.#viewOf(story),
      restarts: this.restarts.costs,
      sampledMs: this.#sampledMs,
    };
  }

  #memberView(member: GroupMemberSample): GroupMemberView {
    const { memberId, instanceId, clientId, clientHost, awaiting, sessionTimeoutMs, rebalanceTimeoutMs } = member;
    const heard = this.#hear(member);
    return {
      memberId,
      instanceId,
      clientId,
      clientHost,
      client: heard.client,
      label: this.#labelOf(heard),
      awaiting,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      sessionDeadlineMs: member.sessionDeadlineMs,
      protocols: member.protocols,
      assignment: member.assignment,
    };
  }

  #topics(sample: GroupSample): readonly string[] {
    const assigned = sample.members.flatMap(({ assignment }) => assignment.map(({ topic }) => topic));
    const subscribed = this.#consumers.topicsOf(this.id);
    return [
      ...new Set([...sample.topics, ...assigned, ...subscribed, ...sample.offsets.map(({ topic }) => topic)]),
    ].sort();
  }
}

function assignmentsOf(sample: GroupSample): Assignments {
  return new Map(sample.members.map(({ memberId, assignment }) => [memberId, assignment]));
}

/** `c2` before `c10`. */
function compareLabels(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : Number(a > b));
}

function lineOf({ group, number, toGeneration, fromGeneration, gaps, endedMs, startedMs, coordinator }: RebalanceView) {
  const gapMs = gaps.reduce((sum, gap) => sum + (gap.toMs ?? endedMs ?? gap.fromMs) - gap.fromMs, 0);
  const line: LabEventDraft = {
    atMs: endedMs ?? startedMs,
    actor: 'broker',
    node: coordinator,
    kind: 'rebalance',
    source: 'GroupCoordinator',
    args: {
      group,
      number,
      generation: toGeneration ?? fromGeneration,
      gapMs,
      tookMs: (endedMs ?? startedMs) - startedMs,
    },
    change: { of: 'value', was: String(fromGeneration), now: String(toGeneration ?? fromGeneration) },
    metric: 'rebalance-latency-avg',
    tone: 'good',
  };
  return line;
}
