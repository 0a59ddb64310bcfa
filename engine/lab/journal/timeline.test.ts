import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabEvent } from '../../contract/events.ts';
import { diffSnapshots } from '../../contract/diff.ts';
import type { QueryInput, Timeline } from '../../contract/queries.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import {
  brokerView,
  eventOf,
  groupView,
  labSnapshot,
  partitionView,
  topicView,
} from '../../contract/snapshot.testkit.ts';
import { openJournalFile, type JournalFile } from './journal-file.ts';
import { JournalReader } from './journal-reader.ts';
import { JournalWriter } from './journal-writer.ts';
import { stepSeconds } from './timeline.ts';

/** A whole hour, so that steps of every length begin with it. */
const startMs = Math.ceil(1_750_000_000_000 / 3_600_000) * 3_600_000;
const seconds = (count: number): number => startMs + count * 1000;

let directory = '';
let file: JournalFile;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'brokerlab-timeline-'));
  ({ file } = await openJournalFile(join(directory, 'journal.db'), 1e9));
});
afterEach(() => {
  file.close();
  rmSync(directory, { recursive: true, force: true });
});

/** Two topics, one of them internal, led by broker 1; a consumer of the lab. */
function labAt(atMs: number, end: number, consumed: number, change: Partial<LabSnapshot> = {}): LabSnapshot {
  const first = labSnapshot();
  const grown = (id: number, topic: string): LabSnapshot['partitions'][number] => {
    const partition = partitionView(id, topic, 0, { leader: 1 });
    return { ...partition, logs: partition.logs.map((log) => ({ ...log, logEndOffset: end })) };
  };
  return {
    ...first,
    sampledMs: atMs,
    lab: { ...first.lab, state: 'running' },
    brokers: [1, 2, 3].map((id) => brokerView(id, { sampledMs: atMs })),
    topics: [topicView('orders'), topicView('__consumer_offsets')],
    partitions: [grown(1, 'orders'), grown(2, '__consumer_offsets')],
    producers: [],
    consumers: [{ ...first.consumers[0]!, consumed, sampledMs: atMs }],
    groups: [],
    events: [],
    eventCount: 0,
    ...change,
  };
}

class Recording {
  readonly writer: JournalWriter;
  readonly #reader: JournalReader;
  #now: LabSnapshot;
  #eventId = 0;

  constructor(first: LabSnapshot) {
    this.#now = first;
    this.writer = new JournalWriter(file, first);
    this.#reader = new JournalReader(file, this.writer.run, () => this.writer.knownUntilMs);
  }

  show(lab: LabSnapshot): void {
    const delta = diffSnapshots(this.#now, lab);
    if (delta === null) throw new Error('nothing changed');
    this.#now = { ...lab, seq: delta.seq };
    this.writer.record({ type: 'delta', delta });
  }

  event(atMs: number, change: Partial<LabEvent>): LabEvent {
    const event = eventOf(++this.#eventId, { atMs, ...change });
    this.writer.record({ type: 'events', events: [event] });
    return event;
  }

  timeline(input: QueryInput<'timeline'>): Timeline {
    this.writer.commit();
    const answer = this.#reader.answer({ name: 'timeline', input });
    if (!answer.ok || !('steps' in answer.value)) throw new Error('no timeline');
    return answer.value;
  }
}

const values = (timeline: Timeline, what: 'produced' | 'consumed' | 'underReplicated'): (number | null)[] =>
  timeline.steps.map((step) => step[what]);

describe('steps of the timeline', () => {
  it('spread growth over the time between two samples, and leave internal topics out', () => {
    const lab = new Recording(labAt(seconds(0), 1000, 0));
    lab.show(labAt(seconds(2), 1800, 600));
    lab.show(labAt(seconds(3), 1800, 600));
    const timeline = lab.timeline({ fromMs: seconds(-1), toMs: seconds(4), buckets: 10 });
    expect(timeline.stepMs).toBe(1000);
    expect(values(timeline, 'produced')).toEqual([null, 400, 400, 0, null, null]);
    expect(values(timeline, 'consumed')).toEqual([null, 300, 300, 0, null, null]);
  });

  it('are the same rates from every level', () => {
    const lab = new Recording(labAt(seconds(0), 0, 0));
    for (let second = 1; second <= 7200; second++) lab.show(labAt(seconds(second), second * 50, second * 40));
    for (const [buckets, stepMs] of [
      [2000, 5000],
      [800, 10_000],
      [300, 30_000],
      [121, 60_000],
      [13, 600_000],
    ] as const) {
      const timeline = lab.timeline({ fromMs: startMs, toMs: seconds(7199), buckets });
      expect(timeline.stepMs).toBe(stepMs);
      expect(timeline.steps.length).toBeLessThanOrEqual(buckets);
      expect(new Set(values(timeline, 'produced'))).toEqual(new Set([50]));
      expect(new Set(values(timeline, 'consumed'))).toEqual(new Set([40]));
    }
  });

  it('show the worst of their time, however short it was', () => {
    const lab = new Recording(labAt(seconds(0), 0, 0));
    for (let second = 1; second <= 40; second++) {
      const healthy = labAt(seconds(second), second, second);
      const shrunk = healthy.partitions.map((each) => ({ ...each, isr: [1, 2] }));
      if (second === 15) lab.show({ ...healthy, sampledMs: seconds(15) - 300, partitions: shrunk });
      lab.show(healthy);
    }
    const timeline = lab.timeline({ fromMs: startMs, toMs: seconds(39), buckets: 5 });
    expect(values(timeline, 'underReplicated')).toEqual([0, 2, 0, 0]);
  });

  it('count no truncated tail twice, and nothing negative, when a leader moves', () => {
    const lab = new Recording(labAt(seconds(0), 1000, 0));
    lab.show(labAt(seconds(1), 1100, 0));
    const moved = (atMs: number, end: number): LabSnapshot => {
      const next = labAt(atMs, end, 0);
      const partitions = next.partitions.map((each) => ({
        ...each,
        leader: 2,
        leaderEpoch: 1,
        leaderMovedMs: seconds(1),
      }));
      return { ...next, partitions };
    };
    lab.show(moved(seconds(2), 1090));
    lab.show(moved(seconds(3), 1190));
    lab.show(moved(seconds(4), 1190));
    const timeline = lab.timeline({ fromMs: startMs, toMs: seconds(3), buckets: 10 });
    expect(values(timeline, 'produced')).toEqual([100, 0, 100, 0]);
  });

  it('take committed offsets where a group has no consumer of the lab', () => {
    const group = (atMs: number, offset: number) =>
      groupView('strangers', {
        sampledMs: atMs,
        offsets: [{ topic: 'orders', partition: 0, offset, committedMs: atMs, passedMs: null }],
      });
    const lab = new Recording(labAt(seconds(0), 0, 0, { consumers: [], groups: [group(seconds(0), 100)] }));
    for (let second = 1; second <= 5; second++) {
      const committed = second === 5 ? group(seconds(5), 600) : group(seconds(0), 100);
      lab.show(labAt(seconds(second), second, 0, { consumers: [], groups: [committed] }));
    }
    const timeline = lab.timeline({ fromMs: startMs, toMs: seconds(4), buckets: 10 });
    expect(values(timeline, 'consumed')).toEqual([100, 100, 100, 100, 100]);
  });

  it.each([
    [30_000, 500, 1],
    [300_000, 500, 1],
    [300_000, 100, 5],
    [3_600_000, 500, 10],
    [86_400_000, 500, 300],
    [30 * 86_400_000, 500, 7200],
  ])('of %i ms in %i buckets are %i s long', (rangeMs, buckets, step) => {
    expect(stepSeconds(rangeMs, buckets)).toBe(step);
  });
});

describe('flags of the timeline', () => {
  const state = (was: string, now: string): Partial<LabEvent> => ({ change: { of: 'state', was, now } });

  it('stand from the fault until what was hit runs again', () => {
    const lab = new Recording(labAt(seconds(0), 0, 0));
    const killed = lab.event(seconds(1), { kind: 'process', args: { node: 2 }, ...state('running', 'killed') });
    const all = { fromMs: startMs, toMs: seconds(60), buckets: 10 };
    expect(lab.timeline(all).flags).toEqual([{ atMs: seconds(1), endedMs: null, kind: 'fault', event: killed }]);
    lab.event(seconds(8), { kind: 'process', args: { node: 2 }, ...state('killed', 'starting') });
    const back = lab.event(seconds(9), { kind: 'process', args: { node: 2 }, ...state('starting', 'running') });
    expect(lab.timeline(all).flags).toEqual([
      { atMs: seconds(1), endedMs: seconds(9), kind: 'fault', event: killed },
      { atMs: seconds(9), endedMs: seconds(9), kind: 'change', event: back },
    ]);
    expect(lab.timeline({ ...all, fromMs: seconds(5), toMs: seconds(6) }).flags).toHaveLength(1);
    expect(lab.timeline({ ...all, fromMs: seconds(20) }).flags).toEqual([]);
  });

  it('stand for one rebalance from its first state to its last, and tell its summary', () => {
    const lab = new Recording(labAt(seconds(0), 0, 0));
    const group = { group: 'billing' };
    lab.event(seconds(1), { kind: 'group-state', args: group, ...state('Stable', 'PreparingRebalance') });
    lab.event(seconds(2), { kind: 'group-state', args: group, ...state('PreparingRebalance', 'CompletingRebalance') });
    lab.event(seconds(3), { kind: 'group-state', args: group, ...state('CompletingRebalance', 'Stable') });
    const summary = lab.event(seconds(3), { kind: 'rebalance', args: { ...group, number: 1, gapMs: 900 } });
    expect(lab.timeline({ fromMs: startMs, toMs: seconds(9), buckets: 10 }).flags).toEqual([
      { atMs: seconds(1), endedMs: seconds(3), kind: 'rebalance', event: summary },
    ]);
  });

  it('are one for an election of many partitions, and none for what comes up with the lab', () => {
    const first = labAt(seconds(0), 0, 0);
    const lab = new Recording({ ...first, lab: { ...first.lab, state: 'starting' } });
    lab.event(seconds(1), { kind: 'process', args: { node: 1 }, ...state('starting', 'running') });
    lab.event(seconds(1), { kind: 'quorum-leader' });
    lab.event(seconds(1), { kind: 'topic-created', args: { topic: 'orders' } });
    lab.show(labAt(seconds(2), 1, 0));
    const elected = [0, 1, 2].map((partition) =>
      lab.event(seconds(3) + partition, { kind: 'leader-changed', args: { topic: 'orders', partition } }),
    );
    expect(lab.timeline({ fromMs: startMs, toMs: seconds(9), buckets: 10 }).flags).toEqual([
      { atMs: seconds(3), endedMs: seconds(3), kind: 'election', event: elected[0] },
    ]);
  });
});
