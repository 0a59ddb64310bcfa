/**
 * The consumer's configs: `ConsumerConfig` of Kafka 4.3 with its defaults, checks and texts, what becomes of them together,
 * and the same as one typed value. Assignors may be given by their protocol's name (`range`) or the Java class.
 */
import type { DurationMs } from '../../base/ids.ts';
import { parseIsoDuration } from '../../base/iso-duration.ts';
import { type HostAndPort, parseBootstrapServers } from '../cluster/index.ts';
import {
  commonConfigs,
  type ConfigKeys,
  configException,
  configTypes,
  type ConfigValue,
  type ConfigValues,
  invalidConfig,
  parseConfigs,
  refineCommonConfigs,
  unknownConfigsWarning,
} from '../config/index.ts';
import { clientError, KafkaError } from '../kafka-error.ts';
import { type Assignor, assignorNamed } from './assignors/index.ts';

const { boolean, className, classes, entries, int, list, long, nonEmpty, oneOf, oneOfAnyCase, range, requiredList } =
  configTypes;
const { string } = configTypes;

export type ResetStrategy = { readonly text: string } & (
  { readonly kind: 'earliest' | 'latest' | 'none' } | { readonly kind: 'by_duration'; readonly durationMs: DurationMs }
);

export interface ConsumerSettings {
  readonly bootstrapServers: readonly HostAndPort[];
  readonly clientId: string;
  readonly clientRack: string;
  readonly groupId: string | null;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: DurationMs;
  readonly heartbeatIntervalMs: DurationMs;
  readonly maxPollIntervalMs: DurationMs;
  readonly maxPollRecords: number;
  readonly enableAutoCommit: boolean;
  readonly autoCommitIntervalMs: DurationMs;
  readonly autoOffsetReset: ResetStrategy;
  readonly isolationLevel: 'read_committed' | 'read_uncommitted';
  readonly checkCrcs: boolean;
  readonly allowAutoCreateTopics: boolean;
  readonly fetchMinBytes: number;
  readonly fetchMaxBytes: number;
  readonly fetchMaxWaitMs: DurationMs;
  readonly maxPartitionFetchBytes: number;
  readonly requestTimeoutMs: DurationMs;
  readonly defaultApiTimeoutMs: DurationMs;
  readonly metadataMaxAgeMs: DurationMs;
  readonly retryBackoffMs: DurationMs;
  readonly retryBackoffMaxMs: DurationMs;
  readonly reconnectBackoffMs: DurationMs;
  readonly reconnectBackoffMaxMs: DurationMs;
  readonly connectTimeoutMs: DurationMs;
}

export interface ConsumerConfigs {
  readonly settings: ConsumerSettings;
  readonly assignors: readonly Assignor[];
  /** By name as in effect, those of TLS and SASL left out. */
  readonly effective: Readonly<Record<string, string>>;
  /** What the Java client logs about them. */
  readonly warnings: readonly string[];
}

const byteArrayDeserializer = 'org.apache.kafka.common.serialization.ByteArrayDeserializer';
const deserializers = classes(
  byteArrayDeserializer,
  'org.apache.kafka.common.serialization.StringDeserializer',
  'org.apache.kafka.common.serialization.BytesDeserializer',
  'org.apache.kafka.common.serialization.ByteBufferDeserializer',
);
const javaPackage = 'org.apache.kafka.clients.consumer.';
const groupInstanceIdLengthMax = 249;

function validReset(name: string, value: ConfigValue): void {
  if (typeof value === 'string' && parseResetStrategy(value) !== null) return;
  const text = String(value);
  throw invalidConfig(
    name,
    value,
    `Invalid value \`${text}\` for configuration ${name}. The value must be either 'earliest', 'latest', 'none' or of ` +
      "the format 'by_duration:<PnDTnHnMn.nS.>'.",
  );
}

export const consumerConfigs: ConfigKeys = {
  ...commonConfigs,
  'allow.auto.create.topics': boolean(true),
  'auto.commit.interval.ms': int(5000, range(0)),
  'auto.offset.reset': string('latest', validReset),
  'bootstrap.servers': requiredList(),
  'check.crcs': boolean(true),
  'client.rack': string(''),
  'connections.max.idle.ms': long(540_000),
  'default.api.timeout.ms': int(60_000, range(0)),
  'enable.auto.commit': boolean(true),
  'enable.metrics.push': boolean(true),
  'exclude.internal.topics': boolean(true),
  'fetch.max.bytes': int(52_428_800, range(0)),
  'fetch.max.wait.ms': int(500, range(0)),
  'fetch.min.bytes': int(1, range(0)),
  'group.id': string(null),
  'group.instance.id': string(null, nonEmpty),
  'group.protocol': string('classic', oneOfAnyCase('CONSUMER', 'CLASSIC')),
  'group.remote.assignor': string(null),
  'heartbeat.interval.ms': int(3000),
  'interceptor.classes': list([]),
  'isolation.level': string('read_uncommitted', oneOf('read_committed', 'read_uncommitted')),
  'key.deserializer': className(byteArrayDeserializer, deserializers),
  'max.partition.fetch.bytes': int(1_048_576, range(0)),
  'max.poll.interval.ms': int(300_000, range(1)),
  'max.poll.records': int(500, range(1)),
  'partition.assignment.strategy': list(
    [`${javaPackage}RangeAssignor`, `${javaPackage}CooperativeStickyAssignor`],
    entries(true),
  ),
  'receive.buffer.bytes': int(65_536, range(-1)),
  'session.timeout.ms': int(45_000),
  'value.deserializer': className(byteArrayDeserializer, deserializers),
};

const shownNames = Object.keys(consumerConfigs)
  .filter((name) => !/^(ssl|sasl)\./.test(name))
  .sort();

/** Throws what Java's `KafkaConsumer` constructor throws, without the "Failed to construct kafka consumer" around it. */
export function parseConsumerConfigs(given: Readonly<Record<string, string>>): ConsumerConfigs {
  const { values: parsed, unknown } = parseConfigs(consumerConfigs, given);
  const { values: common, warnings } = refineCommonConfigs(parsed);
  const values = refineAutoCommit(refineClientId(common));
  refuseProtocols(values);
  const settings = settingsOf(values);
  if (settings.groupId !== null && settings.groupId.trim() === '') {
    throw notOfAList('InvalidGroupIdException', 'The configured group.id should not be an empty string or whitespace.');
  }
  if (settings.heartbeatIntervalMs >= settings.sessionTimeoutMs) {
    throw clientError('IllegalArgumentException', 'Heartbeat must be set lower than the session timeout');
  }
  const unused = unknownConfigsWarning(unknown);
  if (unused !== null) warnings.push(unused);
  return { settings, assignors: assignorsOf(values), effective: values.toText(shownNames), warnings };
}

/** Errors whose Java class has no name in {@link clientError}. */
export function notOfAList(code: string, message: string): KafkaError {
  return new KafkaError(code, message, false, null);
}

/** `earliest`, `latest`, `none`, `by_duration:PT1H`; null for anything else. */
export function parseResetStrategy(text: string): ResetStrategy | null {
  if (text === 'earliest' || text === 'latest' || text === 'none') return { kind: text, text };
  const [prefix, duration, ...more] = text.split(':');
  if (prefix !== 'by_duration' || duration === undefined || more.length > 0) return null;
  const durationMs = parseIsoDuration(duration);
  return durationMs === null || durationMs < 0 ? null : { kind: 'by_duration', durationMs, text };
}

/** `ConsumerConfig.maybeOverrideClientId`. */
function refineClientId(values: ConfigValues): ConfigValues {
  if (values.string('client.id') !== '') return values;
  const instanceId = values.nullableString('group.instance.id');
  if (instanceId !== null) checkGroupInstanceId(instanceId);
  return values.with({ 'client.id': `consumer-${values.nullableString('group.id')}-${instanceId ?? 1}` });
}

/** `JoinGroupRequest.validateGroupInstanceId`. Java asks only when it makes up a `client.id`, and when it joins. */
function checkGroupInstanceId(id: string): void {
  const fail = (problem: string): KafkaError =>
    notOfAList('InvalidConfigurationException', `Group instance id is invalid: ${problem}`);
  if (id === '.' || id === '..') throw fail(`'${id}' is not allowed`);
  if (id.length > groupInstanceIdLengthMax) {
    throw fail(`the length of '${id}' is longer than the max allowed length ${groupInstanceIdLengthMax}`);
  }
  if (!/^[a-zA-Z0-9._-]+$/.test(id)) {
    throw fail(`'${id}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`);
  }
}

/** `ConsumerConfig.maybeOverrideEnableAutoCommit`. */
function refineAutoCommit(values: ConfigValues): ConfigValues {
  if (values.nullableString('group.id') !== null) return values;
  if (!values.given.has('enable.auto.commit')) return values.with({ 'enable.auto.commit': false });
  if (!values.boolean('enable.auto.commit')) return values;
  throw notOfAList(
    'InvalidConfigurationException',
    'enable.auto.commit cannot be set to true when default group id (null) is used.',
  );
}

function refuseProtocols(values: ConfigValues): void {
  const protocol = values.string('group.protocol').toUpperCase();
  if (protocol === 'CLASSIC' && (values.nullableString('group.remote.assignor') ?? '') !== '') {
    throw configException('group.remote.assignor cannot be set when group.protocol=CLASSIC');
  }
  if (protocol !== 'CLASSIC') {
    const given = values.string('group.protocol');
    throw invalidConfig('group.protocol', given, 'This client has the classic protocol alone');
  }
  const [interceptor] = values.list('interceptor.classes');
  if (interceptor !== undefined) throw clientError('KafkaException', `Class ${interceptor} cannot be found`);
}

function assignorsOf(values: ConfigValues): Assignor[] {
  const assignors = values.list('partition.assignment.strategy').map((name) => {
    const assignor = assignorNamed(name);
    if (assignor !== null) return assignor;
    throw clientError('KafkaException', `${name} ClassNotFoundException exception occurred`);
  });
  return assignors;
}

function settingsOf(values: ConfigValues): ConsumerSettings {
  const autoOffsetReset = parseResetStrategy(values.string('auto.offset.reset'));
  if (autoOffsetReset === null) throw new TypeError('auto.offset.reset went through its check');
  return {
    bootstrapServers: parseBootstrapServers(values.list('bootstrap.servers')),
    clientId: values.string('client.id'),
    clientRack: values.string('client.rack'),
    groupId: values.nullableString('group.id'),
    groupInstanceId: values.nullableString('group.instance.id'),
    sessionTimeoutMs: values.number('session.timeout.ms'),
    heartbeatIntervalMs: values.number('heartbeat.interval.ms'),
    maxPollIntervalMs: values.number('max.poll.interval.ms'),
    maxPollRecords: values.number('max.poll.records'),
    enableAutoCommit: values.boolean('enable.auto.commit'),
    autoCommitIntervalMs: values.number('auto.commit.interval.ms'),
    autoOffsetReset,
    isolationLevel: values.string('isolation.level') === 'read_committed' ? 'read_committed' : 'read_uncommitted',
    checkCrcs: values.boolean('check.crcs'),
    allowAutoCreateTopics: values.boolean('allow.auto.create.topics'),
    fetchMinBytes: values.number('fetch.min.bytes'),
    fetchMaxBytes: values.number('fetch.max.bytes'),
    fetchMaxWaitMs: values.number('fetch.max.wait.ms'),
    maxPartitionFetchBytes: values.number('max.partition.fetch.bytes'),
    requestTimeoutMs: values.number('request.timeout.ms'),
    defaultApiTimeoutMs: values.number('default.api.timeout.ms'),
    metadataMaxAgeMs: values.number('metadata.max.age.ms'),
    retryBackoffMs: values.number('retry.backoff.ms'),
    retryBackoffMaxMs: values.number('retry.backoff.max.ms'),
    reconnectBackoffMs: values.number('reconnect.backoff.ms'),
    reconnectBackoffMaxMs: values.number('reconnect.backoff.max.ms'),
    connectTimeoutMs: values.number('socket.connection.setup.timeout.ms'),
  };
}
