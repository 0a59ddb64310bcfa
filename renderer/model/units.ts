/** Lengths of time, sizes and counts as the window writes them: always with a unit, never more digits than can be read. */

export interface UnitWords {
  readonly ms: string;
  readonly s: string;
  readonly m: string;
  readonly h: string;
  /** Between digits and unit: a space in English, nothing in Korean. */
  readonly gap: string;
}

/** `412 ms`, `4.2 s`, `2 m 12 s`, `1 h 3 m`. */
export function duration(ms: number, words: UnitWords): string {
  const { gap } = words;
  const whole = Math.max(0, ms);
  if (whole < 1000) return `${Math.round(whole)}${gap}${words.ms}`;
  if (whole < 59_950) return `${(whole / 1000).toFixed(1)}${gap}${words.s}`;
  const seconds = Math.round(whole / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${gap}${words.m} ${seconds % 60}${gap}${words.s}`;
  return `${Math.floor(seconds / 3600)}${gap}${words.h} ${Math.floor((seconds % 3600) / 60)}${gap}${words.m}`;
}

/** Always in seconds with one decimal: for ages and count-downs that change while one reads. */
export function seconds(ms: number, words: UnitWords): string {
  return ms < 59_950 ? `${(Math.max(0, ms) / 1000).toFixed(1)}${words.gap}${words.s}` : duration(ms, words);
}

/** `512 B`, `11.2 MB`. */
export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let value = count / 1000;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(1)} ${units[unit]}`;
}

/** A lag: all digits below ten thousand, then `12.4k`. */
export function compactCount(count: number): string {
  if (count < 10_000) return String(count);
  return count < 10_000_000 ? `${(count / 1000).toFixed(1)}k` : `${(count / 1_000_000).toFixed(1)}M`;
}

/** `12:05:14` and `301`, in the reader's own time zone. */
export function clockTime(ms: number): { readonly time: string; readonly fraction: string } {
  const date = new Date(ms);
  const two = (value: number): string => String(value).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return { time, fraction: String(date.getMilliseconds()).padStart(3, '0') };
}
