/**
 * The journal's answer for what is seen, asked again when the extent changes, when a flag stands that it does not have,
 * and now and then while time runs. What the window saw itself fills the end, and everything when the journal is silent.
 */
import { computed, onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { Timeline } from '../../../engine/contract/queries.ts';
import { labTimeNow } from '../../design/use-clock.ts';
import { flagOf, joinFlags, joinSteps, type Extent } from '../../model/timeline.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';
import { useTimeline } from '../../stores/timeline.ts';

/** Steps across the plot: about one every three pixels. */
const buckets = 400;
const againMs = 5_000;
const settleMs = 150;
/** A fresh flag is drawn from its event at once; the journal needs a moment to have written it. */
const flagSettleMs = 700;

export function useTimelineData(extent: Readonly<Ref<Extent>>, lengthMs: Readonly<Ref<number>>) {
  const lab = useLab();
  const timeline = useTimeline();
  const queries = useQueries();
  const answer = shallowRef<Timeline | null>(null);
  const error = shallowRef<CommandError | null>(null);
  const asked = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let asking = false;
  let stopped = false;

  async function ask(): Promise<void> {
    timer = null;
    if (asking || stopped) return;
    if (!lab.connected) return;
    asking = true;
    const { fromMs, toMs } = extent.value;
    const untilMs = Math.min(toMs, labTimeNow());
    const result = await queries.ask('timeline', { fromMs: Math.max(0, fromMs), toMs: untilMs, buckets });
    asking = false;
    asked.value = true;
    error.value = result.ok ? null : result.error;
    if (result.ok) answer.value = result.value;
    schedule(againMs);
  }

  /** The earlier of what is scheduled and this. */
  let dueMs = 0;
  function schedule(inMs: number): void {
    const atMs = Date.now() + inMs;
    if (timer !== null && dueMs <= atMs) return;
    if (timer !== null) clearTimeout(timer);
    dueMs = atMs;
    timer = setTimeout(ask, inMs);
  }

  watch(
    [lengthMs, () => lab.atPresent, () => lab.connected, () => (lab.atPresent ? 0 : extent.value.fromMs)],
    () => schedule(settleMs),
    { immediate: true },
  );
  const newestFlag = computed(() => {
    const events = lab.presentCalm?.events ?? [];
    for (let index = events.length - 1; index >= 0; index -= 1) {
      const event = events[index];
      if (event !== undefined && flagOf(event) !== null) return event.id;
    }
    return 0;
  });
  watch(newestFlag, () => schedule(flagSettleMs));
  onScopeDispose(() => {
    stopped = true;
    if (timer !== null) clearTimeout(timer);
  });

  return {
    steps: computed(() => joinSteps(answer.value, timeline.seen)),
    flags: computed(() => joinFlags(answer.value, lab.presentCalm?.events ?? [])),
    /** Longer than this without a step is a gap in the curves. */
    gapMs: computed(() => Math.max(3_000, (answer.value?.stepMs ?? 0) * 2.5)),
    error,
    asked,
  };
}
