import { describe, expect, it } from 'vitest';
import type { SpaceTime } from '../wire.ts';
import { randomAnswer, recordedAnswer, recordedAnswers } from './diagram.testkit.ts';
import { detailSize, overlaps, titleSize, type Box } from './labels.ts';
import { textWidth } from './format.ts';
import { layoutDiagram, type DiagramLayout, type DrawnLabel } from './layout.ts';

const answers: readonly (readonly [string, SpaceTime])[] = [
  ...recordedAnswers().map((answer) => [`a recorded ${answer.about.kind}`, answer] as const),
  ...Array.from({ length: 60 }, (_, seed) => [`random answer ${seed}`, randomAnswer(seed)] as const),
];

function boxOf({ x, y, anchor, title, detail }: DrawnLabel): Box {
  const wide = Math.max(textWidth(title, titleSize, true), textWidth(detail, detailSize));
  const x0 = anchor === 'start' ? x : x - wide;
  return { x0, x1: x0 + wide, y0: y - 11, y1: y - 11 + (detail === '' ? 14 : 28) };
}

/** Moments at which something begins or ends. */
function momentsOf({ calls, marks }: SpaceTime): number[] {
  const ends = calls.flatMap(({ sentMs, arrivedMs, answeredMs, receivedMs }) => [
    sentMs,
    arrivedMs,
    answeredMs,
    receivedMs,
  ]);
  return [...ends.filter((ms) => ms !== null), ...marks.map(({ atMs }) => atMs)].sort((a, b) => a - b);
}

function cutTimes(layout: DiagramLayout, moments: readonly number[]): number[] {
  return moments.filter((atMs) =>
    layout.cuts.some(({ x0, x1 }) => layout.x(atMs) > x0 + 0.01 && layout.x(atMs) < x1 - 0.01),
  );
}

describe.each(answers)('the layout of %s', (_name, answer) => {
  const layout = layoutDiagram(answer, { width: 1064 });

  it('keeps lanes in their order and apart', () => {
    expect(layout.lanes.map(({ lane }) => lane.id)).toEqual(answer.lanes.map(({ id }) => id));
    for (const [index, { y }] of layout.lanes.entries()) {
      if (index > 0) expect(y - layout.lanes[index - 1]!.y).toBeGreaterThanOrEqual(58);
    }
  });

  it('never goes back in time', () => {
    const xs = momentsOf(answer).map((atMs) => layout.x(atMs));
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
    for (const { from, to, known } of layout.arrows) if (known === 'whole') expect(to.x).toBeGreaterThanOrEqual(from.x);
    for (const x of xs) expect(x >= layout.left && x <= layout.right).toBe(true);
  });

  it('cuts time only where nothing begins or ends', () => {
    expect(cutTimes(layout, momentsOf(answer))).toEqual([]);
  });

  it('lets no label lie over another one or a mark', () => {
    const boxes = layout.labels.map((label) => boxOf(label));
    const marks = layout.marks.map(({ x, y }) => ({ x0: x - 9, x1: x + 9, y0: y - 9, y1: y + 9 }));
    for (const [index, box] of boxes.entries()) {
      expect([...boxes.slice(0, index), ...marks].filter((other) => overlaps(box, other))).toEqual([]);
      expect(box.x0).toBeGreaterThanOrEqual(layout.left);
    }
  });

  it('draws what was told, each end at its lane', () => {
    const y = new Map(layout.lanes.map(({ lane, y: at }) => [lane.id, at]));
    for (const { call, part, from, to, known } of layout.arrows) {
      const [begin, end] = part === 'request' ? [call.from, call.to] : [call.to, call.from];
      if (known !== 'far') expect(from.y).toBe(y.get(begin));
      if (known !== 'near') expect(to.y).toBe(y.get(end));
    }
    expect(layout.marks.map(({ mark }) => mark.number).sort((a, b) => a - b)).toEqual(
      answer.marks.map(({ number }) => number),
    );
  });
});

describe('a layout', () => {
  it('leaves out hidden lanes with all that begins or ends there', () => {
    const answer = recordedAnswer('record');
    const leader = answer.lanes.find(({ role }) => role === 'leader')!.id;
    const layout = layoutDiagram(answer, { width: 900, hidden: new Set([leader]) });
    expect(layout.lanes).toHaveLength(answer.lanes.length - 1);
    expect(layout.arrows.filter(({ call }) => call.from === leader || call.to === leader)).toEqual([]);
    expect(layout.marks.every(({ mark }) => mark.lane !== leader)).toBe(true);
  });

  it('cuts the wait for the commit out of a record and says how long it was', () => {
    const { cuts } = layoutDiagram(recordedAnswer('record'), { width: 1064 });
    expect(cuts.length).toBeGreaterThan(0);
    expect(cuts.every(({ label }) => /^[\d.]+ (ms|s) cut$/.test(label))).toBe(true);
  });

  it('names every step of a record in its order, and its milestones above', () => {
    const layout = layoutDiagram(recordedAnswer('record'), { width: 1200 });
    expect(layout.milestones.map(({ title }) => title)).toContain('committed');
    const xs = layout.milestones.map(({ x }) => x);
    expect(xs).toEqual([...xs].sort((a, b) => a - b));
  });

  it('of nothing is empty, not broken', () => {
    const empty = { ...recordedAnswer('record'), lanes: [], calls: [], marks: [], waits: [] };
    expect(layoutDiagram(empty, { width: 700 })).toMatchObject({ lanes: [], arrows: [], cuts: [], ticks: [] });
  });

  it('ends a request that was never answered in the open', () => {
    const [call] = recordedAnswer('record').calls;
    const lost = {
      ...call!,
      arrivedMs: null,
      handledMs: null,
      answeredMs: null,
      receivedMs: call!.sentMs! + 50,
      error: 'ECONNRESET',
    };
    const answer = { ...recordedAnswer('record'), calls: [lost], marks: [], waits: [] };
    expect(layoutDiagram(answer, { width: 900 }).arrows).toMatchObject([
      { part: 'request', known: 'near', tone: 'fault' },
    ]);
  });
});
