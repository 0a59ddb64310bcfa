/**
 * `lab group reset|delete|delete-offsets GROUP`: committed offsets of a group of the lab that runs on a data directory, with
 * the words of `kafka-consumer-groups.sh`: without `--execute` a reset only tells what it would do.
 */
import { parseIsoDuration, recordsBetween, type OffsetPreview, type ResetTarget } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError, type ParsedArguments } from '../arguments.ts';
import { command, query } from '../connect.ts';

const flags = ['to-earliest', 'to-latest', 'to-current'] as const;
const values = ['to-offset', 'shift-by', 'to-datetime', 'by-duration', 'to-moment'] as const;
const targetOptions = {
  'to-earliest': 'flag',
  'to-latest': 'flag',
  'to-current': 'flag',
  'to-offset': 'text',
  'shift-by': 'text',
  'to-datetime': 'text',
  'by-duration': 'text',
  'to-moment': 'text',
} as const;
const options = {
  'data-dir': 'text',
  json: 'flag',
  topic: 'list',
  'dry-run': 'flag',
  execute: 'flag',
  'restart-consumers': 'flag',
  ...targetOptions,
} as const;

export async function group(argv: readonly string[]): Promise<void> {
  const args = parse(signed(argv), options);
  const [verb = '', name, ...more] = args.words;
  const verbs = ['reset', 'delete', 'delete-offsets'];
  if (!verbs.includes(verb)) throw new UsageError(`group ${verb}: one of ${verbs.join(', ')} is needed`);
  if (name === undefined) throw new UsageError(`group ${verb}: which one? Give its id`);
  refuseWords(more);
  if (verb === 'reset') return reset(name, args);
  for (const option of [...flags, 'dry-run', 'execute', 'restart-consumers'] as const) {
    if (args.flag(option)) throw new UsageError(`--${option}: not for group ${verb}; only reset takes it`);
  }
  const dataDir = requiredDataDir(args);
  if (verb === 'delete')
    return done(args, await command(dataDir, 'deleteGroup', { group: name }, `group delete ${name}`));
  const { partitions } = scopeOf(args);
  if (partitions === undefined) throw new UsageError(`group delete-offsets ${name}: which? Give --topic orders:0,1`);
  const input = { group: name, partitions };
  done(args, await command(dataDir, 'deleteOffsets', input, `group delete-offsets ${name}`));
}

async function reset(name: string, args: ParsedArguments): Promise<void> {
  const to = targetOf(args);
  const execute = args.flag('execute');
  if (execute && args.flag('dry-run')) throw new UsageError('--dry-run and --execute: one of the two');
  const asked = { group: name, to, ...scopeOf(args) };
  const dataDir = requiredDataDir(args);
  const preview = await query(dataDir, 'previewOffsets', asked);
  if (execute) {
    const restartConsumers = args.flag('restart-consumers');
    await command(dataDir, 'resetOffsets', { ...asked, restartConsumers }, `group reset ${name}`);
  }
  print(args.flag('json') ? JSON.stringify({ executed: execute, ...preview }) : tableOf(preview));
  if (!execute && !args.flag('json')) print(`Nothing was changed; --execute does it.${whoIsThere(preview)}`);
}

function whoIsThere({ labMembers, strangers }: OffsetPreview): string {
  if (strangers.length > 0) return ` Kafka refuses while the group has members: ${strangers.join(', ')}.`;
  return labMembers.length === 0 ? '' : ` It has ${labMembers.join(', ')}: --restart-consumers closes them meanwhile.`;
}

function tableOf({ group: name, partitions }: OffsetPreview): string {
  const rows = partitions.map((each) => {
    const records = recordsBetween(each);
    const { topic, partition, was, now, note } = each;
    const difference = records === null ? '-' : records > 0 ? `+${records}` : String(records);
    return [name, topic, String(partition), String(was ?? '-'), String(now ?? '-'), difference, note ?? ''];
  });
  const all = [['GROUP', 'TOPIC', 'PARTITION', 'WAS', 'NEW-OFFSET', 'RECORDS', ''], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `--shift-by -10` is an option with a value, not two options. */
function signed(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('--shift-by');
  const value = argv[at + 1];
  if (at < 0 || value === undefined || !/^-\d/.test(value)) return argv;
  return [...argv.slice(0, at), `--shift-by=${value}`, ...argv.slice(at + 2)];
}

function targetOf(args: ParsedArguments): ResetTarget {
  const given = [...flags.filter((each) => args.flag(each)), ...values.filter((each) => args.text(each) !== null)];
  const [option, second] = given;
  const all = [...flags, ...values].map((each) => `--${each}`).join(', ');
  if (option === undefined) throw new UsageError(`group reset: where to? One of ${all}`);
  if (second !== undefined) throw new UsageError(`--${option} and --${second}: one of the two`);
  const value = values.some((each) => each === option) ? (args.text(option) ?? '') : '';
  switch (option) {
    case 'to-earliest':
      return { by: 'earliest' };
    case 'to-latest':
      return { by: 'latest' };
    case 'to-current':
      return { by: 'current' };
    case 'to-offset':
      return { by: 'offset', offset: wholeOf(option, value, /^\d+$/) };
    case 'shift-by':
      return { by: 'shift', records: wholeOf(option, value, /^[-+]?\d+$/) };
    case 'to-datetime':
      return { by: 'time', timestampMs: timeOf(option, value) };
    case 'to-moment':
      return { by: 'moment', atMs: timeOf(option, value) };
    case 'by-duration': {
      const durationMs = parseIsoDuration(value);
      if (durationMs !== null && durationMs >= 0) return { by: 'duration', durationMs };
      throw new UsageError(`--by-duration ${value}: a duration such as PT1H30M is needed`);
    }
  }
}

function wholeOf(option: string, value: string, form: RegExp): number {
  if (form.test(value)) return Number(value);
  throw new UsageError(`--${option} ${value}: a whole number is needed`);
}

function timeOf(option: string, value: string): number {
  const atMs = /^\d{10,}$/.test(value) ? Number(value) : Date.parse(value);
  if (!Number.isNaN(atMs)) return atMs;
  throw new UsageError(`--${option} ${value}: a time such as 2026-11-21T17:00:00.000 is needed`);
}

/** `--topic orders`, `--topic orders:0,1`; without any all that the group has. */
function scopeOf(args: ParsedArguments): { topics?: string[]; partitions?: { topic: string; partition: number }[] } {
  const given = args.list('topic');
  const named = given.filter((each) => each.includes(':'));
  if (given.length === 0) return {};
  if (named.length === 0) return { topics: [...given] };
  if (named.length < given.length) {
    throw new UsageError(`--topic ${given.join(' --topic ')}: either all with partitions (orders:0,1) or all without`);
  }
  const partitions = named.flatMap((each) => {
    const [topic = '', list = ''] = each.split(':');
    return list.split(',').map((partition) => ({ topic, partition: wholeOf('topic', partition, /^\d+$/) }));
  });
  return { partitions };
}

function done(args: ParsedArguments, result: object): void {
  if (args.flag('json')) print(JSON.stringify(result));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
