/**
 * How a partition (or the quorum) got a leader: the last that was heard of the old one, the controller's decision, when each
 * node learned of it, the first Fetch and the first Produce that the new one took. The decision's moment is the lab's event;
 * everything else is from calls.
 */
import type { LabEvent, LabEventKind } from '../../contract/events.ts';
import type { LabSnapshot, PartitionView } from '../../contract/snapshot.ts';
import type { LaneId, SpaceTimeBudget, SpaceTimeMark, WireCall } from '../../contract/wire.ts';
import { firstMs } from './join.ts';
import { isOfLab } from './record-story.ts';
import { budgetParts, type Story } from './story.ts';
import { metadataTopic } from './summarize.ts';
import { nodeLane, WireSource, type Past } from './wire-source.ts';

export interface ElectionAbout {
  readonly topic: string;
  readonly partition: number;
  readonly epoch?: number | undefined;
  readonly atMs?: number | undefined;
}

const heardBeforeMs = 30_000;
const takeOverMs = 8000;
/** A picture this much later knows of what was decided; one this much earlier does not. */
const pictureMs = 400;
const nearMs = 60_000;
/** Nodes get the record as soon as it is written; the lab hears when it is committed. */
const newsBeforeMs = 60;
/** Of each client that was turned away. */
const refusalsMax = 3;

type Mark = Omit<SpaceTimeMark, 'number'>;
type Told = { source: WireSource; story: Story } | null;

export function electionStory(past: Past, about: ElectionAbout): Told {
  const event = findElection(past, about);
  if (event === null) return null;
  const picture = past.moment(event.atMs + pictureMs);
  const before = past.moment(event.atMs - pictureMs);
  if (picture === null) return null;
  const source = new WireSource(past, picture);
  if (about.topic === metadataTopic) return quorumStory(source, event);
  return partitionStory(source, about, event, before);
}

/** The event that tells of it. Many partitions at once are one event without their names. */
function findElection(past: Past, { topic, partition, epoch, atMs }: ElectionAbout): LabEvent | null {
  const isQuorum = topic === metadataTopic;
  const kinds: LabEventKind[] = isQuorum ? ['quorum-leader'] : ['leader-changed', 'partitions-changed'];
  const around = atMs === undefined ? {} : { fromMs: Math.max(0, atMs - nearMs), toMs: atMs + nearMs };
  const events = past.events({ kinds, ...around, limit: 2000 }).filter(({ kind, args }) => {
    if (isQuorum) return epoch === undefined || args['epoch'] === epoch;
    if (kind === 'partitions-changed') return epoch === undefined && Number(args['leaders'] ?? 1) > 0;
    return (
      args['topic'] === topic && args['partition'] === partition && (epoch === undefined || args['epoch'] === epoch)
    );
  });
  if (atMs === undefined) return events.at(-1) ?? null;
  return events.reduce<LabEvent | null>(
    (best, each) => (best === null || Math.abs(each.atMs - atMs) < Math.abs(best.atMs - atMs) ? each : best),
    null,
  );
}

function partitionOf(picture: LabSnapshot | null, { topic, partition }: ElectionAbout): PartitionView | undefined {
  return picture?.partitions.find((each) => each.topic === topic && each.partition === partition);
}

function partitionStory(source: WireSource, about: ElectionAbout, event: LabEvent, before: LabSnapshot | null): Told {
  const now = partitionOf(source.picture, about);
  if (now === undefined || now.leader < 0) return null;
  const was = partitionOf(before, about)?.leader ?? now.leaderWas;
  const old = was === null || was < 0 || was === now.leader ? null : nodeLane(was);
  const calls = source.calls(event.atMs - heardBeforeMs, event.atMs + takeOverMs);
  const telling = new ElectionTelling(source, about, calls, { event, now, old });
  return { source, story: telling.story() };
}

interface Election {
  readonly event: LabEvent;
  readonly now: PartitionView;
  readonly old: LaneId | null;
}

class ElectionTelling {
  readonly #about: ElectionAbout;
  readonly #calls: readonly WireCall[];
  readonly #election: Election;
  readonly #controller: LaneId | null;
  readonly #leader: LaneId;
  readonly #picture: LabSnapshot;
  readonly #source: WireSource;
  readonly #marks: Mark[] = [];
  readonly #shown: WireCall[] = [];

  constructor(source: WireSource, about: ElectionAbout, calls: readonly WireCall[], election: Election) {
    this.#source = source;
    this.#picture = source.picture;
    this.#about = about;
    this.#calls = calls.filter(({ from }) => !isOfLab(from));
    this.#election = election;
    this.#leader = nodeLane(election.now.leader);
    const controller = this.#picture.quorum?.leader ?? null;
    this.#controller = controller === null ? null : nodeLane(controller);
  }

  story(): Story {
    const { event, now } = this.#election;
    const electedMs = event.atMs;
    const heardMs = this.#lastHeard(electedMs);
    this.#fenced(electedMs);
    const lane = this.#controller ?? this.#leader;
    this.#marks.push({
      step: 'elected',
      lane,
      atMs: electedMs,
      args: { leader: now.leader, epoch: now.leaderEpoch },
      call: null,
    });
    this.#learned(electedMs);
    this.#refusals(electedMs);
    this.#firstFetches(electedMs);
    const writesMs = this.#firstProduce(electedMs);
    const times = [...this.#shown.map((call) => firstMs(call)), ...this.#marks.map(({ atMs }) => atMs)];
    const fromMs = Math.min(...times);
    const toMs = Math.max(...times);
    const originMs = heardMs ?? electedMs;
    const roles = this.#roles();
    const budgets = this.#budgets(heardMs, electedMs, writesMs);
    return { originMs, fromMs, toMs, calls: this.#shown, marks: this.#marks, waits: [], budgets, record: null, roles };
  }

  #show(call: WireCall): void {
    if (!this.#shown.includes(call)) this.#shown.push(call);
  }

  #mark(step: Mark['step'], lane: LaneId, atMs: number | null, args: Mark['args'], call: WireCall): void {
    this.#show(call);
    if (atMs !== null) this.#marks.push({ step, lane, atMs, args, call: call.id });
  }

  #subjectOf(call: WireCall): WireCall['subjects'][number] | undefined {
    const { topic, partition } = this.#about;
    return call.subjects.find((each) => each.topic === topic && each.partition === partition);
  }

  /** Of the old leader, by the controller. */
  #lastHeard(electedMs: number): number | null {
    const { old } = this.#election;
    const last = this.#calls.findLast(
      ({ api, from, arrivedMs, answeredMs }) =>
        api === 'BrokerHeartbeat' &&
        from === old &&
        answeredMs !== null &&
        arrivedMs !== null &&
        arrivedMs <= electedMs,
    );
    if (last === undefined || old === null) return null;
    this.#mark('last-heard', last.to, last.arrivedMs, { node: nodeOf(old) }, last);
    return last.arrivedMs;
  }

  /** The lab's own event; no call tells it. */
  #fenced(electedMs: number): void {
    const { old } = this.#election;
    const events = this.#source.past.events({
      fromMs: electedMs - 1000,
      toMs: electedMs + 200,
      kinds: ['broker-fenced'],
      limit: 20,
    });
    const event = events.find(({ args }) => old !== null && Number(args['node']) === Number(nodeOf(old)));
    if (event === undefined || this.#controller === null || old === null) return;
    this.#marks.push({
      step: 'fenced',
      lane: this.#controller,
      atMs: Math.min(event.atMs, electedMs),
      args: { node: nodeOf(old) },
      call: null,
    });
  }

  /** The first records of the metadata log that each node got after the decision; what carried them was asked for before. */
  #learned(electedMs: number): void {
    const told = new Set<LaneId>();
    for (const call of this.#calls) {
      const { api, from, answeredMs, receivedMs, class: kind } = call;
      const isNews =
        api === 'Fetch' && kind === 'quorum' && answeredMs !== null && answeredMs >= electedMs - newsBeforeMs;
      if (!isNews || told.has(from) || !this.#election.now.replicas.some((node) => nodeLane(node) === from)) continue;
      told.add(from);
      this.#mark('learned', from, receivedMs, { node: nodeOf(from) }, call);
    }
    for (const call of this.#calls) {
      const asks = call.api === 'Metadata' && !call.from.startsWith('node-') && (call.answeredMs ?? 0) >= electedMs;
      if (!asks || told.has(call.from) || this.#subjectOf(call)?.leader !== this.#election.now.leader) continue;
      told.add(call.from);
      this.#mark('learned', call.from, call.receivedMs, { node: nodeOf(call.from) }, call);
    }
  }

  /** Requests for the partition that failed around it, a few of each caller. */
  #refusals(electedMs: number): void {
    const count = new Map<LaneId, number>();
    for (const call of this.#calls) {
      const isData = call.api === 'Produce' || call.api === 'Fetch';
      const isHere =
        this.#subjectOf(call)?.error != null || (call.error !== null && this.#subjectOf(call) !== undefined);
      const n = count.get(call.from) ?? 0;
      if (
        !isData ||
        !isHere ||
        call.error === null ||
        n >= refusalsMax ||
        Math.abs(firstMs(call) - electedMs) > takeOverMs
      )
        continue;
      count.set(call.from, n + 1);
      this.#show(call);
    }
  }

  #firstFetches(electedMs: number): void {
    const seen = new Set<LaneId>();
    for (const call of this.#calls) {
      const isIt =
        call.api === 'Fetch' &&
        call.to === this.#leader &&
        (call.arrivedMs ?? 0) >= electedMs &&
        call.class !== 'quorum';
      if (!isIt || seen.has(call.from) || this.#subjectOf(call) === undefined || call.error !== null) continue;
      seen.add(call.from);
      const args = { node: nodeOf(call.from), leader: this.#election.now.leader };
      this.#mark('first-fetch', call.to, call.arrivedMs, args, call);
    }
  }

  /** When the new leader's first acknowledgement left it; null when nobody wrote. */
  #firstProduce(electedMs: number): number | null {
    const seen = new Set<LaneId>();
    let first: number | null = null;
    for (const call of this.#calls) {
      const isIt = call.api === 'Produce' && call.to === this.#leader && (call.arrivedMs ?? 0) >= electedMs;
      if (!isIt || seen.has(call.from) || this.#subjectOf(call) === undefined || call.error !== null) continue;
      seen.add(call.from);
      const atMs = call.answeredMs ?? call.arrivedMs;
      first = first === null || (atMs !== null && atMs < first) ? atMs : first;
      this.#mark(
        'first-produce',
        call.to,
        atMs,
        { client: nodeOf(call.from), leader: this.#election.now.leader },
        call,
      );
    }
    return first;
  }

  #budgets(heardMs: number | null, electedMs: number, writesMs: number | null): SpaceTimeBudget[] {
    if (heardMs === null) return [];
    const parts = budgetParts(heardMs, [
      { kind: 'detect', atMs: electedMs },
      { kind: 'take-over', atMs: writesMs },
    ]);
    return [{ until: 'elected', fromMs: heardMs, toMs: writesMs ?? electedMs, parts }];
  }

  #roles(): Story['roles'] {
    const { now } = this.#election;
    const roles = new Map<
      LaneId,
      { role: 'leader' | 'follower' | 'controller' | 'producer' | 'consumer'; epoch: number | null }
    >();
    if (this.#controller !== null) roles.set(this.#controller, { role: 'controller', epoch: null });
    for (const node of now.replicas)
      if (!roles.has(nodeLane(node))) roles.set(nodeLane(node), { role: 'follower', epoch: null });
    roles.set(this.#leader, { role: 'leader', epoch: now.leaderEpoch });
    for (const { id } of this.#picture.producers) roles.set(`client-${id}`, { role: 'producer', epoch: null });
    for (const { id } of this.#picture.consumers) roles.set(`client-${id}`, { role: 'consumer', epoch: null });
    return roles;
  }
}

const votesBeforeMs = 6000;

/** Votes of the controllers: who asked, who gave, who won, who was told. */
function quorumStory(source: WireSource, event: LabEvent): Told {
  const electedMs = event.atMs;
  const calls = source
    .calls(electedMs - votesBeforeMs, electedMs + takeOverMs / 2)
    .filter(({ api }) => api === 'Vote' || api === 'BeginQuorumEpoch' || api === 'EndQuorumEpoch');
  const leader = source.picture.quorum?.leader ?? null;
  const lane = leader === null ? null : nodeLane(leader);
  const epoch = Number(event.args['epoch'] ?? source.picture.quorum?.epoch ?? 0);
  const marks: Mark[] = [];
  const asked = new Set<string>();
  for (const call of calls) {
    if (call.fields['preVote'] === 'true') continue;
    const ofEpoch = call.fields['replicaEpoch'] ?? call.subjects[0]?.leaderEpoch ?? epoch;
    const candidacy = `${call.from} ${ofEpoch}`;
    if (call.api === 'Vote' && !asked.has(candidacy) && call.sentMs !== null) {
      asked.add(candidacy);
      marks.push({
        step: 'vote-asked',
        lane: call.from,
        atMs: call.sentMs,
        args: { node: nodeOf(call.from), epoch: ofEpoch },
        call: call.id,
      });
    }
    if (call.api === 'Vote' && call.fields['voteGranted'] === 'true' && call.receivedMs !== null) {
      marks.push({
        step: 'vote-won',
        lane: call.from,
        atMs: call.receivedMs,
        args: { node: nodeOf(call.from), voter: nodeOf(call.to) },
        call: call.id,
      });
    }
    if (call.api === 'BeginQuorumEpoch' && call.arrivedMs !== null) {
      marks.push({
        step: 'learned',
        lane: call.to,
        atMs: call.arrivedMs,
        args: { node: nodeOf(call.to) },
        call: call.id,
      });
    }
  }
  if (lane !== null)
    marks.push({ step: 'elected', lane, atMs: electedMs, args: { leader: nodeOf(lane), epoch }, call: null });
  const times = [...calls.map((call) => firstMs(call)), electedMs];
  const fromMs = Math.min(...times);
  const roles: Story['roles'] = new Map(lane === null ? [] : [[lane, { role: 'controller' as const, epoch }]]);
  const story: Story = {
    originMs: fromMs,
    fromMs,
    toMs: Math.max(...times),
    calls,
    marks,
    waits: [],
    budgets: [],
    record: null,
    roles,
  };
  return { source, story };
}

function nodeOf(lane: LaneId): string {
  return lane.slice(lane.indexOf('-') + 1);
}
