/** `lab consumer add|close|wakeup|kill|freeze|thaw|start|remove|set [NAME]`: a command to the lab consumers of the lab on a data directory. */
import type { CommandName } from '../../engine/contract/index.ts';
import { configPairs, parse, requiredDataDir, UsageError, type ParsedArguments } from '../arguments.ts';
import { clientWords, onlyFor, report, settingsGiven } from '../client-words.ts';
import { command } from '../connect.ts';

const verbs: Readonly<Record<string, CommandName>> = {
  add: 'addConsumer',
  close: 'closeConsumer',
  wakeup: 'wakeupConsumer',
  kill: 'killConsumer',
  freeze: 'freezeConsumer',
  thaw: 'thawConsumer',
  start: 'startConsumer',
  remove: 'removeConsumer',
  set: 'setConsumer',
};
const settingOptions = {
  topic: 'list',
  assignor: 'list',
  static: 'text',
  'instance-id': 'text',
  commit: 'text',
  'processing-ms': 'text',
  'processing-jitter-ms': 'text',
  'commit-on-revoke': 'text',
  config: 'list',
} as const;

export async function consumer(argv: readonly string[]): Promise<void> {
  const args = parse(argv, { 'data-dir': 'text', json: 'flag', group: 'text', ...settingOptions });
  const group = args.text('group');
  const ofGroup = args.words[0] === 'set' && args.words.length === 1 && group !== null;
  const { verb, name, client } = ofGroup
    ? { verb: 'set', name: 'setGroup' as const, client: null }
    : clientWords('consumer', args.words, verbs);
  const options = Object.keys(settingOptions);
  if (verb !== 'add' && verb !== 'set') onlyFor('consumer', verb, args, ['group', ...options], ['add', 'set']);
  if (name === 'setConsumer' && group !== null) {
    throw new UsageError(`--group ${group}: a consumer stays in its group; without a name, set is for all of a group`);
  }
  if (ofGroup)
    onlyFor(
      'consumer',
      'set --group',
      args,
      ['topic', 'instance-id', 'processing-ms', 'processing-jitter-ms', 'config'],
      ['add', 'set NAME'],
    );
  const settings = settingsOf(args);
  if (verb === 'set') settingsGiven('consumer', client, settings, options);
  const input = { ...(client === null ? {} : { client }), ...(group === null ? {} : { group }), ...settings };
  const result = await command(requiredDataDir(args), name, input, `consumer ${verb} ${client ?? ''}`.trim());
  report('consumer', verb, args.flag('json'), result);
}

function settingsOf(args: ParsedArguments): Record<string, unknown> {
  const topics = args.list('topic').flatMap((value) => value.split(','));
  const assignors = args.choices('assignor', ['range', 'roundrobin', 'sticky', 'cooperative-sticky']);
  const isStatic = args.choice('static', ['on', 'off']);
  const onRevoke = args.choice('commit-on-revoke', ['on', 'off']);
  const settings = {
    topics: topics.length === 0 ? null : topics,
    assignors: assignors.length === 0 ? null : assignors,
    staticMembership: isStatic === null ? null : isStatic === 'on',
    instanceId: args.text('instance-id'),
    commit: args.choice('commit', ['auto', 'sync', 'async', 'none']),
    processingMs: args.integer('processing-ms', 0, 600_000),
    processingJitterMs: args.integer('processing-jitter-ms', 0, 600_000),
    commitOnRevoke: onRevoke === null ? null : onRevoke === 'on',
    configs:
      args.list('config').length === 0 ? null : configPairs(args.list('config'), 'config', 'session.timeout.ms=10000'),
  };
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null));
}
