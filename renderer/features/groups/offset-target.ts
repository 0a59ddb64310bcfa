/** Where a reset goes, as a form has it, and the official tool that does the same. Pure. */
import { isoDuration, type ResetTarget } from '../../../engine/contract/offsets.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { bootstrapServer, shellWord } from '../../model/bootstrap-server.ts';

export const targetKinds = ['earliest', 'latest', 'offset', 'shift', 'time', 'duration', 'moment'] as const;
export type TargetKind = (typeof targetKinds)[number];

export interface TargetForm {
  readonly by: TargetKind;
  /** Of `offset` and `shift`; an empty field is none. */
  readonly count: number | '';
  readonly seconds: number | '';
  /** `2026-11-21T17:00:05`, in the reader's time zone; of `time` and `moment`. */
  readonly at: string;
}

/** Null while the form does not say where. */
export function targetOf({ by, count, seconds, at }: TargetForm): ResetTarget | null {
  switch (by) {
    case 'earliest':
    case 'latest':
      return { by };
    case 'offset':
      return Number.isInteger(count) && Number(count) >= 0 ? { by, offset: Number(count) } : null;
    case 'shift':
      return Number.isInteger(count) ? { by, records: Number(count) } : null;
    case 'duration':
      return seconds === '' || seconds < 0 ? null : { by, durationMs: Math.round(seconds * 1000) };
    case 'time':
    case 'moment': {
      const atMs = Date.parse(at);
      if (Number.isNaN(atMs)) return null;
      return by === 'time' ? { by, timestampMs: atMs } : { by, atMs };
    }
  }
}

/** As a field of type `datetime-local` wants it. */
export function localTime(atMs: number): string {
  const date = new Date(atMs);
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

interface Planned {
  readonly topic: string;
  readonly partition: number;
  readonly now: number | null;
}

/** `--execute` as well; what the tool has no word for goes through `--from-file`, whose lines are told too. */
export function resetCommand(
  snapshot: LabSnapshot,
  group: string,
  to: ResetTarget,
  topic: string | null,
  planned: readonly Planned[],
): string {
  const base = `kafka-consumer-groups --bootstrap-server ${bootstrapServer(snapshot)} --group ${shellWord(group)}`;
  const scope = topic === null ? '--all-topics' : `--topic ${shellWord(topic)}`;
  const word = wordOf(to);
  if (word !== null) return `${base} --reset-offsets ${scope} ${word} --execute`;
  const lines = planned.flatMap((each) => (each.now === null ? [] : `${each.topic},${each.partition},${each.now}`));
  return [`${base} --reset-offsets --from-file offsets.csv --execute`, ...lines.map((line) => `# ${line}`)].join('\n');
}

function wordOf(to: ResetTarget): string | null {
  switch (to.by) {
    case 'earliest':
    case 'latest':
    case 'current':
      return `--to-${to.by}`;
    case 'offset':
      return `--to-offset ${to.offset}`;
    case 'shift':
      return `--shift-by ${to.records}`;
    case 'time':
      return `--to-datetime ${new Date(to.timestampMs).toISOString()}`;
    case 'duration':
      return `--by-duration ${isoDuration(to.durationMs)}`;
    case 'moment':
    case 'offsets':
      return null;
  }
}
