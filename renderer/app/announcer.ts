/** What a screen reader is told: faults, fencings and elections, politely; numbers never. */
import { shallowRef, watch } from 'vue';
import type { LabEvent, LabEventKind } from '../../engine/contract/events.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

const told: ReadonlySet<LabEventKind> = new Set<LabEventKind>([
  'command',
  'problem',
  'broker-fenced',
  'broker-unfenced',
  'controlled-shutdown',
  'quorum-leader',
  'partitions-changed',
]);

export function useAnnouncer(calm: () => LabSnapshot | null, words: (event: LabEvent) => string) {
  const text = shallowRef('');
  let last = -1;
  watch(calm, (snapshot) => {
    const newest = snapshot?.events.at(-1)?.id ?? -1;
    const fresh =
      last === -1 ? [] : (snapshot?.events ?? []).filter((event) => event.id > last && told.has(event.kind));
    last = newest;
    if (fresh.length > 0) text.value = fresh.slice(-3).map(words).join('. ');
  });
  return text;
}
