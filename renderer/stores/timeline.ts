/**
 * What the window itself sees of rates and ISR, once a second, for as long as the timeline can show it: the end of the
 * curves, where the journal's answer is not yet. And which span is seen, which keys, wheel and palette all change.
 */
import { defineStore } from 'pinia';
import * as v from 'valibot';
import { shallowReadonly, shallowRef } from 'vue';
import type { TimelineStep } from '../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import { progressOf, spans, stepBetween, zoomed, type Progress, type Span } from '../model/timeline.ts';
import { useKept } from './session.ts';

const everyMs = 1_000;
const keptMs = 3_600_000;

export const useTimeline = defineStore('timeline', () => {
  const seen = shallowRef<readonly TimelineStep[]>([]);
  const span = useKept('span', v.picklist(spans), '5m');
  let last: Progress | null = null;

  function record(snapshot: LabSnapshot): void {
    if (last !== null && snapshot.sampledMs >= last.atMs && snapshot.sampledMs - last.atMs < everyMs) return;
    const now = progressOf(snapshot);
    // A host that was started again, or a line that was lost: what lies between is not known.
    if (
      last !== null &&
      now.atMs > last.atMs &&
      now.atMs - last.atMs < everyMs * 3 * Math.max(1, snapshot.time.speed)
    ) {
      const step = stepBetween(last, now, snapshot);
      seen.value = [...seen.value.filter((each) => each.atMs > now.atMs - keptMs), step];
    }
    last = now;
  }

  return {
    seen: shallowReadonly(seen),
    span,
    setSpan: (next: Span) => (span.value = next),
    /** Another run is shown. */
    forget: () => {
      seen.value = [];
      last = null;
    },
    zoom: (direction: -1 | 1) => (span.value = zoomed(span.value, direction)),
    record,
  };
});
