/**
 * The time now, ten times a second: for ages and count-downs. One timer for the whole window. While the past is shown the
 * clock stands at that moment, so that every age and count-down is that moment's; `useWallClock` goes on.
 */
import { computed, onScopeDispose, readonly, shallowRef, type Ref } from 'vue';

const everyMs = 100;
const wall = shallowRef(Date.now());
const held = shallowRef<number | null>(null);
const shown = computed(() => held.value ?? wall.value);
let readers = 0;
let timer: ReturnType<typeof setInterval> | null = null;

/** Null lets it go again. */
export function holdClock(atMs: number | null): void {
  held.value = atMs;
}

export function useClock(): Readonly<Ref<number>> {
  useWallClock();
  return shown;
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
