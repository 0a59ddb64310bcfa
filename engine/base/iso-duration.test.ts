import { describe, expect, it } from 'vitest';
import { isoDuration, parseIsoDuration } from './iso-duration.ts';

describe('lengths of time as Java writes them', () => {
  it.each([
    ['PT1H', 3_600_000],
    ['P1DT12H', 129_600_000],
    ['pt0.5s', 500],
    ['PT-1M', -60_000],
    ['-PT1M30S', -90_000],
    ['PT-0.25S', -250],
    ['PT', null],
    ['P', null],
    ['1h', null],
    ['PT1.5H', null],
  ])('%s is %s ms', (text, ms) => {
    const parsed = parseIsoDuration(text);
    // No negative zero.
    expect(parsed === null ? null : parsed + 0).toBe(ms);
  });

  it.each(['PT0S', 'PT1H', 'PT36H', 'PT1H30M5.25S', 'PT0.5S'])('%s comes back as it was', (text) => {
    expect(isoDuration(parseIsoDuration(text) ?? -1)).toBe(text);
  });
});
