/**
 * Answers of the query `spaceTime`: finds the picture that names the lanes, has the story told, and makes a diagram's data
 * of it: lanes in their order, steps numbered in the order of time, no more calls than can be looked at.
 */
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { QueryInput, QueryResult } from '../../contract/queries.ts';
import {
  spaceTimeCallsMax,
  type LaneId,
  type SpaceTime,
  type SpaceTimeAbout,
  type SpaceTimeLane,
  type SpaceTimeMark,
  type WireCall,
} from '../../contract/wire.ts';
import { refused } from '../outcome.ts';
import { electionStory } from './election-story.ts';
import { lastMs } from './join.ts';
import { rebalanceStory } from './rebalance-story.ts';
import { recordStory } from './record-story.ts';
import { spanStory } from './span-story.ts';
import type { Story } from './story.ts';
import { wireSince } from './wire-file.ts';
import { WireSource, type Past } from './wire-source.ts';

/** Calls of so long a time are no diagram any more. */
const spanMsMax = 120_000;

export function spaceTime(past: Past, input: QueryInput<'spaceTime'>): QueryResult<SpaceTime> {
  const { about } = input;
  if (about.kind === 'span' && (about.toMs <= about.fromMs || about.toMs - about.fromMs > spanMsMax)) {
    const hint = `A time span ends after it begins, and is at most ${spanMsMax / 1000} s long.`;
    return refused('invalid', 'time span', `${about.fromMs} to ${about.toMs}`, hint);
  }
  const told = tell(past, about);
  if (told === null) {
    const since = wireSince(past.db);
    const kept = since === null ? 'none yet' : `those since ${new Date(since).toISOString()}`;
    return refused('not-recorded', about.kind, nameOf(about), `No call of it is in the journal, which holds ${kept}.`);
  }
  return { ok: true, value: answerOf(told.story, told.source, input) };
}

interface Told {
  readonly source: WireSource;
  readonly story: Story;
}

function tell(past: Past, about: SpaceTimeAbout): Told | null {
  switch (about.kind) {
    case 'record':
      return tellRecord(past, about);
    case 'rebalance':
      return rebalanceStory(past, about);
    case 'election':
      return electionStory(past, about);
    case 'span': {
      const picture = past.moment(about.toMs);
      if (picture === null) return null;
      const source = new WireSource(past, picture);
      return { source, story: spanStory(source, about.fromMs, about.toMs) };
    }
  }
}

/** Names and leaders are those of when it was produced. */
function tellRecord(past: Past, about: Extract<SpaceTimeAbout, { kind: 'record' }>): Told | null {
  const newest = past.moment(Number.MAX_SAFE_INTEGER);
  if (newest === null) return null;
  const found = new WireSource(past, newest).produceOf(about.topic, about.partition, about.offset)[0];
  if (found === undefined) return null;
  const source = new WireSource(past, past.moment(lastMs(found)) ?? newest);
  const story = recordStory(source, about);
  return story === null ? null : { source, story };
}

function nameOf(about: SpaceTimeAbout): string {
  switch (about.kind) {
    case 'record':
      return `${about.topic}-${about.partition} @ ${about.offset}`;
    case 'rebalance':
      return `${about.group} ${about.number}`;
    case 'election':
      return `${about.topic}-${about.partition}`;
    case 'span':
      return `${about.fromMs} to ${about.toMs}`;
  }
}

function answerOf(story: Story, source: WireSource, input: QueryInput<'spaceTime'>): SpaceTime {
  const { about, hidden = [], heartbeats = false } = input;
  const lanes = lanesOf(story, source.picture);
  const marked = new Set(story.marks.map(({ call }) => call));
  const isWanted = (call: WireCall): boolean =>
    !hidden.includes(call.from) &&
    !hidden.includes(call.to) &&
    (about.kind === 'record' || heartbeats || call.class !== 'beat' || marked.has(call.id));
  const wanted = story.calls.filter((call) => isWanted(call));
  const { originMs, fromMs, toMs, waits, budgets, record } = story;
  return {
    about,
    originMs,
    fromMs,
    toMs,
    lanes,
    calls: weightiest(wanted, marked),
    marks: numbered(story.marks),
    waits,
    budgets,
    record,
    leftOut: source.leftOut,
    truncated: wanted.length > spaceTimeCallsMax,
  };
}

function numbered(marks: Story['marks']): SpaceTimeMark[] {
  return [...marks].sort((a, b) => a.atMs - b.atMs).map((mark, index) => ({ number: index + 1, ...mark }));
}

/** As many as a diagram takes: those that a step is told by, then what is rare, then the data path; in their order. */
function weightiest(calls: readonly WireCall[], marked: ReadonlySet<number | null>): WireCall[] {
  const weight = (call: WireCall): number => {
    if (marked.has(call.id)) return 0;
    if (call.error !== null) return 1;
    return call.class === 'data' ? 3 : call.class === 'beat' ? 4 : 2;
  };
  const chosen = calls
    .map((call, index) => ({ call, index }))
    .sort((a, b) => weight(a.call) - weight(b.call) || a.index - b.index)
    .slice(0, spaceTimeCallsMax);
  return chosen.sort((a, b) => a.index - b.index).map(({ call }) => call);
}

/** Who writes above, nodes by their ids, who reads below. */
function lanesOf({ calls, marks, roles }: Story, picture: LabSnapshot): SpaceTimeLane[] {
  const ids = new Set<LaneId>(marks.map(({ lane }) => lane));
  for (const { from, to } of calls) ids.add(from).add(to);
  const nodes = new Set<LaneId>(picture.brokers.map(({ id }) => `node-${id}`));
  for (const id of roles.keys()) if (nodes.has(id) && ids.size > 0) ids.add(id);
  const writers = new Set(
    calls.filter(({ api }) => api === 'Produce' || api === 'InitProducerId').map(({ from }) => from),
  );
  const rank = (id: LaneId): number =>
    id.startsWith('node-') ? 1 : writers.has(id) || roles.get(id)?.role === 'producer' ? 0 : 2;
  const number = (id: LaneId): number => (id.startsWith('node-') ? Number(id.slice(5)) : 0);
  return [...ids]
    .sort((a, b) => rank(a) - rank(b) || number(a) - number(b) || a.localeCompare(b))
    .map((id) => laneOf(id, roles, picture));
}

function laneOf(id: LaneId, roles: Story['roles'], picture: LabSnapshot): SpaceTimeLane {
  const cut = id.indexOf('-');
  const kind = id.startsWith('node-') ? 'node' : id.startsWith('client-') ? 'client' : 'stranger';
  const name = id.slice(cut + 1);
  const { role = null, epoch = null } = roles.get(id) ?? {};
  const consumer = kind === 'client' ? picture.consumers.find((each) => each.id === name) : undefined;
  const members = picture.groups.flatMap((group) => group.members.map((member) => ({ group: group.id, ...member })));
  const member = members.find(({ client, clientId }) =>
    kind === 'client' ? client === name : kind === 'stranger' && clientId === name,
  );
  const group = consumer?.settings.group ?? member?.group ?? null;
  return { id, kind, name, role, epoch, group, label: member?.label ?? null };
}
