/**
 * A fault as words of the command line, `slow-disk 2 --delay 50ms`: what `lab fault` takes, what the window shows as "Same
 * as", what events and exports carry. Only what differs from a default is written.
 */
import { faultTarget, type FaultSpec } from './faults.ts';

/** `50ms`, `5s`, `2m`, `-30s`: in the largest unit that leaves no rest. */
export function lengthWord(ms: number): string {
  const size = Math.abs(ms);
  if (ms === 0 || !Number.isInteger(ms / 1000)) return `${ms}ms`;
  if (size >= 60_000 && Number.isInteger(ms / 60_000)) return `${ms / 60_000}m`;
  return `${ms / 1000}s`;
}

const binaryUnits = [
  ['G', 1024 ** 3],
  ['M', 1024 ** 2],
  ['K', 1024],
] as const;

/** `512`, `64K`, `10M`: powers of 1024, in the largest unit that leaves no rest. */
export function sizeWord(bytes: number): string {
  for (const [unit, size] of binaryUnits) {
    if (bytes >= size && Number.isInteger(bytes / size)) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Kind, target and settings. */
export function faultWords(spec: FaultSpec): readonly string[] {
  const target = faultTarget(spec);
  const on =
    target.on === 'link'
      ? [String(target.from), String(target.to), ...(target.both ? [] : ['--one-way'])]
      : [target.on === 'broker' ? String(target.node) : target.client];
  return [spec.kind, ...on, ...settingWords(spec)];
}

/** With when it begins and how long it lasts. */
export function injectWords({
  fault,
  afterMs,
  forMs,
}: {
  readonly fault: FaultSpec;
  readonly afterMs?: number | undefined;
  readonly forMs?: number | undefined;
}): readonly string[] {
  return [
    ...faultWords(fault),
    ...(afterMs === undefined || afterMs === 0 ? [] : length('after', afterMs)),
    ...(forMs === undefined ? [] : length('for', forMs)),
  ];
}

/** The settings alone, `--delay 50ms`; empty for a kind without any. */
export function settingWords(spec: FaultSpec): readonly string[] {
  switch (spec.kind) {
    case 'slow-disk':
      return [...length('delay', spec.delayMs), ...rate(spec.bytesPerSecond)];
    case 'full-disk':
      return spec.freeBytes === 0 ? [] : ['--free', sizeWord(spec.freeBytes)];
    case 'skewed-clock':
      return length('skew', spec.skewMs);
    case 'delay-link':
      return [...length('delay', spec.delayMs), ...(spec.jitterMs === 0 ? [] : length('jitter', spec.jitterMs))];
    case 'limit-link':
      return rate(spec.bytesPerSecond);
    case 'slow-client':
      return length('processing', spec.processingMs);
    default:
      return [];
  }
}

const length = (name: string, ms: number): readonly string[] => [`--${name}`, lengthWord(ms)];
const rate = (bytesPerSecond: number | undefined): readonly string[] =>
  bytesPerSecond === undefined ? [] : ['--rate', sizeWord(bytesPerSecond)];
