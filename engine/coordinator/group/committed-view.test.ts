import { describe, expect, it } from 'vitest';
import { CommittedView } from './committed-view.ts';

describe('CommittedView', () => {
  it('remembers what was there until the change is committed', () => {
    const view = new CommittedView<number>();
    view.note('a', 10, undefined);
    view.note('a', 11, 1);
    view.note('b', 12, 7);
    const seen = () => [view.committed('a', 2), view.committed('b', 8), view.committed('c', 9)];
    expect(seen()).toEqual([undefined, 7, 9]);
    view.advance(10);
    expect(seen()).toEqual([undefined, 7, 9]);
    view.advance(11);
    expect(seen()).toEqual([1, 7, 9]);
    expect([...view.changedKeys]).toEqual(['a', 'b']);
    view.advance(13);
    expect(seen()).toEqual([2, 8, 9]);
    expect([...view.changedKeys]).toEqual([]);
  });
});
