/** `lab producer add|stop|kill|start|remove|set [NAME]`: a command to the lab producers of the lab on a data directory. */
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  fileFormats,
  guessFormat,
  keyFileTextMax,
  keyStrategies,
  partitionerNames,
  sendModes,
  type CommandName,
} from '../../engine/contract/index.ts';
import { configPairs, parse, requiredDataDir, UsageError, type ParsedArguments } from '../arguments.ts';
import { clientWords, onlyFor, report, settingsGiven } from '../client-words.ts';
import { command } from '../connect.ts';

const verbs: Readonly<Record<string, CommandName>> = {
  add: 'addProducer',
  stop: 'stopProducer',
  kill: 'killProducer',
  start: 'startProducer',
  remove: 'removeProducer',
  set: 'setProducer',
};
const settingOptions = {
  topic: 'text',
  rate: 'text',
  acks: 'text',
  keys: 'text',
  'key-count': 'text',
  'record-bytes': 'text',
  skew: 'text',
  'key-name': 'list',
  'key-file': 'text',
  'key-format': 'text',
  payload: 'text',
  header: 'list',
  'send-mode': 'text',
  partitioner: 'text',
  'partition-by': 'text',
  seed: 'text',
  config: 'list',
} as const;

export async function producer(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag', ...settingOptions });
  const { verb, name, client } = clientWords('producer', args.words, verbs);
  const options = Object.keys(settingOptions);
  if (verb !== 'add' && verb !== 'set') onlyFor('producer', verb, args, options, ['add', 'set']);
  const settings = settingsOf(args);
  if (verb === 'set') settingsGiven('producer', client, settings, options);
  const input = { ...(client === null ? {} : { client }), ...settings };
  const result = await command(requiredDataDir(args), name, input, `producer ${verb} ${client ?? ''}`.trim());
  report('producer', verb, args.flag('json'), result);
}

function settingsOf(args: ParsedArguments): Record<string, unknown> {
  const settings = {
    topic: args.text('topic'),
    recordsPerSecond: args.integer('rate', 0, 100_000),
    acks: args.choice('acks', ['0', '1', 'all']),
    keys: args.choice('keys', keyStrategies) ?? impliedKeys(args),
    keyCount: args.integer('key-count', 1, 1_000_000),
    recordBytes: args.integer('record-bytes', 1, 900_000),
    skewPercent: args.integer('skew', 1, 100),
    keyNames: args.list('key-name').length === 0 ? null : args.list('key-name').flatMap((each) => each.split(',')),
    keyFile: keyFileOf(args),
    payload: args.text('payload'),
    headers: args.list('header').length === 0 ? null : headersOf(args.list('header')),
    sendMode: args.choice('send-mode', sendModes),
    partitioner: args.choice('partitioner', partitionerNames) ?? (args.text('partition-by') === null ? null : 'custom'),
    partitionExpression: args.text('partition-by'),
    seed: args.integer('seed', 0, 0xffff_ffff),
    configs: args.list('config').length === 0 ? null : configPairs(args.list('config'), 'config', 'linger.ms=20'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}

/** Names or a file say which strategy is meant. */
function impliedKeys(args: ParsedArguments): 'fixed' | 'file' | null {
  if (args.text('key-file') !== null) return 'file';
  return args.list('key-name').length > 0 ? 'fixed' : null;
}

/** The text travels, not the path: the lab may see other files than we do. */
function keyFileOf(args: ParsedArguments): { name: string; format: string; text: string } | null {
  const path = args.text('key-file');
  const format = args.choice('key-format', fileFormats);
  if (path === null) {
    if (format !== null) throw new UsageError(`--key-format ${format}: for --key-file only`);
    return null;
  }
  let text: string;
  try {
    if (statSync(path).size > keyFileTextMax) {
      throw new UsageError(`--key-file ${path}: larger than ${keyFileTextMax} bytes`);
    }
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--key-file ${path}: ${(error as Error).message}`);
  }
  const guessed = guessFormat(path, text);
  return { name: basename(path), format: format ?? (guessed === 'lines' ? 'keys' : guessed), text };
}

function headersOf(pairs: readonly string[]): { key: string; value: string }[] {
  return pairs.map((pair) => {
    const [[key, value] = ['', '']] = Object.entries(configPairs([pair], 'header', 'trace={{uuid}}'));
    return { key, value };
  });
}
