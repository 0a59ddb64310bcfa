import { describe, expect, it } from 'vitest';
import { droppedPath } from './dropped-path.ts';

const dropped = (types: Record<string, string>): string | null =>
  droppedPath({ getData: (type: string) => types[type] ?? '' });

describe('what is dropped onto the window', () => {
  it('is a path when a file manager tells one', () => {
    expect(dropped({ 'text/uri-list': 'file:///home/me/my%20run.zip\r\n' })).toBe('/home/me/my run.zip');
    expect(dropped({ 'text/uri-list': '# a list\nfile:///C:/runs/one' })).toBe('C:/runs/one');
    expect(dropped({ 'text/plain': '/tmp/run' })).toBe('/tmp/run');
  });

  it('is none when it is something else', () => {
    expect(dropped({ 'text/uri-list': 'https://example.org/run.zip' })).toBe(null);
    expect(dropped({ 'text/plain': 'hello' })).toBe(null);
    expect(dropped({})).toBe(null);
    expect(droppedPath(null)).toBe(null);
  });
});
