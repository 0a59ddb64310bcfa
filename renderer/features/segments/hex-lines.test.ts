import { describe, expect, it } from 'vitest';
import { hexLines } from './hex-lines.ts';

describe('bytes in lines of sixteen', () => {
  it('carry their place in the file, their digits and their letters', () => {
    const lines = hexLines('4142000a7e7f'.repeat(4), 106_752, []);
    expect(lines.map(({ position, bytes }) => [position, bytes.length])).toEqual([
      [106_752, 16],
      [106_768, 8],
    ]);
    expect(lines[0]!.bytes.slice(0, 6).map(({ hex, text }) => `${hex}${text}`)).toEqual([
      '41A',
      '42B',
      '00·',
      '0a·',
      '7e~',
      '7f·',
    ]);
    expect(lines[1]!.bytes[0]!.at).toBe(16);
  });

  it('belong to the last mark that covers them; marks beyond what is shown are cut', () => {
    const marks = [
      { from: 2, to: 9, kind: 'record' },
      { from: 4, to: 6, kind: 'key' },
      { from: 7, to: 99, kind: 'value' },
    ] as const;
    const [line] = hexLines('00'.repeat(10), 0, marks);
    expect(line!.bytes.map(({ kind }) => kind)).toEqual([
      null,
      null,
      'record',
      'record',
      'key',
      'key',
      'record',
      'value',
      'value',
      'value',
    ]);
  });
});
