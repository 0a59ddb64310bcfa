import { describe, expect, it } from 'vitest';
import { forgottenAfterMs, Heard } from './heard.ts';

describe('what has been heard', () => {
  it('is the lab time of a while ago by the wall, at any speed', () => {
    const heard = new Heard();
    expect(heard.ago(1500)).toBe(Number.NEGATIVE_INFINITY);
    heard.note(0, 1000);
    heard.note(1499, 30_000);
    expect(heard.ago(1500)).toBe(Number.NEGATIVE_INFINITY);
    heard.note(1500, 31_000);
    expect(heard.ago(1500)).toBe(1000);
    heard.note(2998, 50_000);
    expect(heard.ago(1500)).toBe(1000);
    heard.note(3000, 50_500);
    expect(heard.ago(1500)).toBe(31_000);
  });

  it('is known as far back as anybody is waited for', () => {
    const heard = new Heard();
    for (let wallMs = 0; wallMs <= 5 * forgottenAfterMs; wallMs += 100) heard.note(wallMs, 20 * wallMs);
    expect(heard.ago(forgottenAfterMs)).toBe(20 * 4 * forgottenAfterMs);
    expect(heard.ago(0)).toBe(20 * 5 * forgottenAfterMs);
  });

  it('stands while the lab does', () => {
    const heard = new Heard();
    for (const wallMs of [0, 1500, 9000]) heard.note(wallMs, 500);
    expect(heard.ago(1500)).toBe(500);
  });
});
