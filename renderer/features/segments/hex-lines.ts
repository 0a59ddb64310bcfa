/** Bytes as lines of sixteen, with what each byte belongs to: for the hexadecimal view. */

export interface HexMark {
  /** Positions from the first byte shown, the end not included. */
  readonly from: number;
  readonly to: number;
  readonly kind: 'field' | 'other-field' | 'record' | 'key' | 'value' | 'picked';
}

export interface HexByte {
  readonly at: number;
  readonly hex: string;
  /** A dot for what is no letter, digit or sign. */
  readonly text: string;
  /** The last mark that covers it. */
  readonly kind: HexMark['kind'] | null;
}

export interface HexLine {
  /** In the file. */
  readonly position: number;
  readonly bytes: readonly HexByte[];
}

const perLine = 16;

/** `hex`: two digits a byte. `position`: of its first byte in the file. */
export function hexLines(hex: string, position: number, marks: readonly HexMark[]): HexLine[] {
  const count = hex.length / 2;
  const kinds: (HexMark['kind'] | null)[] = Array.from({ length: count }, () => null);
  for (const { from, to, kind } of marks) {
    if (to > 0) kinds.fill(kind, Math.max(0, from), Math.min(count, to));
  }
  const lines: HexLine[] = [];
  for (let start = 0; start < count; start += perLine) {
    const bytes: HexByte[] = [];
    for (let at = start; at < Math.min(start + perLine, count); at++) {
      const digits = hex.slice(at * 2, at * 2 + 2);
      const code = Number.parseInt(digits, 16);
      bytes.push({
        at,
        hex: digits,
        text: code > 31 && code < 127 ? String.fromCharCode(code) : '·',
        kind: kinds[at]!,
      });
    }
    lines.push({ position: position + start, bytes });
  }
  return lines;
}
