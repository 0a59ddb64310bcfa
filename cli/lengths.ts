/** Lengths of time and sizes as words of the command line: `50ms`, `5s`, `2m`, `-30s`; `512`, `64K`, `10M`. */
import { UsageError } from './arguments.ts';

const timeUnits: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const sizeUnits: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** Milliseconds. `option` is `--delay`, for the complaint. */
export function parseLength(option: string, value: string): number {
  const [, number, unit = ''] = /^(-?\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(value) ?? [];
  const ms = Number(number) * (timeUnits[unit] ?? Number.NaN);
  if (Number.isNaN(ms)) {
    throw new UsageError(`${option} ${value}: a length of time is needed, such as 50ms, 5s or 2m`);
  }
  return Math.round(ms);
}

/** Bytes. */
export function parseSize(option: string, value: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)([kmg]?)(?:i?b)?$/i.exec(value) ?? [];
  const bytes = Number(number) * (sizeUnits[unit.toLowerCase()] ?? Number.NaN);
  if (Number.isNaN(bytes)) {
    throw new UsageError(`${option} ${value}: a number of bytes is needed, such as 512, 64K or 10M`);
  }
  return Math.round(bytes);
}
