/** `lab fault KIND TARGET...`, `lab fault lift ID|all`, `lab fault list`: faults of the lab that runs on a data directory. */
import { faultTargetText, isOver, labTimeAt, settingWords, type FaultView } from '../../engine/contract/index.ts';
import { parse, refuseWords, requiredDataDir, UsageError, type ParsedArguments } from '../arguments.ts';
import { command, connect } from '../connect.ts';
import { faultKinds, faultOptions, isFaultKind, parseFault } from '../fault-words.ts';

export async function fault(argv: readonly string[]): Promise<void> {
  const args = parse(signed(argv), { 'data-dir': 'text', json: 'flag', ...faultOptions });
  const [verb = '', ...words] = args.words;
  if (verb === 'lift') return lift(words, args);
  if (verb === 'list') return list(words, args);
  if (!isFaultKind(verb)) {
    throw new UsageError(`fault ${verb}: one of ${[...faultKinds, 'lift', 'list'].join(', ')} is needed`);
  }
  const input = parseFault(verb, words, args);
  const dataDir = requiredDataDir(args);
  const result = await command(dataDir, 'injectFault', input, `fault ${verb} ${words.join(' ')}`.trim());
  if (args.flag('json')) return print(JSON.stringify(result));
  const { faults, nowMs } = await picture(dataDir);
  for (const each of faults) if (each.id === result.fault) print(line(each, nowMs));
}

/** `--skew -30s` is an option with a value, not two options. */
function signed(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf('--skew');
  const value = argv[at + 1];
  if (at < 0 || value === undefined || !/^-\d/.test(value)) return argv;
  return [...argv.slice(0, at), `--skew=${value}`, ...argv.slice(at + 2)];
}

async function lift([which, ...more]: readonly string[], args: ParsedArguments): Promise<void> {
  if (which === undefined) throw new UsageError('fault lift: which one? Give its number, or all');
  refuseWords(more);
  if (which !== 'all' && !/^\d+$/.test(which)) {
    throw new UsageError(`fault lift ${which}: a fault's number or all is needed; "fault list" tells the numbers`);
  }
  const dataDir = requiredDataDir(args);
  const result =
    which === 'all'
      ? await command(dataDir, 'liftAllFaults', {}, 'fault lift all')
      : await command(dataDir, 'liftFault', { fault: Number(which) }, `fault lift ${which}`);
  if (args.flag('json')) print(JSON.stringify(result));
}

async function list(words: readonly string[], args: ParsedArguments): Promise<void> {
  refuseWords(words);
  const { faults, nowMs } = await picture(requiredDataDir(args));
  if (args.flag('json')) return print(JSON.stringify(faults));
  if (faults.length === 0) return print('no faults');
  for (const each of faults) print(line(each, nowMs));
}

interface Picture {
  readonly faults: readonly FaultView[];
  /** Lab time. */
  readonly nowMs: number;
}

async function picture(dataDir: string): Promise<Picture> {
  const connection = await connect(dataDir);
  try {
    for await (const update of await connection.client.subscribe()) {
      if (update.type !== 'snapshot') continue;
      const { faults, time } = update.snapshot;
      return { faults, nowMs: labTimeAt(time, Date.now()) };
    }
    return { faults: [], nowMs: 0 };
  } finally {
    connection.close();
  }
}

/** `3  active  slow-disk  broker 2  --delay 50ms  17.2s left`. */
function line(view: FaultView, nowMs: number): string {
  const { id, spec, state, detail, overruledBy } = view;
  const parts = [
    String(id).padEnd(4) + state.padEnd(8) + spec.kind.padEnd(14) + faultTargetText(spec),
    settingWords(spec).join(' '),
    leftOf(view, nowMs),
    overruledBy === null ? '' : `waits: fault ${overruledBy} is newer`,
    detail,
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function leftOf(view: FaultView, nowMs: number): string {
  if (isOver(view)) return '';
  const left = (untilMs: number): string => `${(Math.max(0, untilMs - nowMs) / 1000).toFixed(1)}s`;
  if (view.state === 'armed') return `begins in ${left(view.activeMs)}`;
  return view.untilMs === null ? '' : `${left(view.untilMs)} left`;
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
