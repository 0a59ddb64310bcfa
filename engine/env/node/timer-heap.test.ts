import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../sim/index.ts';
import { TimerHeap, type HeapTimer } from './timer-heap.ts';

describe('TimerHeap', () => {
  it('gives what was not removed in the order of due times, equal ones as they were asked for', () => {
    for (let seed = 0; seed < 50; seed++) {
      const random = new SeededRandom(seed);
      const heap = new TimerHeap();
      const kept = new Set<HeapTimer>();
      for (let i = 0; i < 200; i++) {
        kept.add(heap.add(random.integer(40), () => {}));
        const victim = [...kept][random.integer(kept.size)];
        if (random.next() < 0.4 && victim !== undefined) {
          heap.remove(victim);
          heap.remove(victim);
          kept.delete(victim);
        }
      }
      const expected = [...kept].sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
      const got: HeapTimer[] = [];
      for (let first = heap.first; first !== null; first = heap.first) {
        got.push(first);
        heap.remove(first);
      }
      expect(got).toEqual(expected);
      expect(heap.size).toBe(0);
    }
  });
});
