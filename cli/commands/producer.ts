/** `lab producer add|stop|kill|start|remove|set [NAME]`: a command to the lab producers of the lab on a data directory. */
import type { CommandName } from '../../engine/contract/index.ts';
import { configPairs, parse, requiredDataDir, type ParsedArguments } from '../arguments.ts';
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
    keys: args.choice('keys', ['none', 'round', 'random', 'skewed']),
    keyCount: args.integer('key-count', 1, 1_000_000),
    recordBytes: args.integer('record-bytes', 1, 900_000),
    configs: args.list('config').length === 0 ? null : configPairs(args.list('config'), 'config', 'linger.ms=20'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
