/** The time now, ten times a second: for ages and count-downs. One timer for the whole window. */
import { onScopeDispose, readonly, shallowRef, type Ref } from 'vue';

const everyMs = 100;
const now = shallowRef(Date.now());
let readers = 0;
let timer: ReturnType<typeof setInterval> | null = null;

export function useClock(): Readonly<Ref<number>> {
  readers += 1;
  now.value = Date.now();
  timer ??= setInterval(() => (now.value = Date.now()), everyMs);
  onScopeDispose(() => {
    readers -= 1;
    if (readers > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  });
  return readonly(now);
}
