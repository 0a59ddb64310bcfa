/**
 * A lab producer as a form has it: empty fields are Kafka's defaults. From settings to the form and from the form to a
 * command; what the configs will come to together, before they are sent. Pure.
 */
import type {
  Acks,
  KeyFileView,
  KeyStrategy,
  PartitionerName,
  ProducerSettings,
  SendMode,
} from '../../engine/contract/clients.ts';
import type { CommandInput } from '../../engine/contract/commands.ts';
import type { FileFormat, RecordTemplate } from '../../engine/contract/produce.ts';
import { templateProblem } from '../../engine/contract/templates/index.ts';

export interface GivenFile {
  readonly name: string;
  readonly format: FileFormat;
  readonly text: string;
}

type Amount = number | '';

export interface ProducerForm {
  topic: string;
  recordsPerSecond: Amount;
  recordBytes: Amount;
  keys: KeyStrategy;
  keyCount: Amount;
  skewPercent: Amount;
  /** One a line. */
  keyNames: string;
  keyFile: GivenFile | KeyFileView | null;
  /** Values from `payload` instead of orders. */
  templated: boolean;
  payload: string;
  headers: { key: string; value: string }[];
  sendMode: SendMode;
  partitioner: PartitionerName;
  partitionExpression: string;
  seed: Amount;
  acks: Acks;
  /** By Kafka's names; empty: the default. */
  configs: Record<string, string>;
}

export interface ConfigField {
  readonly name: string;
  readonly default: string;
  /** Left out: a number. */
  readonly choices?: readonly string[];
}

const flag = ['true', 'false'] as const;

/** Configs that have a field of their own, with Kafka's defaults; the sentence of each is `produce.config.<name>`. */
export const configSections = {
  batching: [
    { name: 'linger.ms', default: '5' },
    { name: 'batch.size', default: '16384' },
    { name: 'compression.type', default: 'none', choices: ['none', 'gzip', 'snappy', 'lz4', 'zstd'] },
    { name: 'compression.gzip.level', default: '-1' },
    { name: 'compression.lz4.level', default: '9' },
    { name: 'compression.zstd.level', default: '3' },
    { name: 'buffer.memory', default: '33554432' },
    { name: 'max.block.ms', default: '60000' },
    { name: 'max.request.size', default: '1048576' },
  ],
  delivery: [
    { name: 'enable.idempotence', default: 'true', choices: flag },
    { name: 'max.in.flight.requests.per.connection', default: '5' },
    { name: 'retries', default: '2147483647' },
    { name: 'retry.backoff.ms', default: '100' },
    { name: 'retry.backoff.max.ms', default: '1000' },
    { name: 'request.timeout.ms', default: '30000' },
    { name: 'delivery.timeout.ms', default: '120000' },
  ],
  partitioning: [
    { name: 'partitioner.ignore.keys', default: 'false', choices: flag },
    { name: 'partitioner.adaptive.partitioning.enable', default: 'true', choices: flag },
    { name: 'partitioner.availability.timeout.ms', default: '0' },
  ],
  connections: [
    { name: 'metadata.max.age.ms', default: '300000' },
    { name: 'reconnect.backoff.ms', default: '50' },
    { name: 'reconnect.backoff.max.ms', default: '1000' },
    { name: 'connections.max.idle.ms', default: '540000' },
    { name: 'socket.connection.setup.timeout.ms', default: '10000' },
    { name: 'socket.connection.setup.timeout.max.ms', default: '30000' },
  ],
} as const satisfies Readonly<Record<string, readonly ConfigField[]>>;
export type ConfigSectionName = keyof typeof configSections;

const known: ReadonlyMap<string, ConfigField> = new Map(
  Object.values(configSections).flatMap((fields): [string, ConfigField][] => fields.map((each) => [each.name, each])),
);

/** The level that the chosen compression has, and no other one. */
export function shownFields(
  section: ConfigSectionName,
  configs: Readonly<Record<string, string>>,
): readonly ConfigField[] {
  const codec = configs['compression.type'] ?? '';
  return configSections[section].filter(
    ({ name }) => !/^compression\.\w+\.level$/.test(name) || name === `compression.${codec}.level`,
  );
}

export function newProducerForm(topic: string): ProducerForm {
  return {
    topic,
    recordsPerSecond: 100,
    recordBytes: 200,
    keys: 'round',
    keyCount: 100,
    skewPercent: 80,
    keyNames: '',
    keyFile: null,
    templated: false,
    payload: '{"id": {{number}}, "customer": "{{key}}", "amount": {{decimal 1 100 2}}}',
    headers: [],
    sendMode: 'async',
    partitioner: 'default',
    partitionExpression: 'crc32(key) % partitions',
    seed: '',
    acks: 'all',
    configs: {},
  };
}

export function formOfProducer(settings: ProducerSettings): ProducerForm {
  const start = newProducerForm(settings.topic);
  const { keyNames, payload, headers, seed, partitionExpression, configs, ...rest } = settings;
  return {
    ...start,
    ...rest,
    keyNames: keyNames.join('\n'),
    templated: payload !== null,
    payload: payload ?? start.payload,
    headers: headers.map((each) => ({ ...each })),
    seed: seed ?? '',
    partitionExpression: partitionExpression || start.partitionExpression,
    configs: { ...configs },
  };
}

export function namesOf(text: string): string[] {
  return text
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

type FormCommand = Omit<CommandInput<'setProducer'>, 'client'>;

/** Null while a number is missing. Of what is not asked in the short form only what is not the default. */
export function commandOfForm(form: ProducerForm, was: ProducerSettings | null): FormCommand | null {
  const { recordsPerSecond, recordBytes, keyCount, skewPercent, seed } = form;
  if (recordsPerSecond === '' || recordBytes === '' || keyCount === '' || skewPercent === '') return null;
  const configs = setConfigs(form);
  const whole: Required<FormCommand> = {
    topic: form.topic,
    recordsPerSecond,
    recordBytes,
    keys: form.keys,
    keyCount,
    acks: form.acks,
    skewPercent,
    keyNames: form.keys === 'fixed' ? namesOf(form.keyNames) : (was?.keyNames ?? []),
    keyFile: form.keyFile,
    payload: form.templated ? form.payload : null,
    headers: form.headers.filter(({ key }) => key.trim() !== ''),
    sendMode: form.sendMode,
    partitioner: form.partitioner,
    partitionExpression: form.partitioner === 'custom' ? form.partitionExpression : (was?.partitionExpression ?? ''),
    seed: seed === '' ? null : seed,
    configs,
  };
  const start = was ?? defaults;
  const differs = (name: keyof FormCommand): boolean =>
    (was === null && asked.has(name)) || JSON.stringify(whole[name]) !== JSON.stringify(start[name]);
  return Object.fromEntries(Object.entries(whole).filter(([name]) => differs(name as keyof FormCommand)));
}

const asked: ReadonlySet<keyof FormCommand> = new Set([
  'topic',
  'recordsPerSecond',
  'recordBytes',
  'keys',
  'keyCount',
  'acks',
]);
const defaults: Partial<Record<keyof FormCommand, unknown>> = {
  skewPercent: 80,
  keyNames: [],
  keyFile: null,
  payload: null,
  headers: [],
  sendMode: 'async',
  partitioner: 'default',
  partitionExpression: '',
  seed: null,
  configs: {},
};

function setConfigs({ configs }: ProducerForm): Record<string, string> {
  const set = Object.entries(configs).filter(([name, value]) => name.trim() !== '' && value.trim() !== '');
  return Object.fromEntries(set.map(([name, value]) => [name.trim(), value.trim()]));
}

/** Explicit configs without a field of their own. */
export function otherConfigs(configs: Readonly<Record<string, string>>): readonly string[] {
  return Object.keys(configs).filter((name) => !known.has(name));
}

export type FormNote =
  | { readonly kind: 'idempotence-off'; readonly because: 'acks' | 'retries' }
  | { readonly kind: 'idempotence-refused'; readonly because: 'acks' | 'retries' }
  | { readonly kind: 'in-flight-refused'; readonly value: number }
  | { readonly kind: 'delivery-refused'; readonly value: number; readonly needed: number }
  | { readonly kind: 'delivery-raised'; readonly needed: number }
  | { readonly kind: 'may-reorder' };

/** What the client will make of the configs together (`ProducerConfig`, `KafkaProducer.configureDeliveryTimeout`). */
export function formNotes({ acks, configs }: Pick<ProducerForm, 'acks' | 'configs'>): readonly FormNote[] {
  const given = (name: string): string | null => configs[name]?.trim() || null;
  const number = (name: string): number => Number(given(name) ?? known.get(name)?.default);
  const notes: FormNote[] = [];
  const explicit = given('enable.idempotence');
  const inFlight = number('max.in.flight.requests.per.connection');
  const conflict = number('retries') === 0 ? 'retries' : acks === 'all' ? null : 'acks';
  let idempotent = explicit !== 'false';
  if (idempotent && conflict !== null) {
    notes.push({ kind: explicit === 'true' ? 'idempotence-refused' : 'idempotence-off', because: conflict });
    idempotent = false;
  }
  if (explicit !== 'false' && inFlight > 5 && notes.every(({ kind }) => kind !== 'idempotence-refused')) {
    notes.push({ kind: 'in-flight-refused', value: inFlight });
  }
  const needed = number('linger.ms') + number('request.timeout.ms');
  const delivery = number('delivery.timeout.ms');
  if (delivery < needed) {
    const isGiven = given('delivery.timeout.ms') !== null;
    notes.push(isGiven ? { kind: 'delivery-refused', value: delivery, needed } : { kind: 'delivery-raised', needed });
  }
  if (!idempotent && inFlight > 1 && number('retries') > 0 && acks !== '0') notes.push({ kind: 'may-reorder' });
  return notes;
}

/** What stands in the way of sending the form off; null: nothing. */
export function formProblem(form: ProducerForm): 'topic' | 'keyNames' | 'keyFile' | 'template' | 'expression' | null {
  if (form.topic === '') return 'topic';
  if (form.keys === 'fixed' && namesOf(form.keyNames).length === 0) return 'keyNames';
  if (form.keys === 'file' && form.keyFile === null) return 'keyFile';
  const texts = [...(form.templated ? [form.payload] : []), ...form.headers.map(({ value }) => value)];
  if (texts.some((text) => templateProblem(text) !== null)) return 'template';
  return form.partitioner === 'custom' && form.partitionExpression.trim() === '' ? 'expression' : null;
}

/** As a template that makes the same text. */
function literal(text: string): string {
  return text.includes('{{') ? `{{"${text.replaceAll('"', '')}"}}` : text;
}

/** For a preview: what the form's records look like, with a key as its strategy makes them. */
export function templateOfForm(form: ProducerForm): RecordTemplate {
  const [name = ''] = namesOf(form.keyNames);
  const key = form.keys === 'none' ? null : form.keys === 'fixed' ? literal(name) : 'cust-{{int 1000 1099}}';
  const headers = form.headers.filter((each) => each.key.trim() !== '').map((each) => ({ ...each }));
  return { key, value: form.templated ? form.payload : null, headers };
}
