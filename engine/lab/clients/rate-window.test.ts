import { describe, expect, it } from 'vitest';
import { RateWindow } from './rate-window.ts';

describe('a rate over a window', () => {
  it('is not known before there are two samples', () => {
    const rate = new RateWindow(3000);
    expect(rate.perSecond).toBeNull();
    rate.add(0, 100);
    expect(rate.perSecond).toBeNull();
    rate.add(500, 300);
    expect(rate.perSecond).toBe(400);
  });

  it('forgets what is older than the window', () => {
    const rate = new RateWindow(3000);
    for (let at = 0; at <= 10_000; at += 1000) rate.add(at, at < 5000 ? at : 5000);
    expect(rate.perSecond).toBe(0);
  });

  it('starts anew with a count that is smaller', () => {
    const rate = new RateWindow(3000);
    rate.add(0, 1000);
    rate.add(1000, 2000);
    rate.add(2000, 10);
    expect(rate.perSecond).toBeNull();
    rate.add(3000, 20);
    expect(rate.perSecond).toBe(10);
  });
});
