/** Rows of the ledger and what happened between them, as lines of one list. */
import type { LabEvent } from '../../../engine/contract/events.ts';
import type { LedgerRow } from '../../../engine/contract/ledger.ts';

export type LedgerLine =
  | { readonly kind: 'row'; readonly id: string; readonly row: LedgerRow }
  | { readonly kind: 'mark'; readonly id: string; readonly event: LabEvent; readonly isFault: boolean };

/** Ends of threads and what was injected; a leader that moved is no fault. */
function isFault(event: LabEvent): boolean {
  if (event.kind === 'fault') return event.change?.now === 'active';
  return (
    (event.kind === 'process' || event.kind === 'client-process') &&
    ['killed', 'failed'].includes(event.change?.now ?? '')
  );
}

/** What is worth a line between records of those topics and that partition; null: of any. */
export function isMark(event: LabEvent, topics: readonly string[], partition: number | null): boolean {
  if (event.kind === 'leader-changed') {
    const sameTopic = topics.includes(String(event.args['topic']));
    return sameTopic && (partition === null || event.args['partition'] === partition);
  }
  if (event.kind === 'partitions-changed') return partition === null;
  if (event.kind === 'fault') return event.change?.now !== 'armed';
  if (event.kind === 'process')
    return ['killed', 'failed', 'stopped', 'running', 'paused'].includes(event.change?.now ?? '');
  return true;
}

/** In the order of sending; a mark stands before the first record that was sent after it. */
export function linesOf(rows: readonly LedgerRow[], marks: readonly LabEvent[]): readonly LedgerLine[] {
  const lines: LedgerLine[] = [];
  const sorted = withoutEchoes(marks).toSorted((a, b) => a.atMs - b.atMs);
  let at = 0;
  const markLine = (event: LabEvent): LedgerLine => ({
    kind: 'mark',
    id: `mark-${event.id}`,
    event,
    isFault: isFault(event),
  });
  // Producers report a few milliseconds late, each on its own.
  for (const row of rows.toSorted((a, b) => a.sentMs - b.sentMs || a.row - b.row)) {
    while (sorted[at] !== undefined && sorted[at]!.atMs <= row.sentMs) lines.push(markLine(sorted[at++]!));
    lines.push({ kind: 'row', id: `row-${row.row}`, row });
  }
  return [...lines, ...sorted.slice(at).map(markLine)];
}

/** What a fault did to a thread is told by the fault. */
const echoMs = 1500;
function withoutEchoes(marks: readonly LabEvent[]): readonly LabEvent[] {
  const faults = marks.filter(({ kind }) => kind === 'fault');
  const isEcho = (event: LabEvent): boolean =>
    (event.kind === 'process' || event.kind === 'client-process') &&
    faults.some(
      ({ atMs, args }) =>
        Math.abs(atMs - event.atMs) < echoMs &&
        (args['node'] === event.node || (args['target'] !== undefined && args['target'] === event.args['client'])),
    );
  return marks.filter((event) => !isEcho(event));
}
