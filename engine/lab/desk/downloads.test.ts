import { describe, expect, it } from 'vitest';
import { Downloads } from './downloads.ts';

describe('a link to a file', () => {
  it('is good once, for a minute, and cannot be guessed', () => {
    let nowMs = 0;
    const downloads = new Downloads(() => nowMs);
    const link = downloads.offer('/lab/exports/run.zip');
    expect(link).toMatch(/^\/download\/[\w-]{32}$/);
    expect(downloads.take(`${link}x`)).toBe(null);
    expect(downloads.take('/download/../../etc/passwd')).toBe(null);
    expect(downloads.take(link)).toEqual({ path: '/lab/exports/run.zip', name: 'run.zip' });
    expect(downloads.take(link)).toBe(null);
    const late = downloads.offer('/lab/exports/run.zip');
    nowMs = 60_001;
    expect(downloads.take(late)).toBe(null);
  });

  it('gives its place to newer ones', () => {
    const downloads = new Downloads(() => 0);
    const links = Array.from({ length: 21 }, (_, index) => downloads.offer(`/${index}.zip`));
    expect(downloads.take(links[0]!)).toBe(null);
    expect(downloads.take(links[20]!)).toMatchObject({ name: '20.zip' });
  });
});
