/**
 * The lab's event log: numbers events, tells each change of metadata once though every node applies it, and folds many
 * partitions changed by one decision into one line.
 *
 * Invariant: a metadata record is told by the first node that applied it and by no other; a node that replays the log
 * after a restart tells nothing that was told. Memory is bounded: `pendingMax` lines between two drains, the rest counted.
 */
import type { NodeId } from '../base/ids.ts';
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { LabEvent, LabEventDraft } from '../contract/events.ts';
import { labEventOf } from './lab-event.ts';

/** Partitions changed between two drains from which on they become one line. */
const foldFrom = 5;
const pendingMax = 2000;

export class EventLog {
  #pending: LabEventDraft[] = [];
  #count = 0;
  #toldOffset = -1;
  #toldBy: NodeId | null = null;

  /** All events since the start, told or dropped. */
  get count(): number {
    return this.#count;
  }

  /** A node's telemetry. */
  tell(node: NodeId, atMs: number, event: TelemetryEvent): void {
    if ('offset' in event && !this.#isNews(node, event.offset)) return;
    const draft = labEventOf(node, atMs, event);
    if (draft !== null) this.add(draft);
  }

  /** The lab's own events: commands, threads that start and end, problems. */
  add(draft: LabEventDraft): void {
    if (this.#pending.length < pendingMax) this.#pending.push(draft);
    else this.#count += 1;
  }

  /** Metadata up to `offset` is history: nodes that replay it tell nothing. */
  forgetUpTo(offset: number): void {
    if (offset <= this.#toldOffset) return;
    this.#toldOffset = offset;
    this.#toldBy = null;
  }

  /** What came since the last drain, numbered, in order. */
  drain(): readonly LabEvent[] {
    if (this.#pending.length === 0) return [];
    const lines = fold(this.#pending);
    this.#pending = [];
    return lines.map((line) => ({ id: (this.#count += 1), ...line }));
  }

  #isNews(node: NodeId, offset: number): boolean {
    if (offset === this.#toldOffset) return node === this.#toldBy;
    if (offset < this.#toldOffset) return false;
    this.#toldOffset = offset;
    this.#toldBy = node;
    return true;
  }
}

/** One decision of the controller is one batch of records: they come together. */
function fold(drafts: readonly LabEventDraft[]): readonly LabEventDraft[] {
  const changes = drafts.filter((draft) => draft.source === 'PartitionChangeRecord');
  if (changes.length < foldFrom) return drafts;
  const last = changes.at(-1)!;
  const isrs = new Set(
    changes.map((each) => (each.change?.of === 'isr' ? `${each.change.was} ${each.change.now}` : '')),
  );
  const leaders = changes.filter((each) => each.change?.of === 'leader' && each.change.was !== each.change.now);
  const folded: LabEventDraft = {
    ...last,
    kind: 'partitions-changed',
    args: { partitions: changes.length, leaders: leaders.length },
    change: isrs.size === 1 ? last.change : null,
    metric: leaders.length > 0 ? 'LeaderElectionRateAndTimeMs' : last.metric,
    tone: changes.some((each) => each.tone === 'fault') ? 'fault' : 'notice',
  };
  return [...drafts.filter((draft) => draft.source !== 'PartitionChangeRecord'), folded];
}
