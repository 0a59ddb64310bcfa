/** Events as the log shows them: newest first, equal ones that come close together folded into one line with a count. */
import type { LabEvent } from '../../engine/contract/events.ts';
import type { GlyphName } from '../design/glyphs.ts';

export interface EventLine {
  readonly event: LabEvent;
  /** How many events this line stands for. */
  readonly count: number;
}

/** Equal events within this span become one line when there are at least `foldFrom`. */
const foldWithinMs = 1_000;
const foldFrom = 4;

export function eventLines(told: readonly LabEvent[], linesMax: number): readonly EventLine[] {
  // Nodes tell on threads of their own: what is told later may have happened earlier.
  const events = [...told].sort((a, b) => a.atMs - b.atMs || a.id - b.id);
  const lines: EventLine[] = [];
  let at = events.length - 1;
  while (at >= 0 && lines.length < linesMax) {
    const newest = events[at]!;
    // Runs of one cause interleave two kinds (ISR and leader of each partition): look through the whole span.
    const key = foldKey(newest);
    let count = 0;
    let until = at;
    while (until >= 0 && newest.atMs - events[until]!.atMs <= foldWithinMs && sameCause(newest, events[until]!)) {
      count += Number(foldKey(events[until]!) === key);
      until -= 1;
    }
    if (count < foldFrom) {
      lines.push({ event: newest, count: 1 });
      at -= 1;
      continue;
    }
    const kinds = new Map<string, EventLine>();
    for (let index = at; index > until; index -= 1) {
      const event = events[index]!;
      const kind = foldKey(event);
      const line = kinds.get(kind);
      kinds.set(kind, { event: line?.event ?? event, count: (line?.count ?? 0) + 1 });
    }
    lines.push(...kinds.values());
    at = until;
  }
  return lines.slice(0, linesMax);
}

function sameCause(a: LabEvent, b: LabEvent): boolean {
  return a.source === b.source && a.node === b.node && a.actor === b.actor;
}

function foldKey(event: LabEvent): string {
  return `${event.kind} ${event.actor} ${event.node} ${event.change?.was} ${event.change?.now}`;
}

/** Shape and colour of the line's actor. */
export function eventMark(event: LabEvent): { readonly glyph: GlyphName; readonly colour: string } {
  if (event.actor === 'you') return { glyph: 'flag', colour: event.tone === 'fault' ? 'c-fault' : 'c-acc' };
  const colour = { plain: 'mid', good: 'c-in', notice: 'mid', warning: 'c-out', fault: 'c-fault' }[event.tone];
  if (event.tone === 'fault') return { glyph: 'dead', colour };
  if (event.kind === 'broker-fenced') return { glyph: 'fenced', colour };
  if (event.actor === 'controller') return { glyph: 'leader', colour: event.tone === 'plain' ? 'c-lead' : colour };
  return { glyph: event.tone === 'warning' ? 'catching-up' : 'in-sync', colour };
}
