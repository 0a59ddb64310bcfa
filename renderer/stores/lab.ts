/**
 * The host's snapshot, mirrored. Deltas that come within one frame are applied together and painted once; `calm` is the
 * same picture at the pace of a reader (numbers four times a second), `live` at the pace of the screen (bars).
 * Changes of state (a broker killed, a leader moved, a new event) reach `calm` at once: only numbers wait.
 */
import { acceptHMRUpdate, defineStore } from 'pinia';
import { computed, readonly, shallowReadonly, shallowRef } from 'vue';
import { applyDelta, DeltaGapError } from '../../engine/contract/delta.ts';
import type { LabUpdate } from '../../engine/contract/router.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';
import type { LineState } from '../bridge/lab-bridge.ts';

/** Numbers change at most this often; half as often on a projector, where the room has to read along. */
const calmEveryMs = 250;
const calmEveryProjectorMs = 500;
/** A tab in the background gets no frames: beyond this many updates they are applied without one. */
const waitingMax = 64;

export const useLab = defineStore('lab', () => {
  const live = shallowRef<LabSnapshot | null>(null);
  const calm = shallowRef<LabSnapshot | null>(null);
  const line = shallowRef<LineState>('connecting');
  const lineSinceMs = shallowRef(Date.now());
  const projector = shallowRef(false);

  let newest: LabSnapshot | null = null;
  let waiting = 0;
  let frame: number | null = null;
  let calmTimer: ReturnType<typeof setTimeout> | null = null;
  let calmedMs = 0;

  function applyUpdate(update: LabUpdate): void {
    if (update.type === 'snapshot') newest = update.snapshot;
    else if (newest === null) throw new DeltaGapError('a delta came before a snapshot');
    else newest = applyDelta(newest, update.delta);
    waiting += 1;
    if (waiting >= waitingMax) paint();
    else frame ??= requestAnimationFrame(paint);
  }

  function paint(): void {
    if (frame !== null) cancelAnimationFrame(frame);
    frame = null;
    waiting = 0;
    live.value = newest;
    const every = projector.value ? calmEveryProjectorMs : calmEveryMs;
    const dueMs = calmedMs + every - Date.now();
    if (dueMs <= 0 || changedState(calm.value, newest)) settle();
    else calmTimer ??= setTimeout(settle, dueMs);
  }

  function settle(): void {
    if (calmTimer !== null) clearTimeout(calmTimer);
    calmTimer = null;
    calmedMs = Date.now();
    calm.value = newest;
  }

  function applyLine(state: LineState): void {
    if (state === line.value) return;
    line.value = state;
    lineSinceMs.value = Date.now();
  }

  return {
    live: shallowReadonly(live),
    calm: shallowReadonly(calm),
    line: readonly(line),
    lineSinceMs: readonly(lineSinceMs),
    connected: computed(() => line.value === 'open'),
    setProjector: (on: boolean) => (projector.value = on),
    /** For the bridge alone. */
    applyUpdate,
    /** For the bridge alone. */
    applyLine,
  };
});

/** Something that is told by words or shapes, not by digits. */
function changedState(was: LabSnapshot | null, now: LabSnapshot | null): boolean {
  if (was === null || now === null) return was !== now;
  if (was.events !== now.events || was.problems !== now.problems || was.topics !== now.topics || was.lab !== now.lab)
    return true;
  if (was.brokers.length !== now.brokers.length) return true;
  return now.brokers.some((broker, index) => {
    const before = was.brokers[index];
    return (
      before?.process !== broker.process || before.registration !== broker.registration || before.steps !== broker.steps
    );
  });
}

if (import.meta.hot) import.meta.hot.accept(acceptHMRUpdate(useLab, import.meta.hot));
