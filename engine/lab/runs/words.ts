/** Words and numbers of exported texts: English, units always, times of the day in the reader's own zone. */
import type { LabEvent } from '../../contract/events.ts';
import type { PropertyName, PropertyView } from '../../contract/verdicts.ts';

const foldMs = 1_000;

/** `12:05:14.301`. */
export function clock(atMs: number): string {
  const at = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const millis = String(Math.floor(at.getMilliseconds())).padStart(3, '0');
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${millis}`;
}

/** `412 ms`, `4.6 s`, `2 m 12 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} m`;
}

/** `184 203`. */
export function count(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, ' ');
}

const properties: Readonly<Record<PropertyName, string>> = {
  'no-acked-record-lost': 'No acknowledged record lost',
  'no-record-duplicated': 'No record duplicated',
  'high-watermark-never-retreats': 'High watermark never retreats',
  'min-isr-at-each-ack': 'ISR at least min.insync.replicas at each acknowledgement of acks=all',
  'one-owner-per-generation': 'One owner of a partition in a generation',
  'consumed-at-least-once': 'Consumed at least once',
};

export function propertyWords({ property }: PropertyView): string {
  return properties[property];
}

/** Everything that an evidence says, in one line. */
export function evidenceOf({ checked, violations, reason, args, examples }: PropertyView): string {
  const numbers = Object.entries(args).map(([name, value]) => `${name} ${value}`);
  const said = [`${count(violations)} of ${count(checked)}`, reason.replaceAll('-', ' '), ...numbers];
  return [...said.filter((each) => each !== ''), ...examples.slice(0, 3)].join(', ');
}

/** Elections of one cause are one line: those of a topic within a second, the first one told and the others counted. */
export function foldedElections(events: readonly LabEvent[]): string[] {
  const lines: { event: LabEvent; more: number }[] = [];
  for (const event of events) {
    const same = lines.findLast(
      ({ event: first }) =>
        first.kind === event.kind &&
        first.args['topic'] === event.args['topic'] &&
        first.args['topic'] !== undefined &&
        event.atMs - first.atMs < foldMs,
    );
    if (same === undefined) lines.push({ event, more: 0 });
    else same.more += 1;
  }
  return lines.map(({ event, more }) => {
    const others = more === 0 ? '' : `, and ${count(more)} more of ${event.args['topic']}`;
    return `${clock(event.atMs)} ${eventWords(event)}${others}`;
  });
}

/** An event in one line: its kind and everything that it carries. */
export function eventWords({ kind, source, args, change }: LabEvent): string {
  const told = Object.entries(args)
    .filter(([, value]) => value !== '')
    .map(([name, value]) => `${name} ${value}`);
  const changed = change === null ? [] : [`${change.of} ${change.was} → ${change.now}`];
  return [`${kind} (${source})`, ...told, ...changed].join(', ');
}
