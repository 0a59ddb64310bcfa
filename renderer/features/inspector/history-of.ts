/** What the event tail still knows about one partition. */
import type { LabEvent } from '../../../engine/contract/events.ts';
import type { PartitionView } from '../../../engine/contract/snapshot.ts';

const shownMost = 6;

/** Newest first. */
export function changesOf(
  events: readonly LabEvent[],
  partition: PartitionView,
  of: 'isr' | 'leader',
): readonly LabEvent[] {
  const found: LabEvent[] = [];
  for (let index = events.length - 1; index >= 0 && found.length < shownMost; index -= 1) {
    const event = events[index]!;
    if (event.change?.of !== of) continue;
    if (event.args['topic'] === partition.topic && event.args['partition'] === partition.partition) found.push(event);
  }
  return found;
}
