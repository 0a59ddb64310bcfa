/**
 * A live tail as the window holds it: the newest records, what waits while it is paused, and the counts. The filter may
 * change while it runs: what is shown is filtered at once, what comes is filtered by the host.
 */
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { RecordView, TailInput, TailUpdate } from '../../../engine/contract/queries.ts';
import { recordContains } from '../../model/record-text.ts';
import { useQueries } from '../../stores/queries.ts';

/** Rows in the page. */
export const tailRowsMax = 200;
/** Somebody is typing: not every letter opens a tail anew. */
const filterSettlesMs = 300;

export function useTail(place: () => { readonly topic: string; readonly partition: number | null }) {
  const queries = useQueries();
  /** Newest first. */
  const rows = shallowRef<readonly RecordView[]>([]);
  const waiting = shallowRef<readonly RecordView[]>([]);
  /** Matched while it was paused, also what is not kept. */
  const waitingCount = shallowRef(0);
  const paused = shallowRef(false);
  const contains = shallowRef('');
  const counts = shallowRef({ seen: 0, matched: 0, skipped: 0 });
  const error = shallowRef<string | null>(null);
  /** The host answers. */
  const started = shallowRef(false);
  let dispose: (() => void) | null = null;
  let settling: ReturnType<typeof setTimeout> | null = null;

  function open(): void {
    close();
    const { topic, partition } = place();
    const filter = contains.value.trim();
    const input: TailInput = {
      topic,
      ...(partition === null ? {} : { partition }),
      ...(filter === '' ? {} : { contains: filter }),
    };
    dispose = queries.tail(input, take);
  }

  function close(): void {
    if (settling !== null) clearTimeout(settling);
    settling = null;
    dispose?.();
    dispose = null;
    started.value = false;
    counts.value = { seen: 0, matched: 0, skipped: 0 };
    error.value = null;
  }

  function take(update: TailUpdate): void {
    const { seen, matched, skipped } = update;
    // A line that was lost and found begins its counts again.
    const came = matched >= counts.value.matched ? matched - counts.value.matched : matched;
    started.value = true;
    counts.value = { seen, matched, skipped };
    error.value = update.error;
    if (update.records.length === 0) return;
    const newest = update.records.toReversed();
    if (paused.value) {
      waiting.value = [...newest, ...waiting.value].slice(0, tailRowsMax);
      waitingCount.value += came;
    } else rows.value = [...newest, ...rows.value].slice(0, tailRowsMax);
  }

  function togglePause(): void {
    paused.value = !paused.value;
    if (paused.value) return;
    rows.value = [...waiting.value, ...rows.value].slice(0, tailRowsMax);
    waiting.value = [];
    waitingCount.value = 0;
  }

  function clear(): void {
    rows.value = [];
    waiting.value = [];
    waitingCount.value = 0;
  }

  watch(
    () => `${place().topic}\n${place().partition}`,
    () => {
      clear();
      open();
    },
    { immediate: true },
  );
  watch(contains, (text) => {
    const filter = text.trim();
    if (filter !== '') rows.value = rows.value.filter((each) => recordContains(each, filter));
    if (settling !== null) clearTimeout(settling);
    settling = setTimeout(open, filterSettlesMs);
  });
  onScopeDispose(close);

  return {
    rows,
    counts,
    error,
    started,
    paused: computed(() => paused.value),
    waitingCount: computed(() => waitingCount.value),
    contains,
    togglePause,
    clear,
  };
}
