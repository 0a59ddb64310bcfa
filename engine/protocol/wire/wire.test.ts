import { describe, expect, it } from 'vitest';
import { fromHex, hex } from '../../base/text.ts';
import { ByteReader, ByteWriter, int64Max, int64Min, MalformedMessageError } from './index.ts';

function written(write: (writer: ByteWriter) => void): string {
  const writer = new ByteWriter(1);
  write(writer);
  return hex(writer.bytes());
}

function reader(text: string): ByteReader {
  return new ByteReader(fromHex(text));
}

describe('numbers', () => {
  it('are big-endian', () => {
    const text = written((w) => {
      w.int8(-2);
      w.bool(true);
      w.int16(-2);
      w.uint16(65535);
      w.int32(-2);
      w.uint32(4294967295);
      w.int64(-2);
      w.float64(1.5);
    });
    expect(text).toBe('fe01fffefffffffffffefffffffffffffffffffffffe3ff8000000000000');
    const r = reader(text);
    const values = [r.int8(), r.bool(), r.int16(), r.uint16(), r.int32(), r.uint32(), r.int64(), r.float64()];
    expect(values).toEqual([-2, true, -2, 65535, -2, 4294967295, -2, 1.5]);
    expect(r.remaining).toBe(0);
  });

  it('of 64 bits keep every safe integer', () => {
    for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32 + 5, -(2 ** 40) - 3, Number.MAX_SAFE_INTEGER]) {
      const text = written((w) => w.int64(value));
      expect(BigInt.asIntN(64, BigInt(`0x${text}`))).toBe(BigInt(value));
      expect(reader(text).int64()).toBe(value);
    }
  });

  it('of 64 bits saturate at the limits of int64', () => {
    expect(written((w) => w.int64(int64Max))).toBe('7fffffffffffffff');
    expect(written((w) => w.int64(Number.POSITIVE_INFINITY))).toBe('7fffffffffffffff');
    expect(written((w) => w.int64(int64Min))).toBe('8000000000000000');
    expect(reader('7fffffffffffffff').int64()).toBe(int64Max);
    expect(reader('8000000000000000').int64()).toBe(int64Min);
  });

  it('that a type cannot hold are refused when written', () => {
    expect(() => written((w) => w.int16(40000))).toThrow('40000 is no int16');
    expect(() => written((w) => w.int32(2 ** 31))).toThrow('2147483648 is no int32');
  });
});

describe('varints', () => {
  it('have the bytes of Kafka', () => {
    const cases: [number, string][] = [
      [0, '00'],
      [-1, '01'],
      [1, '02'],
      [63, '7e'],
      [-64, '7f'],
      [64, '8001'],
      [-65, '8101'],
      [8192, '808001'],
      [2147483647, 'feffffff0f'],
      [-2147483648, 'ffffffff0f'],
    ];
    for (const [value, text] of cases) {
      expect(written((w) => w.varint(value))).toBe(text);
      expect(written((w) => w.varlong(value))).toBe(text);
      expect(reader(text).varint()).toBe(value);
      expect(reader(text).varlong()).toBe(value);
    }
    expect(written((w) => w.unsignedVarint(300))).toBe('ac02');
    expect(written((w) => w.unsignedVarint(4294967295))).toBe('ffffffff0f');
    expect(reader('ffffffff0f').unsignedVarint()).toBe(4294967295);
  });

  it('of 64 bits round trip around every power of two', () => {
    for (let bit = 28; bit <= 52; bit++) {
      for (const value of [2 ** bit - 1, 2 ** bit, 2 ** bit + 1, -(2 ** bit) - 1, -(2 ** bit), 1 - 2 ** bit]) {
        const zigzag = value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value);
        const text = written((w) => w.varlong(value));
        expect(unsigned(text)).toBe(zigzag);
        expect(reader(text).varlong()).toBe(value);
      }
    }
  });

  it('of 64 bits read the limits of int64 as the nearest doubles', () => {
    expect(reader('feffffffffffffffff01').varlong()).toBe(int64Max);
    expect(reader('ffffffffffffffffff01').varlong()).toBe(int64Min);
  });

  it('without an end are malformed', () => {
    expect(() => reader('808080808080').varint()).toThrow('varint is longer than 5 bytes at byte 0');
    expect(() => reader('8080808080808080808080').varlong()).toThrow('varlong is longer than 10 bytes at byte 0');
    expect(() => reader('80').varint()).toThrow(MalformedMessageError);
  });
});

function unsigned(text: string): bigint {
  return fromHex(text).reduceRight((value, byte) => (value << 7n) | BigInt(byte & 0x7f), 0n);
}

describe('strings and bytes', () => {
  it('have an int16 or a varint length, and a form for null', () => {
    expect(written((w) => w.nullableString('ab'))).toBe('00026162');
    expect(written((w) => w.nullableString(null))).toBe('ffff');
    expect(written((w) => w.compactNullableString('ab'))).toBe('036162');
    expect(written((w) => w.compactNullableString(null))).toBe('00');
    expect(written((w) => w.nullableBytes(fromHex('0102')))).toBe('000000020102');
    expect(written((w) => w.nullableBytes(null))).toBe('ffffffff');
    expect(written((w) => w.compactNullableBytes(fromHex('0102')))).toBe('030102');
    expect(written((w) => w.compactNullableBytes(null))).toBe('00');
    expect(reader('ffff').nullableString()).toBeNull();
    expect(reader('00').compactNullableBytes()).toBeNull();
  });

  it('keep any text, a leading byte order mark and long ones included', () => {
    for (const text of ['', '주문-🍊', '\ufeffx', 'x'.repeat(500), `${'x'.repeat(60)}ü`]) {
      expect(reader(written((w) => w.nullableString(text))).nullableString()).toBe(text);
      expect(reader(written((w) => w.compactNullableString(text))).compactNullableString()).toBe(text);
    }
  });

  it('turn invalid UTF-8 into the replacement character, as Java does', () => {
    expect(reader('000361ff62').nullableString()).toBe('a\ufffdb');
  });

  it('are views of the input', () => {
    const input = fromHex('00000002cafe');
    const bytes = new ByteReader(input).nullableBytes();
    input[4] = 0;
    expect(bytes).toEqual(fromHex('00fe'));
  });

  it('with a length beyond the end or below -1 are malformed', () => {
    expect(() => reader('000561').nullableString()).toThrow('string needs 5 bytes, 1 are left at byte 2');
    expect(() => reader('fffe').nullableString()).toThrow('string length -2 is negative at byte 0');
    expect(() => reader('7fffffff00').nullableBytes()).toThrow(MalformedMessageError);
    expect(() => reader('ffffffff0f').compactNullableBytes()).toThrow(MalformedMessageError);
    expect(() => reader('7fffffff00').arrayLength()).toThrow(
      'array of 2147483647 elements with 1 bytes left at byte 0',
    );
  });
});

describe('a writer that references large bytes', () => {
  it('hands them out uncopied, in their place', () => {
    const large = new Uint8Array(64).fill(7);
    const writer = new ByteWriter(4, 64);
    writer.int8(1);
    writer.raw(large);
    writer.raw(new Uint8Array(63));
    writer.raw(large);
    const parts = writer.parts();
    expect(parts.map((part) => part.length)).toEqual([1, 64, 63, 64]);
    expect(parts[1]).toBe(large);
    expect(writer.length).toBe(192);
    expect(writer.bytes().length).toBe(192);
  });
});
