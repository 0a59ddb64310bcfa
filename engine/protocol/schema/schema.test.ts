import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../base/text.ts';
import { array, decodeMessage, defineSchema, encodeMessage, int32, int64, string, struct } from './index.ts';

const order = defineSchema({
  name: 'Order',
  versions: '0-3',
  flexible: '2+',
  fields: {
    id: int32('0+'),
    note: string('1+', { nullable: '1+', default: null, ignorable: true }),
    limit: int64('1-2', { default: -1 }),
    lines: array('0+', { article: string('0+'), count: int32('1+', { default: 1 }) }),
    seller: struct(
      '2+',
      { name: string('2+', { default: '' }) },
      { nullable: '2+', tag: 1, tagged: '2+', default: null },
    ),
    tags: array('3+', 'string', { tag: 0, tagged: '3+', default: [] }),
  },
});

/** Hex with spaces between the parts of a message. */
function digits(spaced: string): string {
  return spaced.replaceAll(' ', '');
}

describe('a schema', () => {
  it('decodes fields that the version lacks to their defaults', () => {
    expect(decodeMessage(order, 0, fromHex(digits('00000007 00000001 000161')))).toEqual({
      id: 7,
      note: null,
      limit: -1,
      lines: [{ article: 'a', count: 1 }],
      seller: null,
      tags: [],
    });
  });

  it('writes tagged fields in the order of their tags and leaves defaults out', () => {
    const lines = [{ article: 'a', count: 2 }];
    expect(hex(encodeMessage(order, 2, { id: 7, lines }))).toBe(
      digits('00000007 00 ffffffffffffffff 02 0261 00000002 00 00'),
    );
    const full = { id: 7, lines, seller: { name: 's' }, tags: ['t'] };
    expect(hex(encodeMessage(order, 3, full))).toBe(
      digits('00000007 00 02 0261 00000002 00 02 00 03 020274 01 04 01 0273 00'),
    );
    expect(decodeMessage(order, 3, encodeMessage(order, 3, full))).toEqual({ ...full, note: null, limit: -1 });
  });

  it('skips unknown tags', () => {
    const message = fromHex(digits('00000007 00 01 02 05 02 abcd 63 01 ff'));
    expect(decodeMessage(order, 3, message).id).toBe(7);
  });

  it('refuses a value that the version cannot carry, unless it may be ignored', () => {
    expect(() => encodeMessage(order, 3, { id: 7, lines: [], limit: 5 })).toThrow(
      'Order v3: limit: version 3 cannot carry 5',
    );
    expect(hex(encodeMessage(order, 0, { id: 7, lines: [], note: 'dropped' }))).toBe('0000000700000000');
    expect(hex(encodeMessage(order, 0, { id: 7, lines: [], limit: -1 }))).toBe('0000000700000000');
  });

  it('says which field of which message is malformed', () => {
    expect(() => decodeMessage(order, 0, fromHex(digits('00000007 00000001 000561')))).toThrow(
      'Order v0.lines.article: string needs 5 bytes, 1 are left at byte 10',
    );
    expect(() => decodeMessage(order, 0, fromHex('00000007ffffffff'))).toThrow(
      'Order v0.lines: null where an array is due at byte 4',
    );
    expect(() => decodeMessage(order, 3, fromHex(digits('00000007 00 01 01 00 05 020274 ffff')))).toThrow(
      'Order v3.tags: tag 0 says 5 bytes, its value has 3 at byte 9',
    );
  });

  it('has no version outside of its range', () => {
    expect(() => decodeMessage(order, 4, new Uint8Array(8))).toThrow('Order has no version 4');
  });
});
