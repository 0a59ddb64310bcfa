/** What a screen reader is told: faults, fencings and elections, politely; numbers never. */
import { shallowRef, watch } from 'vue';
import type { LabEvent, LabEventKind } from '../../engine/contract/events.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

/** Kinds that are told whatever came of it. */
const told: ReadonlySet<LabEventKind> = new Set<LabEventKind>([
  'command',
  'problem',
  'broker-fenced',
  'broker-unfenced',
  'controlled-shutdown',
  'quorum-leader',
  'partitions-changed',
  'leader-changed',
  'rebalance',
]);

function isTold(event: LabEvent): boolean {
  // What somebody does is told as a command; a fault that begins or ends by itself is not.
  if (event.kind === 'fault') return event.actor === 'lab';
  return (
    told.has(event.kind) || (event.tone === 'fault' && (event.kind === 'process' || event.kind === 'client-process'))
  );
}

/** Sentences in one announcement; the newest are told. */
const sentencesMax = 3;

/** `words` is an event's sentence, `andMore` the one for many of its kind. */
export function useAnnouncer(
  calm: () => LabSnapshot | null,
  words: (event: LabEvent) => string,
  andMore: (first: string, more: number) => string,
) {
  const text = shallowRef('');
  let last = -1;
  watch(calm, (snapshot) => {
    const newest = snapshot?.events.at(-1)?.id ?? -1;
    const fresh = last === -1 ? [] : (snapshot?.events ?? []).filter((event) => event.id > last && isTold(event));
    last = newest;
    if (fresh.length === 0) return;
    const kinds = new Map<LabEventKind, LabEvent[]>();
    for (const event of fresh) kinds.set(event.kind, [...(kinds.get(event.kind) ?? []), event]);
    const sentences = [...kinds.values()].flatMap(([first, ...more]) => {
      if (first === undefined) return [];
      return more.length === 0 ? words(first) : andMore(words(first), more.length);
    });
    text.value = sentences.slice(-sentencesMax).join('. ');
  });
  return text;
}
