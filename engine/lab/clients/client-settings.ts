/**
 * What a lab client is told to do: the defaults of a new one, what a command changes, which changes a client takes as it
 * runs and which need it made anew, and the Kafka configs that follow. Pure.
 */
import type { Assignor, ClientName, ConsumerSettings, KeyFileView, ProducerSettings } from '../../contract/clients.ts';
import type { CommandError, CommandInput } from '../../contract/commands.ts';
import type { HeaderTemplate } from '../../contract/produce.ts';
import type { ClientRole } from './client-messages.ts';

/** A file's text has become what the settings tell of it. */
export type ProducerChange = Omit<CommandInput<'setProducer'>, 'client' | 'keyFile'> & {
  readonly keyFile?: KeyFileView | null;
};
type ConsumerChange = Omit<CommandInput<'setConsumer'>, 'client'>;

/**
 * Of the default lab's producer. Batches that wait this long are seen to fill, and cost a cluster on one machine a
 * fraction of what the client's default of 5 ms does.
 */
export const defaultLabConfigs: Readonly<Record<string, string>> = { 'linger.ms': '50' };
export const defaultTopic = 'orders';
export const defaultGroup = 'billing';

const newProducer: Omit<ProducerSettings, 'topic'> = {
  recordsPerSecond: 400,
  keys: 'round',
  keyCount: 1000,
  recordBytes: 320,
  skewPercent: 80,
  keyNames: [],
  keyFile: null,
  payload: null,
  headers: [],
  sendMode: 'async',
  partitioner: 'default',
  partitionExpression: '',
  seed: null,
  acks: 'all',
  configs: {},
};
const newConsumer: Omit<ConsumerSettings, 'group' | 'topics'> = {
  // The Java client's default list.
  assignors: ['range', 'cooperative-sticky'],
  commit: 'auto',
  instanceId: null,
  processingMs: 0,
  processingJitterMs: 0,
  commitOnRevoke: false,
  configs: {},
};

export function producerSettings(topic: string, change: ProducerChange): ProducerSettings {
  return changedProducer({ ...newProducer, topic }, change);
}

/** `like`: a lab consumer of the same group, whose settings a newcomer takes, as another instance of one application has them. */
export function consumerSettings(
  client: ClientName,
  group: string,
  topics: readonly string[],
  like: ConsumerSettings | null,
  change: ConsumerChange,
): ConsumerSettings {
  const { assignors, commit, processingMs, processingJitterMs, commitOnRevoke, configs } = like ?? newConsumer;
  const isStatic = like !== null && like.instanceId !== null;
  const start: ConsumerSettings = {
    group,
    topics: like?.topics ?? topics,
    assignors,
    commit,
    processingMs,
    processingJitterMs,
    commitOnRevoke,
    configs,
    instanceId: isStatic ? client : null,
  };
  return changedConsumer(client, start, change);
}

export function changedProducer(was: ProducerSettings, change: ProducerChange): ProducerSettings {
  return {
    topic: change.topic ?? was.topic,
    recordsPerSecond: change.recordsPerSecond ?? was.recordsPerSecond,
    keys: change.keys ?? was.keys,
    keyCount: change.keyCount ?? was.keyCount,
    recordBytes: change.recordBytes ?? was.recordBytes,
    skewPercent: change.skewPercent ?? was.skewPercent,
    keyNames: change.keyNames ?? was.keyNames,
    keyFile: change.keyFile === undefined ? was.keyFile : change.keyFile,
    payload: change.payload === undefined ? was.payload : change.payload,
    headers: change.headers ?? was.headers,
    sendMode: change.sendMode ?? was.sendMode,
    partitioner: change.partitioner ?? was.partitioner,
    partitionExpression: change.partitionExpression ?? was.partitionExpression,
    seed: change.seed === undefined ? was.seed : change.seed,
    acks: change.acks ?? was.acks,
    configs: change.configs ?? was.configs,
  };
}

export function changedConsumer(client: ClientName, was: ConsumerSettings, change: ConsumerChange): ConsumerSettings {
  return {
    group: was.group,
    topics: change.topics ?? was.topics,
    assignors: change.assignors ?? was.assignors,
    commit: change.commit ?? was.commit,
    instanceId: change.instanceId ?? instanceIdOf(client, was.instanceId, change.staticMembership),
    processingMs: change.processingMs ?? was.processingMs,
    processingJitterMs: change.processingJitterMs ?? was.processingJitterMs,
    commitOnRevoke: change.commitOnRevoke ?? was.commitOnRevoke,
    configs: change.configs ?? was.configs,
  };
}

function instanceIdOf(client: ClientName, was: string | null, isStatic: boolean | undefined): string | null {
  if (isStatic === undefined) return was;
  return isStatic ? (was ?? client) : null;
}

export interface SettingChange {
  readonly setting: string;
  readonly was: string;
  readonly now: string;
}

/** The settings that differ, by name, as a person reads them. */
export function settingChanges(was: ProducerSettings | ConsumerSettings, now: typeof was): readonly SettingChange[] {
  const before = new Map(namedSettings(was));
  const after = new Map(namedSettings(now));
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((setting) => ({
      setting,
      was: before.get(setting) ?? 'default',
      now: after.get(setting) ?? 'default',
    }))
    .filter((change) => change.was !== change.now);
}

/** Settings of the lab's own by their names, Kafka's configs by Kafka's. */
function namedSettings({ configs, ...own }: ProducerSettings | ConsumerSettings): [string, string][] {
  const named = Object.entries(own).map(([name, value]): [string, string] => [
    kafkaNames[name] ?? name,
    settingText(value),
  ]);
  return [...named, ...Object.entries(configs)];
}

function settingText(
  value: ProducerSettings[keyof ProducerSettings] | ConsumerSettings[keyof ConsumerSettings],
): string {
  if (value === null || value === '') return 'none';
  if (Array.isArray(value)) {
    const texts = value.map((each: string | HeaderTemplate) =>
      typeof each === 'string' ? each : `${each.key}: ${each.value}`,
    );
    return texts.join(', ') || 'none';
  }
  return typeof value === 'object' && 'format' in value ? `${value['name']} (${value['records']})` : String(value);
}

const kafkaNames: Readonly<Record<string, string>> = {
  instanceId: 'group.instance.id',
  assignors: 'partition.assignment.strategy',
  group: 'group.id',
};

const liveSettings = new Set([
  'recordsPerSecond',
  'keys',
  'keyCount',
  'recordBytes',
  'skewPercent',
  'keyNames',
  'payload',
  'headers',
  'sendMode',
  'processingMs',
  'processingJitterMs',
  'commitOnRevoke',
]);

/** Whether a client that runs takes the changes as it runs. A change of any other setting makes it anew. */
export function areLive(changes: readonly SettingChange[]): boolean {
  return changes.every(({ setting }) => liveSettings.has(setting));
}

const assignorClass: Readonly<Record<Assignor, string>> = {
  range: 'org.apache.kafka.clients.consumer.RangeAssignor',
  roundrobin: 'org.apache.kafka.clients.consumer.RoundRobinAssignor',
  sticky: 'org.apache.kafka.clients.consumer.StickyAssignor',
  'cooperative-sticky': 'org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
};

const roundRobinClass = 'org.apache.kafka.clients.producer.RoundRobinPartitioner';

/** The configs that the client is made with. */
export function clientConfigs(client: ClientName, bootstrapServers: string, role: ClientRole): Record<string, string> {
  const shared = { ...role.settings.configs, 'bootstrap.servers': bootstrapServers, 'client.id': client };
  if (role.kind === 'producer') {
    const { acks, partitioner } = role.settings;
    return { ...shared, acks, ...(partitioner === 'round-robin' ? { 'partitioner.class': roundRobinClass } : {}) };
  }
  const { group, instanceId, assignors, commit } = role.settings;
  return {
    ...shared,
    'group.id': group,
    ...(instanceId === null ? {} : { 'group.instance.id': instanceId }),
    'partition.assignment.strategy': assignors.map((each) => assignorClass[each]).join(','),
    'enable.auto.commit': String(commit === 'auto'),
  };
}

const ownSettingOf: Readonly<Record<ClientRole['kind'], Readonly<Record<string, string>>>> = {
  producer: { acks: 'acks', 'partitioner.class': 'partitioner' },
  consumer: {
    'group.id': 'group',
    'group.instance.id': 'instanceId',
    'partition.assignment.strategy': 'assignors',
    'enable.auto.commit': 'commit',
  },
};
const givenByTheLab = new Set([
  'bootstrap.servers',
  'client.id',
  'key.serializer',
  'value.serializer',
  'key.deserializer',
  'value.deserializer',
]);

/** Explicit configs that are not the user's to give, because the lab gives them or a setting of its own stands for them. */
export function whyConfigsRefused(
  kind: ClientRole['kind'],
  configs: Readonly<Record<string, string>> | undefined,
): CommandError | null {
  for (const [name, value] of Object.entries(configs ?? {})) {
    const own = ownSettingOf[kind][name];
    if (own !== undefined) {
      return { code: 'invalid', thing: `config ${name}`, value, hint: `It is a setting of its own: ${own}.` };
    }
    if (givenByTheLab.has(name)) {
      return { code: 'invalid', thing: `config ${name}`, value, hint: `The lab gives it to every ${kind}.` };
    }
  }
  return null;
}
