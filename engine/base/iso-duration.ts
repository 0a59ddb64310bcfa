/** Lengths of time as `java.time.Duration.parse` reads and writes them: `PT1H30M`, `P1DT12H`, `PT0.5S`. */
import type { DurationMs } from './ids.ts';

const form = /^([-+]?)P(?:([-+]?\d+)D)?(T(?:([-+]?\d+)H)?(?:([-+]?\d+)M)?(?:([-+]?\d+)(?:[.,](\d{0,9}))?S)?)?$/i;

/** In milliseconds; null when it is none. */
export function parseIsoDuration(text: string): DurationMs | null {
  const match = form.exec(text);
  if (match === null) return null;
  const [, sign, days, time, hours, minutes, seconds, fraction] = match;
  if (time?.length === 1 || [days, hours, minutes, seconds].every((part) => part === undefined)) return null;
  const part = (digits: string | undefined): number => Number(digits ?? 0);
  const secondsSign = seconds?.startsWith('-') ? -1 : 1;
  const total =
    ((part(days) * 24 + part(hours)) * 60 + part(minutes)) * 60_000 +
    part(seconds) * 1000 +
    secondsSign * Math.floor(Number(`0.${fraction ?? '0'}`) * 1000);
  return sign === '-' ? -total : total;
}

/** As `Duration.toString()`; of milliseconds that are not negative. */
export function isoDuration(durationMs: DurationMs): string {
  const hours = Math.floor(durationMs / 3_600_000);
  const minutes = Math.floor(durationMs / 60_000) % 60;
  const seconds = Math.round(durationMs % 60_000) / 1000;
  const parts = [hours > 0 ? `${hours}H` : '', minutes > 0 ? `${minutes}M` : '', seconds > 0 ? `${seconds}S` : ''];
  return `PT${parts.join('') || '0S'}`;
}
