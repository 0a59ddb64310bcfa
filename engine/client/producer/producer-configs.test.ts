/** The texts are those of the Java client 4.3; test/interop/lab-producer.test.ts asks it whether they still are. */
import { describe, expect, it } from 'vitest';
import { KafkaError } from '../kafka-error.ts';
import { parseProducerConfigs, producerConfigs } from './producer-configs.ts';

const bootstrap = { 'bootstrap.servers': '127.0.0.1:9092' };

function refusal(configs: Record<string, string>): string {
  try {
    parseProducerConfigs({ ...bootstrap, ...configs });
    return 'accepted';
  } catch (error) {
    return error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('configs of a producer', () => {
  it('have the Java client’s defaults', () => {
    const { effective, warnings } = parseProducerConfigs(bootstrap);
    expect(warnings).toEqual([]);
    expect(effective).toMatchObject({
      acks: 'all',
      'batch.size': '16384',
      'buffer.memory': '33554432',
      'client.id': 'producer-1',
      'compression.type': 'none',
      'delivery.timeout.ms': '120000',
      'enable.idempotence': 'true',
      'linger.ms': '5',
      'max.block.ms': '60000',
      'max.in.flight.requests.per.connection': '5',
      'max.request.size': '1048576',
      'metadata.max.age.ms': '300000',
      'request.timeout.ms': '30000',
      retries: '2147483647',
      'retry.backoff.ms': '100',
    });
    expect(Object.keys(producerConfigs).length).toBe(113);
  });

  it.each([
    ['acks', '2', 'Invalid value 2 for configuration acks: String must be one of: all, -1, 0, 1'],
    ['batch.size', '-1', 'Invalid value -1 for configuration batch.size: Value must be at least 0'],
    ['batch.size', '1.5', 'Invalid value 1.5 for configuration batch.size: Not a number of type INT'],
    ['batch.size', '99999999999', 'Invalid value 99999999999 for configuration batch.size: Not a number of type INT'],
    ['linger.ms', '', 'Invalid value  for configuration linger.ms: Not a number of type LONG'],
    [
      'compression.lz4.level',
      '18',
      'Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17',
    ],
    [
      'compression.gzip.level',
      '0',
      'Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1',
    ],
    [
      'enable.idempotence',
      'yes',
      'Invalid value yes for configuration enable.idempotence: Expected value to be either true or false',
    ],
    [
      'metadata.recovery.strategy',
      'foo',
      'Invalid value foo for configuration metadata.recovery.strategy: String must be one of (case insensitive): REBOOTSTRAP, NONE',
    ],
    [
      'bootstrap.servers',
      '',
      "Configuration 'bootstrap.servers' must not be empty. Valid values include: any non-empty value",
    ],
    ['bootstrap.servers', 'a:1,,b:2', "Configuration 'bootstrap.servers' values must not be empty."],
    ['bootstrap.servers', 'localhost', 'Invalid url in bootstrap.servers: localhost'],
    ['bootstrap.servers', 'localhost:99999', 'Invalid port in bootstrap.servers: localhost:99999'],
    ['transactional.id', '', 'Invalid value  for configuration transactional.id: String must be non-empty'],
    [
      'partitioner.class',
      'Foo',
      'Invalid value Foo for configuration partitioner.class: Class Foo could not be found.',
    ],
    [
      'delivery.timeout.ms',
      '30004',
      'delivery.timeout.ms should be equal to or larger than linger.ms + request.timeout.ms',
    ],
  ])('refuse %s=%s', (name, value, text) => {
    expect(refusal({ [name]: value })).toBe(`ConfigException: ${text}`);
  });

  it('need bootstrap.servers', () => {
    expect(() => parseProducerConfigs({})).toThrow(
      'Missing required configuration "bootstrap.servers" which has no default value.',
    );
  });

  it('take numbers with a sign or blanks, servers with a protocol or in brackets', () => {
    const { effective } = parseProducerConfigs({ ...bootstrap, 'linger.ms': ' +7 ', acks: ' -1 ' });
    expect([effective['linger.ms'], effective['acks']]).toEqual(['7', 'all']);
    expect(refusal({ 'bootstrap.servers': 'PLAINTEXT://127.0.0.1:9092,[::1]:9093' })).toBe('accepted');
  });

  it('that contradict idempotence switch it off, or are refused when it was asked for', () => {
    for (const [conflict, warning, text] of [
      [
        { acks: '1' },
        "Idempotence will be disabled because acks is set to 1, not set to 'all'.",
        'Must set acks to all in order to use the idempotent producer. Otherwise we cannot guarantee idempotence.',
      ],
      [
        { retries: '0' },
        'Idempotence will be disabled because retries is set to 0.',
        'Must set retries to non-zero when using the idempotent producer.',
      ],
    ] as const) {
      const { effective, warnings } = parseProducerConfigs({ ...bootstrap, ...conflict });
      expect([effective['enable.idempotence'], warnings]).toEqual(['false', [warning]]);
      expect(refusal({ ...conflict, 'enable.idempotence': 'true' })).toBe(`ConfigException: ${text}`);
    }
    const tooMany = { 'max.in.flight.requests.per.connection': '6' };
    expect(refusal(tooMany)).toBe(
      'ConfigException: To use the idempotent producer, max.in.flight.requests.per.connection must be set to at most 5. Current value is 6.',
    );
    expect(refusal({ ...tooMany, 'enable.idempotence': 'false' })).toBe('accepted');
    expect(refusal({ 'transactional.id': 't', acks: '1' })).toBe(
      'ConfigException: Cannot set a transactional.id without also enabling idempotence.',
    );
  });

  it('follow each other where the Java client lets them, and say so', () => {
    const { effective, warnings } = parseProducerConfigs({
      ...bootstrap,
      'linger.ms': '120000',
      'reconnect.backoff.ms': '2000',
      'retry.backoff.ms': '2000',
      'my.own': '1',
    });
    expect([effective['delivery.timeout.ms'], effective['reconnect.backoff.max.ms']]).toEqual(['150000', '2000']);
    expect(warnings.map((warning) => warning.slice(0, 45))).toEqual([
      "Configuration 'retry.backoff.ms' with value '",
      'Disabling exponential reconnect backoff becau',
      'delivery.timeout.ms should be equal to or lar',
      "These configurations '[my.own]' were supplied",
    ]);
  });

  it('of what this client cannot do are refused', () => {
    expect(refusal({ 'transactional.id': 't' })).toMatch(/has no transactions yet$/);
    expect(refusal({ 'security.protocol': 'SSL' })).toMatch(/PLAINTEXT only$/);
    expect(refusal({ 'interceptor.classes': 'a.B' })).toBe('KafkaException: Class a.B cannot be found');
  });
});
