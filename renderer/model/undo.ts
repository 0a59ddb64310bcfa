/**
 * What takes a command back: the commands to send then, computed from the picture before it. Nothing for what cannot be
 * taken back (records, topics); the moment strip says then what was done and offers nothing.
 */
import type { CommandInput, CommandName, LabCommand } from '../../engine/contract/commands.ts';
import { injectWords } from '../../engine/contract/fault-words.ts';
import { isOver } from '../../engine/contract/faults.ts';
import type { ConsumerView } from '../../engine/contract/clients.ts';
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

export interface Undo {
  /** What was done; its sentence is `command.<type>`. */
  readonly done: LabCommand;
  /** In order. */
  readonly commands: readonly LabCommand[];
  /** The broker or client that it changed: `broker 2`, `client order-feed`, `group billing`. */
  readonly subject: string;
  readonly atMs: number;
  /** The fault that it was; null for what is none. */
  readonly fault?: number | null;
}

/** `node` and `client` are those that the command's answer names. */
export function undoOf(
  done: LabCommand,
  before: LabSnapshot | null,
  made: { readonly node: number | null; readonly client?: string | null; readonly fault?: number },
  atMs: number,
): Undo | null {
  if (done.type === 'injectFault') return made.fault === undefined ? null : undoOfFault(done, made.fault, atMs);
  const subject = subjectOf(done) ?? (made.client == null ? null : `client ${made.client}`);
  const commands = inverse(done, before, made.client ?? null);
  return subject === null || commands.length === 0
    ? null
    : { done, commands, subject, atMs, fault: made.fault ?? null };
}

function undoOfFault(done: LabCommand, fault: number, atMs: number): Undo {
  return { done, commands: [{ type: 'liftFault', fault }], subject: `fault ${fault}`, atMs, fault };
}

/** What it would take back is over already: somebody lifted the fault, or its time did. */
export function isSpent({ fault }: Undo, lab: Pick<LabSnapshot, 'faults'> | null): boolean {
  if (fault == null) return false;
  return lab?.faults.some((each) => each.id === fault && isOver(each)) === true;
}

/** What a command is about; null for one that makes something without a name yet. */
export function subjectOf(command: LabCommand): string | null {
  if (command.type === 'liftFault') return `fault ${command.fault}`;
  if (command.type === 'injectFault') return `fault ${injectWords(command).join(' ')}`;
  if ('client' in command && command.client !== undefined) return `client ${command.client}`;
  if ('node' in command && typeof command.node === 'number') return `broker ${command.node}`;
  if ('group' in command && command.group !== undefined) return `group ${command.group}`;
  if ('topic' in command && command.topic !== undefined) return `topic ${command.topic}`;
  return null;
}

const brokerInverse = {
  killBroker: 'startBroker',
  stopBroker: 'startBroker',
  pauseBroker: 'resumeBroker',
} as const;
const clientInverse = {
  stopProducer: 'startProducer',
  killProducer: 'startProducer',
  closeConsumer: 'startConsumer',
  wakeupConsumer: 'startConsumer',
  killConsumer: 'startConsumer',
  freezeConsumer: 'thawConsumer',
} as const;

function inverse(done: LabCommand, before: LabSnapshot | null, made: string | null): readonly LabCommand[] {
  switch (done.type) {
    case 'killBroker':
    case 'stopBroker':
    case 'pauseBroker':
      return [{ type: brokerInverse[done.type], node: done.node }];
    case 'stopProducer':
    case 'killProducer':
    case 'closeConsumer':
    case 'wakeupConsumer':
    case 'killConsumer':
    case 'freezeConsumer':
      return [{ type: clientInverse[done.type], client: done.client }];
    case 'addProducer':
      return made === null ? [] : [{ type: 'removeProducer', client: made }];
    case 'addConsumer':
      return made === null ? [] : [{ type: 'removeConsumer', client: made }];
    case 'setProducer':
      return producerBefore(done, before);
    case 'removeProducer': {
      const was = before?.producers.find((each) => each.id === done.client);
      return was === undefined ? [] : [{ type: 'addProducer', client: was.id, ...was.settings }];
    }
    case 'setConsumer': {
      const was = before?.consumers.find((each) => each.id === done.client);
      return was === undefined ? [] : [consumerBefore(done, was)];
    }
    case 'removeConsumer': {
      const was = before?.consumers.find((each) => each.id === done.client);
      return was === undefined ? [] : [consumerAgain(was)];
    }
    case 'resetOffsets':
      return offsetsBefore(done, before);
    case 'deleteOffsets':
      return offsetsBefore({ ...done, to: null, restartConsumers: false }, before);
    case 'deleteGroup':
      return offsetsBefore({ group: done.group, to: null, restartConsumers: false }, before);
    case 'setGroup':
      return (before?.consumers ?? [])
        .filter((each) => each.settings.group === done.group)
        .map((was) => consumerBefore(done, was));
    default:
      return [];
  }
}

/** The same settings that were set, as they were. */
function producerBefore(done: CommandInput<'setProducer'>, before: LabSnapshot | null): readonly LabCommand[] {
  const was = before?.producers.find((each) => each.id === done.client)?.settings;
  if (was === undefined) return [];
  return [
    {
      type: 'setProducer',
      client: done.client,
      ...(done.topic === undefined ? {} : { topic: was.topic }),
      ...(done.recordsPerSecond === undefined ? {} : { recordsPerSecond: was.recordsPerSecond }),
      ...(done.keys === undefined ? {} : { keys: was.keys }),
      ...(done.keyCount === undefined ? {} : { keyCount: was.keyCount }),
      ...(done.recordBytes === undefined ? {} : { recordBytes: was.recordBytes }),
      ...(done.skewPercent === undefined ? {} : { skewPercent: was.skewPercent }),
      ...(done.keyNames === undefined ? {} : { keyNames: was.keyNames }),
      ...(done.keyFile === undefined ? {} : { keyFile: was.keyFile }),
      ...(done.payload === undefined ? {} : { payload: was.payload }),
      ...(done.headers === undefined ? {} : { headers: was.headers }),
      ...(done.sendMode === undefined ? {} : { sendMode: was.sendMode }),
      ...(done.partitioner === undefined ? {} : { partitioner: was.partitioner }),
      ...(done.partitionExpression === undefined ? {} : { partitionExpression: was.partitionExpression }),
      ...(done.seed === undefined ? {} : { seed: was.seed }),
      ...(done.acks === undefined ? {} : { acks: was.acks }),
      ...(done.configs === undefined ? {} : { configs: was.configs }),
    },
  ];
}

function consumerBefore(done: Partial<CommandInput<'setConsumer'>>, { id, settings: was }: ConsumerView): LabCommand {
  const identity = done.staticMembership !== undefined || done.instanceId !== undefined;
  return {
    type: 'setConsumer',
    client: id,
    ...(done.topics === undefined ? {} : { topics: [...was.topics] }),
    ...(done.assignors === undefined ? {} : { assignors: [...was.assignors] }),
    ...(done.commit === undefined ? {} : { commit: was.commit }),
    ...(done.processingMs === undefined ? {} : { processingMs: was.processingMs }),
    ...(done.processingJitterMs === undefined ? {} : { processingJitterMs: was.processingJitterMs }),
    ...(done.commitOnRevoke === undefined ? {} : { commitOnRevoke: was.commitOnRevoke }),
    ...(done.configs === undefined ? {} : { configs: was.configs }),
    ...(identity ? identityOf(was.instanceId) : {}),
  };
}

function consumerAgain({ id, settings }: ConsumerView): LabCommand {
  const { instanceId, topics, assignors, ...rest } = settings;
  return {
    type: 'addConsumer',
    client: id,
    ...rest,
    topics: [...topics],
    assignors: [...assignors],
    ...(instanceId === null ? {} : identityOf(instanceId)),
  };
}

function identityOf(instanceId: string | null): { staticMembership: false } | { instanceId: string } {
  return instanceId === null ? { staticMembership: false } : { instanceId };
}

/** What was committed, written back to the partitions that it changed; they had none where the picture has none. */
function offsetsBefore(
  {
    group,
    to,
    topics,
    partitions,
    restartConsumers,
  }: Omit<CommandInput<'resetOffsets'>, 'to'> & {
    readonly to: CommandInput<'resetOffsets'>['to'] | null;
  },
  before: LabSnapshot | null,
): readonly LabCommand[] {
  const was = before?.groups.find(({ id }) => id === group);
  if (before === null || was === undefined) return [];
  const chosen = to?.by === 'offsets' ? to.offsets : partitions;
  const wanted = chosen?.map(({ topic, partition }) => `${topic}-${partition}`);
  const among = topics ?? was.topics;
  const committed = new Map(was.offsets.map(({ topic, partition, offset }) => [`${topic}-${partition}`, offset]));
  const offsets = before.partitions
    .filter(({ topic, partition }) => wanted?.includes(`${topic}-${partition}`) ?? among.includes(topic))
    .map(({ topic, partition }) => ({ topic, partition, offset: committed.get(`${topic}-${partition}`) ?? null }));
  // Its consumers may be back by then.
  const again = restartConsumers || before.consumers.some(({ settings }) => settings.group === group);
  if (offsets.length === 0) return [];
  return [{ type: 'resetOffsets', group, to: { by: 'offsets', offsets }, restartConsumers: again }];
}

/** Whether a command that was done takes the cause of an undo away by itself: a started broker needs no start. */
export function settles(done: LabCommand, undo: Undo): boolean {
  if (done.type === 'liftAllFaults') return undo.fault != null;
  if (done.type === 'liftFault') return done.fault === undo.fault;
  if (subjectOf(done) !== undo.subject) return false;
  if (done.type === 'removeProducer' || done.type === 'removeConsumer') return true;
  const lifted: readonly CommandName[] = [
    'startBroker',
    'resumeBroker',
    'startProducer',
    'startConsumer',
    'thawConsumer',
  ];
  return lifted.includes(done.type) && undo.commands.every((each) => lifted.includes(each.type));
}

/** Arguments for the sentence `command.<type>`, with everything that is set in one text: `acks=1, linger.ms=5`. */
export function commandArguments(command: LabCommand): Record<string, string | number> {
  if (command.type === 'injectFault') return { fault: injectWords(command).join(' ') };
  const args: Record<string, string | number> = {};
  const settings: string[] = [];
  for (const [name, value] of Object.entries(command)) {
    if (name === 'type' || value === undefined) continue;
    if (typeof value === 'string' || typeof value === 'number') args[name] = value;
    if (['client', 'group', 'node'].includes(name)) continue;
    if (name === 'configs' && value !== null && typeof value === 'object') {
      settings.push(...Object.entries(value).map(([config, set]) => `${config}=${String(set)}`));
    } else settings.push(`${name}=${Array.isArray(value) ? value.join(',') : String(value)}`);
  }
  return { ...args, settings: settings.join(', ') };
}
