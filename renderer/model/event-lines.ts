/**
 * Events as the log shows them: newest first, by the time at which they happened. Above twenty a second equal ones become
 * one line with a count, and what a node repeats word by word (the same warning every second) is one line at any rate.
 * Events are kept by the second, so that adding one costs the same however many there are, and only seconds that changed
 * are made into lines again.
 */
import type { LabEvent, LabEventKind } from '../../engine/contract/events.ts';
import type { GlyphName } from '../design/glyphs.ts';

export interface EventLine {
  /** The newest of those that this line stands for. */
  readonly event: LabEvent;
  /** How many events this line stands for. */
  readonly count: number;
}

/** A second with more events than this is folded. */
const foldAbove = 20;
/** Equal events of a folded second become one line when there are at least so many. */
const foldFrom = 4;
/** A second has no more sorts of events than this; what comes after is told by its kind alone. */
const sortsMax = 40;
/** The same words again within this are a repetition. */
const repeatWithinMs = 10_000;
/** Sentences that are watched for repetition; the oldest are forgotten. */
const repeatsMax = 200;

interface Sort {
  newest: LabEvent;
  count: number;
  /** The first ones, fewer than `foldFrom`: for lines of their own. */
  readonly first: LabEvent[];
}
interface Repeat {
  newest: LabEvent;
  count: number;
}
interface Second {
  count: number;
  /** All, as long as they are not too many to show. */
  readonly events: LabEvent[];
  readonly sorts: Map<string, Sort>;
  /** What is repeated word by word, in the second of its newest. */
  readonly repeats: Set<Repeat>;
  /** Null: to be made again. */
  lines: readonly EventLine[] | null;
}

export class EventLines {
  readonly #seconds = new Map<number, Second>();
  readonly #repeats = new Map<string, Repeat>();
  readonly #linesMax: number;
  #lines: readonly EventLine[] | null = null;

  constructor(linesMax: number) {
    this.#linesMax = linesMax;
  }

  /** Events may come in any order: nodes tell on threads of their own, and history comes last. */
  add(event: LabEvent): void {
    if (repeating.has(event.kind)) return this.#addRepeat(event);
    const second = this.#secondOf(event);
    second.count += 1;
    if (second.events.length < foldAbove) second.events.push(event);
    addToSorts(second.sorts, event);
  }

  /** Its line moves along with the newest. */
  #addRepeat(event: LabEvent): void {
    const key = wordsOf(event);
    let repeat = this.#repeats.get(key);
    if (repeat === undefined || Math.abs(event.atMs - repeat.newest.atMs) > repeatWithinMs) {
      repeat = { newest: event, count: 0 };
    } else {
      this.#secondOf(repeat.newest).repeats.delete(repeat);
      if (isAfter(event, repeat.newest)) repeat.newest = event;
    }
    repeat.count += 1;
    this.#secondOf(repeat.newest).repeats.add(repeat);
    this.#repeats.delete(key);
    this.#repeats.set(key, repeat);
    const oldest = this.#repeats.keys().next().value;
    if (this.#repeats.size > repeatsMax && oldest !== undefined) this.#repeats.delete(oldest);
  }

  /** To be made into lines again. */
  #secondOf({ atMs }: LabEvent): Second {
    const at = Math.floor(atMs / 1000);
    let second = this.#seconds.get(at);
    if (second === undefined) {
      second = { count: 0, events: [], sorts: new Map(), repeats: new Set(), lines: null };
      this.#seconds.set(at, second);
    }
    second.lines = null;
    this.#lines = null;
    return second;
  }

  /** Newest first. Beyond the limit the oldest seconds are gone for good. */
  lines(): readonly EventLine[] {
    if (this.#lines !== null) return this.#lines;
    const lines: EventLine[] = [];
    for (const at of [...this.#seconds.keys()].sort((a, b) => b - a)) {
      const second = this.#seconds.get(at);
      if (second === undefined) continue;
      if (lines.length >= this.#linesMax) this.#seconds.delete(at);
      else lines.push(...(second.lines ??= linesOf(second)));
    }
    this.#lines = lines;
    return lines;
  }
}

function addToSorts(sorts: Map<string, Sort>, event: LabEvent): void {
  const sort = foldKey(event);
  const key = sorts.has(sort) || sorts.size < sortsMax ? sort : event.kind;
  const found = sorts.get(key);
  if (found === undefined) {
    sorts.set(key, { newest: event, count: 1, first: [event] });
    return;
  }
  found.count += 1;
  if (isAfter(event, found.newest)) found.newest = event;
  if (found.first.length < foldFrom - 1) found.first.push(event);
}

function linesOf(second: Second): readonly EventLine[] {
  const lines: EventLine[] = [...second.repeats].map(({ newest, count }) => ({ event: newest, count }));
  if (second.count <= foldAbove) lines.push(...second.events.map((event) => ({ event, count: 1 })));
  else {
    for (const { newest, count, first } of second.sorts.values()) {
      if (count >= foldFrom) lines.push({ event: newest, count });
      else lines.push(...first.map((event) => ({ event, count: 1 })));
    }
  }
  return lines.sort((a, b) => (isAfter(a.event, b.event) ? -1 : 1));
}

/** What tells of a trouble that goes on. */
const repeating: ReadonlySet<LabEventKind> = new Set<LabEventKind>(['log', 'client-fault', 'connection-closed']);

function wordsOf({ kind, actor, node, source, args, change }: LabEvent): string {
  return JSON.stringify([kind, actor, node, source, args, change]);
}

function isAfter(a: LabEvent, b: LabEvent): boolean {
  return a.atMs > b.atMs || (a.atMs === b.atMs && a.id > b.id);
}

/** What makes two events equal to a reader: offsets differ every time, states do not. */
function foldKey({ kind, actor, node, args, change }: LabEvent): string {
  const became = change === null || change.of === 'offset' ? '' : `${change.was} ${change.now}`;
  return `${kind} ${actor} ${node} ${args['client'] ?? ''} ${became}`;
}

/** Shape and colour of the line's actor. */
export function eventMark(event: LabEvent): { readonly glyph: GlyphName; readonly colour: string } {
  if (event.actor === 'you') return { glyph: 'flag', colour: event.tone === 'fault' ? 'c-fault' : 'c-acc' };
  const colour = { plain: 'mid', good: 'c-in', notice: 'mid', warning: 'c-out', fault: 'c-fault' }[event.tone];
  if (event.tone === 'fault') return { glyph: 'dead', colour };
  if (event.kind === 'broker-fenced') return { glyph: 'fenced', colour };
  if (event.actor === 'controller') return { glyph: 'leader', colour: event.tone === 'plain' ? 'c-lead' : colour };
  // A client is told from a broker by its shape: it is outside of the cluster.
  if (event.actor === 'client') return { glyph: event.tone === 'warning' ? 'out-of-sync' : 'arrow', colour };
  return { glyph: event.tone === 'warning' ? 'catching-up' : 'in-sync', colour };
}

export const eventTopics = ['faults', 'leaders', 'groups', 'clients', 'traffic'] as const;
/** What the log can be narrowed to. */
export type EventTopic = (typeof eventTopics)[number];

/** Every kind is in one topic, so that no line can be hidden by all of them. */
const topicOfKind: Readonly<Record<LabEventKind, EventTopic>> = {
  command: 'faults',
  fault: 'faults',
  process: 'faults',
  lifecycle: 'faults',
  problem: 'faults',
  'problem-solved': 'faults',
  'lab-time': 'faults',
  'scenario-step': 'faults',
  'scenario-verdict': 'faults',
  'scenario-run': 'faults',
  'broker-registered': 'faults',
  'broker-unregistered': 'faults',
  'broker-fenced': 'faults',
  'broker-unfenced': 'faults',
  'controlled-shutdown': 'faults',
  'log-recovered': 'faults',
  'log-truncated': 'faults',
  log: 'faults',
  'leader-changed': 'leaders',
  'isr-shrunk': 'leaders',
  'isr-expanded': 'leaders',
  'partitions-changed': 'leaders',
  'topic-created': 'leaders',
  'topic-deleted': 'leaders',
  'config-changed': 'leaders',
  'quorum-leader': 'leaders',
  'quorum-role': 'leaders',
  'metadata-snapshot': 'leaders',
  controller: 'leaders',
  'group-state': 'groups',
  'group-member': 'groups',
  rebalance: 'groups',
  coordinator: 'groups',
  'client-process': 'clients',
  'client-settings': 'clients',
  'client-fault': 'clients',
  'client-error': 'clients',
  'consumer-callback': 'clients',
  'consumer-woken': 'clients',
  'partition-taken': 'clients',
  'offsets-reset': 'groups',
  'offsets-deleted': 'groups',
  'group-deleted': 'groups',
  'batch-retried': 'clients',
  'records-reordered': 'clients',
  'duplicate-dropped': 'clients',
  feed: 'clients',
  'records-failed': 'clients',
  'batches-sent': 'traffic',
  'offsets-committed': 'traffic',
  'connection-closed': 'traffic',
  'segment-rolled': 'traffic',
  'segment-deleted': 'traffic',
};

export interface EventFilter {
  /** Words that all appear, whatever their case. */
  readonly text: string;
  readonly topics: readonly EventTopic[];
}

export function kindsOf(topics: readonly EventTopic[]): readonly LabEventKind[] {
  return (Object.keys(topicOfKind) as LabEventKind[]).filter((kind) => topics.includes(topicOfKind[kind]));
}

/** As the journal looks for words: in kind, source, actor, arguments, was and now. */
export function matcherOf({ text, topics }: EventFilter): (event: LabEvent) => boolean {
  const wanted: ReadonlySet<string> = new Set(kindsOf(topics));
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return (event) => {
    if (!wanted.has(event.kind)) return false;
    if (words.length === 0) return true;
    const { kind, source, actor, args, change } = event;
    const line = [kind, source, actor, ...Object.values(args), change?.was ?? '', change?.now ?? '']
      .join(' ')
      .toLowerCase();
    return words.every((word) => line.includes(word));
  };
}
