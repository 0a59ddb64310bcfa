/**
 * The producer's configs: `ProducerConfig` of Kafka 4.3 with its defaults, checks and texts, and what becomes of them
 * together (idempotence that switches itself off, `delivery.timeout.ms` that follows the others).
 */
import { parseBootstrapServers } from '../cluster/index.ts';
import {
  commonConfigs,
  type ConfigKeys,
  configException,
  configTypes,
  type ConfigValues,
  parseConfigs,
  refineCommonConfigs,
  unknownConfigsWarning,
} from '../config/index.ts';
import { clientError } from '../kafka-error.ts';

const { boolean, className, classes, int, list, long, nonEmpty, oneOf, range, requiredList, string } = configTypes;

const int32Max = 0x7fff_ffff;
const byteArraySerializer = 'org.apache.kafka.common.serialization.ByteArraySerializer';
const serializers = classes(
  byteArraySerializer,
  'org.apache.kafka.common.serialization.StringSerializer',
  'org.apache.kafka.common.serialization.BytesSerializer',
  'org.apache.kafka.common.serialization.ByteBufferSerializer',
);
export const roundRobinClass = 'org.apache.kafka.clients.producer.RoundRobinPartitioner';
/** `MAX_IN_FLIGHT_REQUESTS_PER_CONNECTION_FOR_IDEMPOTENCE`: batches of a producer that a broker remembers. */
const inFlightForIdempotence = 5;

const gzipLevel = (name: string, value: unknown): void => {
  if (typeof value !== 'number' || ((value < 1 || value > 9) && value !== -1)) {
    throw configException(
      `Invalid value ${String(value)} for configuration ${name}: Value must be between 1 and 9 or equal to -1`,
    );
  }
};

export const producerConfigs: ConfigKeys = {
  'bootstrap.servers': requiredList(),
  'buffer.memory': long(33_554_432, range(0)),
  retries: int(int32Max, range(0, int32Max)),
  acks: string('all', oneOf('all', '-1', '0', '1')),
  'compression.type': string('none', oneOf('none', 'gzip', 'snappy', 'lz4', 'zstd')),
  'compression.gzip.level': int(-1, gzipLevel),
  'compression.lz4.level': int(9, range(1, 17)),
  'compression.zstd.level': int(3, range(-131_072, 22)),
  'batch.size': int(16_384, range(0)),
  'partitioner.adaptive.partitioning.enable': boolean(true),
  'partitioner.availability.timeout.ms': long(0, range(0)),
  'partitioner.ignore.keys': boolean(false),
  'linger.ms': long(5, range(0)),
  'delivery.timeout.ms': int(120_000, range(0)),
  'send.buffer.bytes': int(131_072, range(-1)),
  'receive.buffer.bytes': int(32_768, range(-1)),
  'max.request.size': int(1_048_576, range(0)),
  'max.block.ms': long(60_000, range(0)),
  'metadata.max.idle.ms': long(300_000, range(5000)),
  'max.in.flight.requests.per.connection': int(5, range(1)),
  'key.serializer': className(byteArraySerializer, serializers),
  'value.serializer': className(byteArraySerializer, serializers),
  'connections.max.idle.ms': long(540_000),
  'partitioner.class': className(null, classes(roundRobinClass)),
  'interceptor.classes': list([]),
  'enable.metrics.push': boolean(true),
  'enable.idempotence': boolean(true),
  'transaction.timeout.ms': int(60_000),
  'transaction.two.phase.commit.enable': boolean(false),
  'transactional.id': string(null, nonEmpty),
  ...commonConfigs,
};

export interface ProducerConfigs {
  readonly values: ConfigValues;
  /** By name as in effect, those of TLS and SASL left out. */
  readonly effective: Readonly<Record<string, string>>;
  /** What the Java client logs about them. */
  readonly warnings: readonly string[];
}

const shownNames = Object.keys(producerConfigs)
  .filter((name) => !/^(ssl|sasl)\./.test(name))
  .sort();

/** Throws a ConfigException with the Java client's text. */
export function parseProducerConfigs(given: Readonly<Record<string, string>>): ProducerConfigs {
  const { values: parsed, unknown } = parseConfigs(producerConfigs, given);
  const { values: common, warnings } = refineCommonConfigs(parsed);
  const idempotence = refineIdempotence(common);
  const values = refineDeliveryTimeout(refineClientId(idempotence.values), warnings);
  warnings.push(...idempotence.warnings);
  const unused = unknownConfigsWarning(unknown);
  if (unused !== null) warnings.push(unused);
  refuseWhatIsMissing(values);
  parseBootstrapServers(values.list('bootstrap.servers'));
  return { values, effective: values.toText(shownNames), warnings };
}

/** `ProducerConfig.postProcessAndValidateIdempotenceConfigs`. */
function refineIdempotence(parsed: ConfigValues): { values: ConfigValues; warnings: string[] } {
  const acks = parsed.string('acks');
  let values = parsed.with({ acks: acks === '-1' ? 'all' : acks });
  const warnings: string[] = [];
  if (values.boolean('enable.idempotence')) {
    const explicit = values.given.has('enable.idempotence');
    const conflict = idempotenceConflict(values);
    if (conflict !== null) {
      if (explicit) throw configException(conflict.refusal);
      warnings.push(conflict.warning);
      values = values.with({ 'enable.idempotence': false });
    }
    const inFlight = values.number('max.in.flight.requests.per.connection');
    if (inFlight > inFlightForIdempotence) {
      throw configException(
        'To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. ' +
          `Current value is ${inFlight}.`,
      );
    }
  }
  refuseTransactionConflicts(values);
  return { values, warnings };
}

function idempotenceConflict(values: ConfigValues): { refusal: string; warning: string } | null {
  if (values.number('retries') === 0) {
    return {
      refusal: 'Must set retries to non-zero when using the idempotent producer.',
      warning: 'Idempotence will be disabled because retries is set to 0.',
    };
  }
  const acks = values.string('acks');
  if (acks === 'all') return null;
  return {
    refusal: 'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
    warning: `Idempotence will be disabled because acks is set to ${acks}, not set to 'all'.`,
  };
}

function refuseTransactionConflicts(values: ConfigValues): void {
  if (!values.given.has('transactional.id')) return;
  if (!values.boolean('enable.idempotence')) {
    throw configException('Cannot set a transactional.id without also enabling idempotence.');
  }
  if (values.boolean('transaction.two.phase.commit.enable') && values.given.has('transaction.timeout.ms')) {
    throw configException(
      'Cannot set transaction.timeout.ms when transaction.two.phase.commit.enable is set to true. ' +
        'Transactions will not expire with two-phase commit enabled.',
    );
  }
}

function refineClientId(values: ConfigValues): ConfigValues {
  return values.given.has('client.id') ? values : values.with({ 'client.id': 'producer-1' });
}

/** `KafkaProducer.configureDeliveryTimeout`. */
function refineDeliveryTimeout(values: ConfigValues, warnings: string[]): ConfigValues {
  const lingerMs = Math.min(values.number('linger.ms'), int32Max);
  const neededMs = Math.min(lingerMs + values.number('request.timeout.ms'), int32Max);
  if (values.number('delivery.timeout.ms') >= neededMs) return values;
  const rule = 'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms';
  if (values.given.has('delivery.timeout.ms')) throw configException(rule);
  warnings.push(`${rule}. Setting it to ${neededMs}.`);
  return values.with({ 'delivery.timeout.ms': neededMs });
}

/** What the Java client can do and this one cannot. */
function refuseWhatIsMissing(values: ConfigValues): void {
  const [interceptor] = values.list('interceptor.classes');
  if (interceptor !== undefined) throw clientError('KafkaException', `Class ${interceptor} cannot be found`);
  if (values.nullableString('transactional.id') !== null) {
    throw configException(
      `Invalid value ${values.string('transactional.id')} for configuration transactional.id: ` +
        'This client has no transactions yet',
    );
  }
}
