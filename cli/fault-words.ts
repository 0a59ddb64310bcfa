/**
 * `lab fault KIND TARGET... [options]` as a fault. Every mistake names the word, its value and what would be right. The
 * other way round is the contract's `faultWords`.
 */
import type { CommandInput, FaultSpec } from '../engine/contract/index.ts';
import { refuseWords, UsageError, type ParsedArguments } from './arguments.ts';
import { parseLength, parseSize } from './lengths.ts';

type Kind = FaultSpec['kind'];

/** Options that take a value, and which kinds take them. */
const settingsOf: Readonly<Record<Kind, readonly string[]>> = {
  stop: [],
  kill: [],
  pause: [],
  'power-loss': [],
  'slow-disk': ['delay', 'rate'],
  'full-disk': ['free'],
  'skewed-clock': ['skew'],
  'cut-link': ['one-way'],
  'delay-link': ['delay', 'jitter', 'one-way'],
  'limit-link': ['rate', 'one-way'],
  'stop-client': [],
  'kill-client': [],
  'freeze-client': [],
  'cut-client': [],
  'slow-client': ['processing'],
};
export const faultKinds = Object.keys(settingsOf) as readonly Kind[];
export const faultOptions = {
  delay: 'text',
  jitter: 'text',
  rate: 'text',
  free: 'text',
  skew: 'text',
  processing: 'text',
  after: 'text',
  for: 'text',
  'one-way': 'flag',
} as const;

export function isFaultKind(word: string): word is Kind {
  return faultKinds.some((kind) => kind === word);
}

export function parseFault(kind: Kind, words: readonly string[], args: ParsedArguments): CommandInput<'injectFault'> {
  refuseOptions(kind, args);
  const fault = specOf(kind, words, args);
  const after = args.text('after');
  const forHowLong = args.text('for');
  return {
    fault,
    ...(after === null ? {} : { afterMs: positive('--after', after) }),
    ...(forHowLong === null ? {} : { forMs: positive('--for', forHowLong) }),
  };
}

function specOf(kind: Kind, words: readonly string[], args: ParsedArguments): FaultSpec {
  switch (kind) {
    case 'stop':
    case 'kill':
    case 'pause':
    case 'power-loss':
      return { kind, node: nodeOf(kind, words) };
    case 'slow-disk': {
      const rate = args.text('rate');
      const delay = args.text('delay');
      // A disk that is only narrow waits no longer for each write.
      const delayMs = delay === null ? (rate === null ? 50 : 0) : positive('--delay', delay);
      const bytesPerSecond = rate === null ? {} : { bytesPerSecond: parseSize('--rate', rate) };
      return { kind, node: nodeOf(kind, words), delayMs, ...bytesPerSecond };
    }
    case 'full-disk': {
      const free = args.text('free');
      return { kind, node: nodeOf(kind, words), freeBytes: free === null ? 0 : parseSize('--free', free) };
    }
    case 'skewed-clock':
      return { kind, node: nodeOf(kind, words), skewMs: parseLength('--skew', needed(kind, 'skew', '-30s', args)) };
    case 'cut-link':
      return { kind, ...linkOf(kind, words, args) };
    case 'delay-link': {
      const delayMs = positive('--delay', needed(kind, 'delay', '100ms', args));
      const jitter = args.text('jitter');
      const jitterMs = jitter === null ? 0 : positive('--jitter', jitter);
      return { kind, ...linkOf(kind, words, args), delayMs, jitterMs };
    }
    case 'limit-link': {
      const bytesPerSecond = parseSize('--rate', needed(kind, 'rate', '64K', args));
      return { kind, ...linkOf(kind, words, args), bytesPerSecond };
    }
    case 'stop-client':
    case 'kill-client':
    case 'freeze-client':
    case 'cut-client':
      return { kind, client: clientOf(kind, words) };
    case 'slow-client': {
      const processingMs = positive('--processing', needed(kind, 'processing', '500ms', args));
      return { kind, client: clientOf(kind, words), processingMs };
    }
  }
}

function refuseOptions(kind: Kind, args: ParsedArguments): void {
  const takes = [...settingsOf[kind], 'after', 'for'];
  for (const [option, type] of Object.entries(faultOptions)) {
    const value = type === 'flag' ? (args.flag(option) ? '' : null) : args.text(option);
    if (value === null || takes.includes(option)) continue;
    const others = faultKinds.filter((each) => settingsOf[each].includes(option));
    throw new UsageError(`${`--${option} ${value}`.trim()}: not for fault ${kind}; only ${others.join(', ')} take it`);
  }
}

function needed(kind: Kind, option: string, example: string, args: ParsedArguments): string {
  const value = args.text(option);
  if (value === null) throw new UsageError(`fault ${kind}: --${option} is needed, e.g. --${option} ${example}`);
  return value;
}

function positive(option: string, value: string): number {
  const ms = parseLength(option, value);
  if (ms < 0) throw new UsageError(`${option} ${value}: a length of time of 0 or more is needed`);
  return ms;
}

function nodeOf(kind: Kind, [word, ...more]: readonly string[]): number {
  if (word === undefined) throw new UsageError(`fault ${kind}: which broker? Give its number`);
  refuseWords(more);
  if (!/^\d+$/.test(word)) throw new UsageError(`fault ${kind} ${word}: a broker's number is needed`);
  return Number(word);
}

function clientOf(kind: Kind, [word, ...more]: readonly string[]): string {
  if (word === undefined) throw new UsageError(`fault ${kind}: which client? Give its name`);
  refuseWords(more);
  return word;
}

/** An end that is a number is a broker. */
function linkOf(kind: Kind, [from, to, ...more]: readonly string[], args: ParsedArguments) {
  if (from === undefined || to === undefined) {
    throw new UsageError(
      `fault ${kind} ${from ?? ''}`.trim() + ': which link? Give both ends, a broker or client each',
    );
  }
  refuseWords(more);
  const end = (word: string): number | string => (/^\d+$/.test(word) ? Number(word) : word);
  return { from: end(from), to: end(to), both: !args.flag('one-way') };
}
