/**
 * What the palette offers: places, things and commands, as they are possible now. An entry is data; who opens the palette
 * acts on it. Words come from the catalogues, with the English ones as an alias in every language.
 */
import type { ConsumerView, ProducerView } from '../../../engine/contract/clients.ts';
import type { LabCommand } from '../../../engine/contract/commands.ts';
import type { BrokerView, LabSnapshot } from '../../../engine/contract/snapshot.ts';
import type { Selection } from '../../model/selection.ts';
import { spans, type Span } from '../../model/timeline.ts';
import { faultEntries } from './fault-entries.ts';
import { timeEntries } from './time-entries.ts';

export type ShellAct =
  'theme' | 'projector' | 'language' | 'live' | 'previous' | 'next' | 'undo' | 'log' | 'inspector' | 'keys';

export type PaletteAct =
  | { readonly type: 'go'; readonly path: string; readonly select?: Selection }
  | { readonly type: 'command'; readonly command: LabCommand }
  | { readonly type: 'shell'; readonly act: ShellAct }
  | { readonly type: 'span'; readonly span: Span };

export type PaletteGroup = 'views' | 'things' | 'commands' | 'window';

export interface PaletteEntry {
  readonly id: string;
  readonly group: PaletteGroup;
  /** Key of a sentence and its arguments. */
  readonly words: readonly [key: string, args?: Readonly<Record<string, string | number>>];
  /** The key that does the same. */
  readonly keys: string | null;
  readonly act: PaletteAct;
}

export interface PaletteWorld {
  readonly snapshot: LabSnapshot;
  /** Names of views that there are. */
  readonly views: readonly string[];
  /** Commands are offered for the present only. */
  readonly isLive: boolean;
  readonly canUndo: boolean;
}

export function paletteEntries(world: PaletteWorld): readonly PaletteEntry[] {
  const { snapshot, isLive } = world;
  return [
    ...viewEntries(world.views),
    ...thingEntries(snapshot, world.views),
    ...(isLive ? [...commandEntries(snapshot), ...timeEntries(snapshot), ...faultEntries(snapshot)] : []),
    ...windowEntries(world),
  ];
}

const viewKeys: Readonly<Record<string, string>> = { cluster: 'G C', topics: 'G T', groups: 'G G', records: 'G R' };

function viewEntries(views: readonly string[]): readonly PaletteEntry[] {
  return Object.entries(viewKeys)
    .filter(([name]) => views.includes(name))
    .map(([name, keys]) => ({
      id: `view ${name}`,
      group: 'views',
      words: [`palette.views.${name}`],
      keys,
      act: { type: 'go', path: `/${name}` },
    }));
}

function thingEntries(snapshot: LabSnapshot, views: readonly string[]): readonly PaletteEntry[] {
  const thing = (
    id: string,
    words: PaletteEntry['words'],
    select: Selection,
    path = '/cluster',
    keys: string | null = null,
  ) => ({ id, group: 'things', words, keys, act: { type: 'go', path, select } }) as const;
  const topicPath = (topic: string): string => (views.includes('topic') ? `/topics/${topic}` : '/cluster');
  const groupPath = (group: string): string =>
    views.includes('group') ? `/groups/${encodeURIComponent(group)}` : '/cluster';
  return [
    ...snapshot.brokers.map(({ id: node }, index) =>
      thing(
        `broker ${node}`,
        ['broker.name', { node }],
        { kind: 'broker', node },
        '/cluster',
        index < 10 ? String((index + 1) % 10) : null,
      ),
    ),
    ...snapshot.topics.map(({ name: topic }) =>
      thing(`topic ${topic}`, ['palette.topic', { topic }], { kind: 'topic', topic }, topicPath(topic)),
    ),
    ...snapshot.groups.map(({ id: group }) =>
      thing(`group ${group}`, ['palette.group', { group }], { kind: 'group', group }, groupPath(group)),
    ),
    ...snapshot.producers.map(({ id: client }) =>
      thing(`producer ${client}`, ['palette.producer', { client }], { kind: 'producer', client }),
    ),
    ...snapshot.consumers.map(({ id: client }) =>
      thing(`consumer ${client}`, ['palette.consumer', { client }], { kind: 'consumer', client }),
    ),
    ...(views.includes('records')
      ? snapshot.topics.map(
          ({ name: topic }) =>
            ({
              id: `records ${topic}`,
              group: 'things',
              words: ['palette.records', { topic }],
              keys: null,
              act: { type: 'go', path: `/records/${topic}` },
            }) as const,
        )
      : []),
    thing('quorum', ['inspector.quorumTitle'], { kind: 'quorum' }),
    ...snapshot.partitions.map(({ topic, partition }) =>
      thing(`partition ${topic}-${partition}`, ['palette.partition', { topic, partition }], {
        kind: 'partition',
        topic,
        partition,
      }),
    ),
  ];
}

function commandEntries(snapshot: LabSnapshot): readonly PaletteEntry[] {
  return [
    ...snapshot.brokers.flatMap((broker) => brokerCommands(broker).map((each) => commandEntry(each))),
    ...snapshot.producers.flatMap(producerCommands),
    ...snapshot.consumers.flatMap(consumerCommands),
    ...snapshot.groups.flatMap(({ id: group, protocolType }) =>
      protocolType === 'consumer' || snapshot.consumers.some((each) => each.settings.group === group)
        ? groupCommands(group, snapshot)
        : [],
    ),
    commandEntry({ type: 'addBroker' }),
    commandEntry({ type: 'addProducer' }, ['palette.addProducer']),
    commandEntry({ type: 'addConsumer' }, ['palette.addConsumer']),
  ];
}

/** Its words are those of the command, unless it needs others. */
function commandEntry(command: LabCommand, words?: PaletteEntry['words']): PaletteEntry {
  const args = Object.fromEntries(
    Object.entries(command).filter(([, value]) => typeof value === 'string' || typeof value === 'number'),
  ) as Record<string, string | number>;
  return {
    id: JSON.stringify(command),
    group: 'commands',
    words: words ?? [`command.${command.type}`, args],
    keys: null,
    act: { type: 'command', command },
  };
}

function brokerCommands({ id: node, process }: BrokerView): readonly LabCommand[] {
  switch (process) {
    case 'running':
      return [
        { type: 'killBroker', node },
        { type: 'stopBroker', node },
        { type: 'pauseBroker', node },
      ];
    case 'paused':
      return [
        { type: 'resumeBroker', node },
        { type: 'killBroker', node },
      ];
    case 'starting':
    case 'shutting-down':
      return [{ type: 'killBroker', node }];
    default:
      return [{ type: 'startBroker', node }];
  }
}

function producerCommands({ id: client, state, settings }: ProducerView): readonly PaletteEntry[] {
  if (state === 'stopped' || state === 'killed' || state === 'failed') {
    return [commandEntry({ type: 'startProducer', client }), commandEntry({ type: 'removeProducer', client })];
  }
  const others = (['0', '1', 'all'] as const).filter((acks) => acks !== settings.acks);
  return [
    ...others.map((acks) => commandEntry({ type: 'setProducer', client, acks }, ['palette.acks', { client, acks }])),
    commandEntry({ type: 'stopProducer', client }),
    commandEntry({ type: 'killProducer', client }),
  ];
}

function consumerCommands({ id: client, state, settings }: ConsumerView): readonly PaletteEntry[] {
  if (state === 'stopped' || state === 'killed' || state === 'failed') {
    return [commandEntry({ type: 'startConsumer', client }), commandEntry({ type: 'removeConsumer', client })];
  }
  const staticMembership = settings.instanceId === null;
  return [
    commandEntry({ type: 'closeConsumer', client }),
    ...(state === 'running' ? [commandEntry({ type: 'wakeupConsumer', client })] : []),
    commandEntry({ type: 'killConsumer', client }),
    commandEntry({ type: state === 'frozen' ? 'thawConsumer' : 'freezeConsumer', client }),
    commandEntry({ type: 'setConsumer', client, staticMembership }, staticWords(client, staticMembership)),
  ];
}

function groupCommands(group: string, snapshot: LabSnapshot): readonly PaletteEntry[] {
  const members = snapshot.consumers.filter((each) => each.settings.group === group);
  const add = commandEntry({ type: 'addConsumer', group }, ['palette.addConsumerTo', { group }]);
  if (members.length === 0) return [add];
  const staticMembership = members.some((each) => each.settings.instanceId === null);
  const assignors = (['range', 'roundrobin', 'sticky', 'cooperative-sticky'] as const).filter((assignor) =>
    members.some((each) => each.settings.assignors.length !== 1 || each.settings.assignors[0] !== assignor),
  );
  return [
    add,
    commandEntry({ type: 'setGroup', group, staticMembership }, staticWords(group, staticMembership)),
    ...assignors.map((assignor) =>
      commandEntry({ type: 'setGroup', group, assignors: [assignor] }, ['palette.assignor', { group, assignor }]),
    ),
  ];
}

const staticWords = (name: string, on: boolean): PaletteEntry['words'] => [
  on ? 'palette.staticOn' : 'palette.staticOff',
  { name },
];

function windowEntries({ isLive, canUndo }: PaletteWorld): readonly PaletteEntry[] {
  const shell = (act: ShellAct, keys: string | null): PaletteEntry => ({
    id: act,
    group: 'window',
    words: [`palette.shell.${act}`],
    keys,
    act: { type: 'shell', act },
  });
  return [
    ...(isLive ? [] : [shell('live', 'L'), shell('next', ']')]),
    ...(isLive && canUndo ? [shell('undo', 'Ctrl Z')] : []),
    shell('previous', '['),
    shell('theme', 'Shift D'),
    shell('projector', 'Shift P'),
    shell('language', null),
    shell('log', 'E'),
    shell('inspector', 'I'),
    shell('keys', '?'),
    ...spans.map((span): PaletteEntry => ({
      id: `span ${span}`,
      group: 'window',
      words: [`palette.spans.${span}`],
      keys: null,
      act: { type: 'span', span },
    })),
  ];
}
