/**
 * One record's way, from calls alone: the Produce that carried it, each follower's Fetch that brought it and the next one
 * that told the leader, the answer, the Fetch that took it to a consumer, the OffsetCommit beyond it. The append of a
 * follower is known by its next Fetch, the high watermark by who had fetched beyond the record when the first answer told of
 * it. What no call tells is left out.
 */
import type { ConsumerView } from '../../contract/clients.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type {
  LaneId,
  SpaceTimeBudget,
  SpaceTimeMark,
  SpaceTimeRecord,
  WireCall,
  WireSubject,
} from '../../contract/wire.ts';
import { firstMs, lastMs } from './join.ts';
import { budgetParts, wait, type BudgetPart, type Story } from './story.ts';
import { holds, nodeLane, type WireSource } from './wire-source.ts';

export interface RecordAbout {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** How far after the append its followers, readers and commits are looked for. */
const looks = [1500, 6500, 32_000] as const;
const attemptsMs = 130_000;
const readersMax = 3;

type Mark = Omit<SpaceTimeMark, 'number'>;

export function recordStory(source: WireSource, about: RecordAbout): Story | null {
  const produce = source.produceOf(about.topic, about.partition, about.offset).find(({ error }) => error === null);
  if (produce === undefined) return null;
  const startMs = firstMs(produce);
  let story: Story | null = null;
  for (const ms of looks) {
    source.leftOut = 0;
    const told = new RecordTelling(source, about, produce, source.calls(startMs - 200, startMs + ms));
    story = told.story();
    if (told.isComplete) break;
  }
  return story;
}

class RecordTelling {
  readonly #about: RecordAbout;
  readonly #produce: WireCall;
  readonly #picture: LabSnapshot;
  readonly #calls: readonly WireCall[];
  readonly #leader: LaneId;
  readonly #marks: Mark[] = [];
  /** In the diagram, besides what is marked. */
  readonly #shown: WireCall[] = [];
  #committed = false;

  constructor(source: WireSource, about: RecordAbout, produce: WireCall, calls: readonly WireCall[]) {
    this.#picture = source.picture;
    this.#about = about;
    // The same call among those of the time: ids are of one reading.
    this.#produce = calls.find((call) => isSame(call, produce)) ?? produce;
    this.#calls = calls.includes(this.#produce) ? calls : [this.#produce, ...calls];
    this.#leader = produce.to;
  }

  /** Nothing more would come: there is a commit, or nobody who could read. */
  get isComplete(): boolean {
    return this.#committed || !this.#picture.consumers.some(({ state }) => state === 'running' || state === 'frozen');
  }

  story(): Story {
    const subject = this.#subjectOf(this.#produce)!;
    const { sentMs, arrivedMs, handledMs, answeredMs, receivedMs, from, to } = this.#produce;
    const sentAt = this.#sendTime(subject);
    const leftMs = subject.drainedMs ?? sentMs;
    this.#show(...this.#attempts(subject), this.#produce);
    if (sentAt !== null) this.#mark('sent', from, sentAt, {}, null);
    if (leftMs !== null) this.#mark('drained', from, leftMs, this.#drainArgs(subject), this.#produce);
    const leaderArgs = { node: to.replace('node-', ''), logEnd: (subject.lastOffset ?? 0) + 1 };
    if (handledMs !== null) this.#mark('appended-leader', to, handledMs, leaderArgs, this.#produce);
    const replicated = this.#followers();
    const acks = acksOf(this.#produce);
    const readableMs = this.#highWatermark(replicated, acks);
    if (receivedMs !== null && acks !== '0') this.#mark('acked', from, receivedMs, { acks: acks ?? '' }, this.#produce);
    const commitBudgets = this.#readers(sentAt ?? leftMs ?? firstMs(this.#produce), readableMs);
    const waits = [
      ...wait('accumulator', from, sentAt, leftMs),
      ...wait('in-flight', from, sentMs, receivedMs),
      ...wait('append', to, arrivedMs, handledMs),
      ...(acks === 'all' ? wait('delayed-produce', to, handledMs, answeredMs) : []),
      ...replicated.flatMap(({ carried, next }) =>
        wait('append', carried.from, carried.receivedMs, next?.sentMs ?? null),
      ),
    ];
    const times = [
      ...this.#shown.flatMap((call) => [firstMs(call), lastMs(call)]),
      ...this.#marks.map(({ atMs }) => atMs),
    ];
    return {
      originMs: sentAt ?? leftMs ?? firstMs(this.#produce),
      fromMs: Math.min(...times),
      toMs: Math.max(...times),
      calls: this.#shown,
      marks: this.#marks,
      waits,
      budgets: [...this.#ackBudget(subject, sentAt, acks), ...commitBudgets],
      record: this.#record(subject, acks),
      roles: this.#roles(subject),
    };
  }

  #mark(step: Mark['step'], lane: LaneId, atMs: number, args: Mark['args'], call: WireCall | null): void {
    this.#marks.push({ step, lane, atMs, args, call: call?.id ?? null });
  }

  #show(...calls: readonly WireCall[]): void {
    for (const call of calls) if (!this.#shown.includes(call)) this.#shown.push(call);
  }

  #subjectOf(call: WireCall): WireSubject | undefined {
    const { topic, partition } = this.#about;
    return call.subjects.find((each) => each.topic === topic && each.partition === partition);
  }

  /** The record's create time, which a lab producer sets in `send()`. Strangers' clocks are their own. */
  #sendTime({ baseOffset, timestamps, firstTimestampMs, lastOffset, maxTimestampMs }: WireSubject): number | null {
    if (!this.#produce.from.startsWith('client-') || firstTimestampMs === null || baseOffset === null) return null;
    const { offset } = this.#about;
    const isLast = offset === lastOffset && maxTimestampMs !== null;
    const sinceFirst = timestamps?.[offset - baseOffset] ?? (offset === baseOffset ? 0 : null);
    const atMs = sinceFirst !== null ? firstTimestampMs + sinceFirst : isLast ? maxTimestampMs : null;
    const isBefore = atMs !== null && (this.#produce.sentMs === null || atMs <= this.#produce.sentMs);
    return isBefore ? atMs : null;
  }

  #drainArgs({ records, drainedBy }: WireSubject): Mark['args'] {
    return { records: records ?? 1, ...(drainedBy === null ? {} : { reason: drainedBy }) };
  }

  /** Earlier requests with the same batch: they failed, or their answer was lost. */
  #attempts({ baseSequence, producerId }: WireSubject): WireCall[] {
    if (baseSequence === null || baseSequence < 0) return [];
    const startMs = firstMs(this.#produce);
    const isSameBatch = (call: WireCall): boolean => {
      const subject = this.#subjectOf(call);
      return subject?.baseSequence === baseSequence && subject.producerId === producerId;
    };
    return this.#calls.filter(
      (call) =>
        call.api === 'Produce' && call !== this.#produce && isSameBatch(call) && startMs - firstMs(call) < attemptsMs,
    );
  }

  /** For each follower: the Fetch whose answer brought the record, and the next one, which begins beyond it. */
  #followers(): { carried: WireCall; next: WireCall | null }[] {
    const { offset } = this.#about;
    const fetches = this.#calls.filter((call) => call.api === 'Fetch' && call.to === this.#leader && isNode(call.from));
    const found: { carried: WireCall; next: WireCall | null }[] = [];
    for (const carried of fetches) {
      const subject = this.#subjectOf(carried);
      if (subject === undefined || !holds(subject, offset)) continue;
      if (found.some(({ carried: { from } }) => from === carried.from)) continue;
      const next = fetches.find(
        (call) => call.from === carried.from && firstMs(call) > firstMs(carried) && this.#isBeyond(call),
      );
      found.push({ carried, next: next ?? null });
      this.#show(carried, ...(next === undefined ? [] : [next]));
      const node = carried.from.replace('node-', '');
      if (next?.sentMs != null) this.#mark('appended-follower', carried.from, next.sentMs, { node }, next);
    }
    return found;
  }

  #isBeyond(call: WireCall): boolean {
    const fetchOffset = this.#subjectOf(call)?.fetchOffset ?? null;
    return fetchOffset !== null && fetchOffset > this.#about.offset;
  }

  /** The moment from which the leader let it be read; null when no call tells. */
  #highWatermark(replicated: readonly { next: WireCall | null }[], acks: SpaceTimeRecord['acks']): number | null {
    const { offset } = this.#about;
    const told = this.#calls
      .filter((call) => call.api === 'Fetch' && call.to === this.#leader && call.answeredMs !== null)
      .filter((call) => (this.#subjectOf(call)?.highWatermark ?? 0) > offset)
      .map((call) => ({ call, atMs: call.answeredMs! }));
    const { answeredMs } = this.#produce;
    if (acks === 'all' && answeredMs !== null) told.push({ call: this.#produce, atMs: answeredMs });
    const evidence = told.reduce<(typeof told)[number] | null>(
      (min, each) => (min === null || each.atMs < min.atMs ? each : min),
      null,
    );
    if (evidence === null) return null;
    const arrivals = replicated.flatMap(({ next }) =>
      next?.arrivedMs != null && next.arrivedMs <= evidence.atMs ? [next] : [],
    );
    const last = arrivals.reduce<WireCall | null>(
      (max, each) => (max === null || each.arrivedMs! > max.arrivedMs! ? each : max),
      null,
    );
    const atMs = last?.arrivedMs ?? this.#produce.handledMs;
    if (atMs === null) return null;
    const partition = this.#partition();
    const isr = partition === undefined ? {} : { isr: partition.isr.join(', ') };
    const subject = this.#subjectOf(evidence.call === this.#produce ? this.#produce : evidence.call);
    const mark = evidence.call === this.#produce ? offset + 1 : (subject?.highWatermark ?? offset + 1);
    this.#mark('high-watermark', this.#leader, atMs, { highWatermark: mark, ...isr }, last ?? this.#produce);
    if (evidence.call !== this.#produce) this.#show(evidence.call);
    return atMs;
  }

  /** The first Fetch that took it to each reader, and the first commit beyond it by the same one. */
  #readers(originMs: number, readableMs: number | null): SpaceTimeBudget[] {
    const { offset } = this.#about;
    const budgets: SpaceTimeBudget[] = [];
    const seen = new Set<LaneId>();
    for (const fetch of this.#calls) {
      const subject = this.#subjectOf(fetch);
      if (fetch.api !== 'Fetch' || isNode(fetch.from) || subject === undefined || !holds(subject, offset)) continue;
      if (seen.has(fetch.from) || isOfLab(fetch.from) || seen.size === readersMax) continue;
      seen.add(fetch.from);
      this.#show(fetch);
      const client = this.#labelOf(fetch.from);
      if (fetch.receivedMs !== null) {
        this.#mark('read', fetch.from, fetch.receivedMs, { client, records: subject.records ?? 1 }, fetch);
      }
      const commit = this.#commitOf(fetch);
      if (commit === undefined) continue;
      this.#committed = true;
      this.#show(commit);
      const partition = `${this.#about.topic}-${this.#about.partition}`;
      const atMs = commit.answeredMs ?? commit.receivedMs;
      const committed = this.#subjectOf(commit)?.committed ?? offset + 1;
      if (atMs !== null) this.#mark('committed', commit.to, atMs, { client, partition, offset: committed }, commit);
      if (atMs !== null && budgets.length === 0)
        budgets.push(this.#commitBudget(originMs, readableMs, fetch, commit, atMs));
    }
    return budgets;
  }

  #commitOf(fetch: WireCall): WireCall | undefined {
    return this.#calls.find((call) => {
      if (call.api !== 'OffsetCommit' || call.from !== fetch.from || call.error !== null) return false;
      return (
        firstMs(call) >= (fetch.receivedMs ?? firstMs(fetch)) &&
        (this.#subjectOf(call)?.committed ?? -1) > this.#about.offset
      );
    });
  }

  #consumerOf(lane: LaneId): ConsumerView | undefined {
    return this.#picture.consumers.find(({ id }) => lane === `client-${id}`);
  }

  #labelOf(lane: LaneId): string {
    const name = lane.slice(lane.indexOf('-') + 1);
    const members = this.#picture.groups.flatMap((group) => group.members);
    return members.find(({ client }) => client === name)?.label ?? name;
  }

  #partition(): LabSnapshot['partitions'][number] | undefined {
    const { topic, partition } = this.#about;
    return this.#picture.partitions.find((each) => each.topic === topic && each.partition === partition);
  }

  #ackBudget(subject: WireSubject, sentAt: number | null, acks: SpaceTimeRecord['acks']): SpaceTimeBudget[] {
    const { sentMs, arrivedMs, handledMs, answeredMs, receivedMs, from } = this.#produce;
    const fromMs = sentAt ?? subject.drainedMs ?? sentMs;
    if (fromMs === null || receivedMs === null || acks === '0') return [];
    const producer = this.#picture.producers.find(({ id }) => from === `client-${id}`);
    const lingerMs = producer?.effective['linger.ms'];
    const linger =
      subject.drainedBy === 'linger' && lingerMs !== undefined ? { name: 'linger.ms', value: lingerMs } : null;
    const parts = budgetParts(fromMs, [
      { kind: 'accumulator', atMs: sentMs, config: linger },
      { kind: 'request', atMs: arrivedMs },
      { kind: 'append', atMs: handledMs },
      { kind: acks === 'all' ? 'replicate' : 'response', atMs: answeredMs },
      { kind: 'response', atMs: receivedMs },
    ]);
    return [{ until: 'acked', fromMs, toMs: receivedMs, parts }];
  }

  #commitBudget(
    fromMs: number,
    readableMs: number | null,
    fetch: WireCall,
    commit: WireCall,
    toMs: number,
  ): SpaceTimeBudget {
    const consumer = this.#consumerOf(fetch.from);
    const interval = consumer?.effective['auto.commit.interval.ms'];
    const isAuto = consumer?.settings.commit === 'auto' && interval !== undefined;
    const config: BudgetPart['config'] = isAuto ? { name: 'auto.commit.interval.ms', value: interval } : null;
    const parts = budgetParts(fromMs, [
      { kind: 'replicate', atMs: readableMs },
      { kind: 'wait-for-fetch', atMs: fetch.receivedMs },
      { kind: 'wait-for-commit', atMs: commit.sentMs ?? commit.arrivedMs, config },
      { kind: 'commit', atMs: toMs },
    ]);
    return { until: 'committed', fromMs, toMs, parts };
  }

  #record(subject: WireSubject, acks: SpaceTimeRecord['acks']): SpaceTimeRecord {
    const { topic, partition, offset } = this.#about;
    const baseOffset = subject.baseOffset ?? offset;
    const baseSequence = subject.baseSequence ?? -1;
    const node = Number(this.#leader.replace('node-', ''));
    return {
      topic,
      partition,
      offset,
      baseOffset,
      lastOffset: subject.lastOffset ?? offset,
      leader: Number.isInteger(node) ? node : null,
      producerId: subject.producerId ?? -1,
      sequence: baseSequence < 0 ? -1 : (baseSequence + offset - baseOffset) % 2 ** 31,
      acks,
    };
  }

  #roles(subject: WireSubject): Story['roles'] {
    const roles = new Map<
      LaneId,
      { role: 'leader' | 'follower' | 'coordinator' | 'producer' | 'consumer'; epoch: number | null }
    >();
    const partition = this.#partition();
    for (const node of partition?.replicas ?? []) roles.set(nodeLane(node), { role: 'follower', epoch: null });
    const epoch =
      subject.leaderEpoch ??
      (partition !== undefined && nodeLane(partition.leader) === this.#leader ? partition.leaderEpoch : null);
    roles.set(this.#leader, { role: 'leader', epoch });
    roles.set(this.#produce.from, { role: 'producer', epoch: null });
    for (const { api, from, to } of this.#shown) {
      if (api === 'Fetch' && !isNode(from)) roles.set(from, { role: 'consumer', epoch: null });
      if (api === 'OffsetCommit' && !roles.has(to)) roles.set(to, { role: 'coordinator', epoch: null });
    }
    return roles;
  }
}

/** Of two readings, one of which may know less. */
function isSame(a: WireCall, b: WireCall): boolean {
  if (a.api !== b.api || a.correlationId !== b.correlationId || a.from !== b.from || a.to !== b.to) return false;
  return (a.sentMs !== null && a.sentMs === b.sentMs) || (a.arrivedMs !== null && a.arrivedMs === b.arrivedMs);
}

function isNode(lane: LaneId): boolean {
  return lane.startsWith('node-');
}

/** The lab reads, too: for its window and its ledger. */
export function isOfLab(lane: LaneId): boolean {
  return lane.startsWith('other-brokerlab');
}

function acksOf({ fields }: WireCall): SpaceTimeRecord['acks'] {
  const { acks } = fields;
  return acks === -1 ? 'all' : acks === 1 ? '1' : acks === 0 ? '0' : null;
}
