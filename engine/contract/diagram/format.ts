/** Numbers and durations as a diagram writes them. */

/** `176 989`: groups of three. */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, '\u202f');
}

/** `0.32 ms`, `44 ms`, `4.95 s`, `2 m 12 s`. */
export function duration(ms: number): string {
  if (ms < 0.995) return `${ms.toFixed(2)} ms`;
  if (ms < 9.995) return `${trimmed(ms, 2)} ms`;
  if (ms < 99.95) return `${trimmed(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9995) return `${trimmed(ms / 1000, 2)} s`;
  if (ms < 59_950) return `${trimmed(ms / 1000, 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, '');
}

/** Since the diagram's zero, in milliseconds without the unit: `7.02`, `5 006`. */
export function sinceOrigin(ms: number): string {
  const size = Math.abs(ms);
  const text = size >= 999.5 ? grouped(Math.round(size)) : size >= 99.95 ? String(Math.round(size)) : trimmed(size, 2);
  return ms < 0 && text !== '0' ? `−${text}` : text;
}

/** Bytes: `176 B`, `14.2 kB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 999_500) return `${trimmed(count / 1000, 1)} kB`;
  return `${trimmed(count / 1_000_000, 1)} MB`;
}

/** How wide a text is drawn, near enough to keep texts apart: IBM Plex Sans, and square letters of Korean. */
export function textWidth(text: string, size: number, bold = false): number {
  let em = 0;
  for (const letter of text) {
    if (letter.charCodeAt(0) >= 0x1100) em += 0.95;
    else if (/[il.,:;'|!·\u202f ]/.test(letter)) em += 0.3;
    else if (/[mwMW@]/.test(letter)) em += 0.88;
    else em += 0.58;
  }
  return em * size * (bold ? 1.06 : 1);
}
