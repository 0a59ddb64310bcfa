/**
 * The lines of the log: the tail of the present (or of the moment of the past that is shown), narrowed by a filter, and
 * older events of the journal when somebody scrolls back. Held still, it keeps its lines and counts what it misses.
 */
import { computed, shallowRef, watch, type Ref } from 'vue';
import type { LabEvent } from '../../../engine/contract/events.ts';
import {
  EventLines,
  eventTopics,
  kindsOf,
  matcherOf,
  type EventFilter,
  type EventLine,
} from '../../model/event-lines.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';

/** Lines that are kept; older ones are in the journal, and come back when somebody scrolls there. */
const linesMax = 5_000;
const pageSize = 200;

export function useEventLog(filter: Readonly<Ref<EventFilter>>) {
  const lab = useLab();
  const queries = useQueries();
  const lines = shallowRef<readonly EventLine[]>([]);
  const held = shallowRef(false);
  /** Count of events and the newest one when it was held. */
  const heldCount = shallowRef(0);
  let heldId = 0;
  const loading = shallowRef(false);
  /** The journal has nothing older that matches. */
  const ended = shallowRef(false);

  let folded = new EventLines(linesMax);
  let matches = matcherOf(filter.value);
  let newestId = 0;
  let oldestId = Number.POSITIVE_INFINITY;
  /** Counts up when everything begins anew: an answer to an older question is dropped. */
  let era = 0;

  /** Events that are new since the last call; at most a snapshot's tail. */
  function take(events: readonly LabEvent[]): void {
    let first = events.length;
    while (first > 0 && (events[first - 1]?.id ?? 0) > newestId) first -= 1;
    for (let index = first; index < events.length; index += 1) add(events[index]);
    newestId = events.at(-1)?.id ?? newestId;
  }
  function add(event: LabEvent | undefined): void {
    if (event === undefined) return;
    oldestId = Math.min(oldestId, event.id);
    if (matches(event)) folded.add(event);
  }

  function begin(): void {
    era += 1;
    folded = new EventLines(linesMax);
    matches = matcherOf(filter.value);
    newestId = 0;
    oldestId = Number.POSITIVE_INFINITY;
    loading.value = false;
    ended.value = false;
    held.value = false;
    take(source.value?.events ?? []);
    lines.value = folded.lines();
    if (lines.value.length < pageSize / 4) void older();
  }

  /** The next page of the journal, below what is there. */
  async function older(): Promise<void> {
    if (loading.value || ended.value || oldestId <= 1 || !Number.isFinite(oldestId)) return;
    loading.value = true;
    const asked = era;
    const { text, topics } = filter.value;
    const answer = await queries.ask('events', {
      beforeId: oldestId,
      limit: pageSize,
      ...(text.trim() === '' ? {} : { text }),
      ...(topics.length === eventTopics.length ? {} : { kinds: [...kindsOf(topics)] }),
      ...(lab.atMs === null ? {} : { toMs: lab.atMs }),
    });
    if (asked !== era) return;
    loading.value = false;
    if (!answer.ok) {
      ended.value = true;
      return;
    }
    for (const event of answer.value.events) add(event);
    lines.value = held.value ? folded.lines().filter(({ event }) => event.id <= heldId) : folded.lines();
    ended.value = !answer.value.more || lines.value.length >= linesMax;
  }

  const source = computed(() => (lab.atPresent ? lab.presentLive : lab.live));
  /** Another moment, another filter, another start of the lab: everything begins anew. */
  watch([filter, () => (lab.atPresent ? null : lab.live), () => source.value?.lab.startedMs], begin, {
    immediate: true,
  });
  watch(
    () => lab.presentLive,
    (snapshot) => {
      if (lab.atPresent && snapshot !== null) take(snapshot.events);
    },
  );
  // Lines at the pace of a reader; events are taken with every frame, so that none is missed.
  watch(
    () => lab.presentCalm,
    () => {
      if (!lab.atPresent) return;
      // Asked for also while it is held: that is when it forgets the oldest.
      const all = folded.lines();
      if (!held.value) lines.value = all;
    },
  );

  function hold(on: boolean): void {
    if (held.value === on) return;
    held.value = on;
    heldCount.value = source.value?.eventCount ?? 0;
    heldId = newestId;
    if (!on) lines.value = folded.lines();
  }

  return {
    lines,
    held,
    hold,
    count: computed(() => (held.value ? heldCount.value : (lab.calm?.eventCount ?? 0))),
    missed: computed(() => (held.value && lab.atPresent ? (lab.presentCalm?.eventCount ?? 0) - heldCount.value : 0)),
    loading,
    ended,
    older,
  };
}
