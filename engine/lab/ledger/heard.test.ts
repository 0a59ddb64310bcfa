import { describe, expect, it } from 'vitest';
import { Heard, heardAfterMs } from './heard.ts';

describe('what has been heard', () => {
  it('is the lab time of a while ago by the wall, at any speed', () => {
    const heard = new Heard();
    expect(heard.at(0, 1000)).toBe(Number.NEGATIVE_INFINITY);
    expect(heard.at(heardAfterMs - 1, 30_000)).toBe(Number.NEGATIVE_INFINITY);
    expect(heard.at(heardAfterMs, 31_000)).toBe(1000);
    expect(heard.at(2 * heardAfterMs - 2, 50_000)).toBe(1000);
    expect(heard.at(2 * heardAfterMs, 50_500)).toBe(31_000);
  });

  it('stands while the lab does', () => {
    const heard = new Heard();
    heard.at(0, 500);
    heard.at(heardAfterMs, 500);
    expect(heard.at(10 * heardAfterMs, 500)).toBe(500);
  });
});
