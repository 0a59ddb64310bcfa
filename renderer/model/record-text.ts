/** Keys, values and headers of records as the window writes them. */
import type { RecordText, RecordView } from '../../engine/contract/queries.ts';

/** In one line of a table. */
export function oneLine({ text }: RecordText, most = 300): string {
  return text.slice(0, most).replaceAll(/\s+/g, ' ');
}

/** Bytes of key, value and headers as they were given, without the batch around them. */
export function contentBytes({ key, value, headers }: RecordView): number {
  const headerBytes = headers.map((header) => header.key.length + (header.value?.bytes ?? 0));
  return (key?.bytes ?? 0) + (value?.bytes ?? 0) + headerBytes.reduce((sum, each) => sum + each, 0);
}

/** Whether key, value or a header contains it, whatever the case: the same rule as the host's. */
export function recordContains(record: RecordView, text: string): boolean {
  const needle = text.toLowerCase();
  const has = (found: RecordText | null): boolean => found?.text.toLowerCase().includes(needle) ?? false;
  return (
    has(record.key) ||
    has(record.value) ||
    record.headers.some((header) => header.key.toLowerCase().includes(needle) || has(header.value))
  );
}

/** Indented JSON; null when the text is none, or nothing that indenting would help. */
export function indentedJson(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value, null, 2) : null;
  } catch {
    return null;
  }
}

/** `12:05:14.301` of today, with the date when it was another day. */
export function recordTime(ms: number, nowMs: number): string {
  if (ms < 0) return '—';
  const date = new Date(ms);
  const two = (value: number, digits = 2): string => String(value).padStart(digits, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${two(date.getMilliseconds(), 3)}`;
  if (date.toDateString() === new Date(nowMs).toDateString()) return time;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${time}`;
}
