/**
 * The time now, ten times a second: for ages and count-downs. One timer for the whole window.
 *
 * - `useClock`: what is shown. Lab time, as all moments of the lab are; while the past is shown it stands at that moment, so
 *   that every age and count-down is that moment's.
 * - `useLabClock`: lab time as of now, also while the past is shown.
 * - `useWallClock`: the window's own time, for what concerns the window itself.
 */
import { computed, onScopeDispose, readonly, shallowRef, type Ref } from 'vue';
import { labTimeAt, wallTimeView, type LabTimeView } from '../../engine/contract/time.ts';

const everyMs = 100;
const wall = shallowRef(Date.now());
const line = shallowRef<LabTimeView>(wallTimeView(0));
const held = shallowRef<number | null>(null);
const lab = computed(() => labTimeAt(line.value, wall.value));
const shown = computed(() => held.value ?? lab.value);
let readers = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** How lab time goes from now on. */
export function followLabTime(view: LabTimeView): void {
  if (view === line.value) return;
  wall.value = Date.now();
  line.value = view;
}

/** For what is asked of the lab now. */
export function labTimeNow(): number {
  return labTimeAt(line.value, Date.now());
}

/** Null lets it go again. */
export function holdClock(atMs: number | null): void {
  held.value = atMs;
}

export function useClock(): Readonly<Ref<number>> {
  useWallClock();
  return shown;
}

export function useLabClock(): Readonly<Ref<number>> {
  useWallClock();
  return lab;
}

export function useWallClock(): Readonly<Ref<number>> {
  readers += 1;
  wall.value = Date.now();
  timer ??= setInterval(() => (wall.value = Date.now()), everyMs);
  onScopeDispose(() => {
    readers -= 1;
    if (readers > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  });
  return readonly(wall);
}
