/**
 * How snapshots and the differences between them lie in the journal.
 *
 * A frame is the contract's delta between two pictures as JSON, without its events: they have a table of their own, and
 * `eventCount` says how many there were. A keyframe is a whole picture without its events, deflated. When an interval is
 * over, its frames become one deflated block: a line of `atMs seq delta` each.
 *
 * Invariant: `applyFrame(was, frameBetween(was, now))` equals `now`, except for the tail of events.
 */
import { deflateSync, inflateSync } from 'node:zlib';
import { applyDelta, type LabDelta } from '../../contract/delta.ts';
import { diffSnapshots } from '../../contract/diff.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';

export interface Frame {
  readonly atMs: number;
  /** Of the published snapshot that it leads to. */
  readonly seq: number;
  /** A delta's JSON. */
  readonly body: string;
}

/** Fast rather than small: a frame's block is mostly repetition. */
const level = 3;

/** Null when nothing but the clock moved. */
export function frameBetween(was: LabSnapshot, now: LabSnapshot, atMs: number): Frame | null {
  const delta = diffSnapshots({ ...was, events: [] }, { ...now, events: [] });
  if (delta === null) return null;
  return { atMs, seq: now.seq, body: JSON.stringify(delta) };
}

export function applyFrame(was: LabSnapshot, frame: Frame): LabSnapshot {
  const delta = JSON.parse(frame.body) as LabDelta;
  return { ...applyDelta(was, { ...delta, seq: was.seq + 1 }), seq: frame.seq };
}

export function packKeyframe(snapshot: LabSnapshot): Buffer {
  return deflateSync(JSON.stringify({ ...snapshot, events: [] }), { level });
}

export function unpackKeyframe(bytes: Uint8Array): LabSnapshot {
  return JSON.parse(inflateSync(bytes).toString('utf8')) as LabSnapshot;
}

export function packFrames(frames: readonly Frame[]): Buffer {
  return deflateSync(frames.map(({ atMs, seq, body }) => `${atMs} ${seq} ${body}`).join('\n'), { level });
}

export function unpackFrames(bytes: Uint8Array): Frame[] {
  const text = inflateSync(bytes).toString('utf8');
  if (text === '') return [];
  return text.split('\n').map((line) => {
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    return {
      atMs: Number(line.slice(0, first)),
      seq: Number(line.slice(first + 1, second)),
      body: line.slice(second + 1),
    };
  });
}
