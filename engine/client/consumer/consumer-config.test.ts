import { describe, expect, it } from 'vitest';
import { KafkaError } from '../kafka-error.ts';
import { parseConsumerConfigs, parseResetStrategy } from './consumer-config.ts';

const valid = { 'bootstrap.servers': '127.0.0.1:9092', 'group.id': 'billing' };

function refusal(configs: Readonly<Record<string, string>>): string {
  try {
    parseConsumerConfigs(configs);
    return 'accepted';
  } catch (error) {
    return error instanceof KafkaError ? `${error.code}: ${error.message}` : String(error);
  }
}

describe('configs of a consumer', () => {
  it("have the Java client's defaults", () => {
    const { settings, assignors, effective } = parseConsumerConfigs(valid);
    expect(settings).toMatchObject({
      clientId: 'consumer-billing-1',
      sessionTimeoutMs: 45_000,
      heartbeatIntervalMs: 3000,
      maxPollIntervalMs: 300_000,
      maxPollRecords: 500,
      enableAutoCommit: true,
      autoCommitIntervalMs: 5000,
      autoOffsetReset: { kind: 'latest' },
      isolationLevel: 'read_uncommitted',
      fetchMinBytes: 1,
      fetchMaxBytes: 52_428_800,
      fetchMaxWaitMs: 500,
      maxPartitionFetchBytes: 1_048_576,
      defaultApiTimeoutMs: 60_000,
      groupInstanceId: null,
    });
    expect(assignors.map(({ name }) => name)).toEqual(['range', 'cooperative-sticky']);
    expect(effective).toMatchObject({ 'session.timeout.ms': '45000', 'group.id': 'billing', 'check.crcs': 'true' });
  });

  it('make up a client id of the group and the instance', () => {
    expect(parseConsumerConfigs({ ...valid, 'group.instance.id': 'desk-1' }).settings.clientId).toBe(
      'consumer-billing-desk-1',
    );
  });

  it('commit nothing by themselves without a group', () => {
    expect(parseConsumerConfigs({ 'bootstrap.servers': '127.0.0.1:9092' }).settings.enableAutoCommit).toBe(false);
  });

  it('name what nobody knows in a warning', () => {
    expect(parseConsumerConfigs({ ...valid, 'linger.ms': '5' }).warnings).toEqual([
      "These configurations '[linger.ms]' were supplied but are not used yet.",
    ]);
  });

  const reset = "The value must be either 'earliest', 'latest', 'none' or of the format 'by_duration:<PnDTnHnMn.nS.>'.";
  it.each([
    [
      'heartbeat.interval.ms',
      '45000',
      'IllegalArgumentException: Heartbeat must be set lower than the session timeout',
    ],
    ['session.timeout.ms', '-5', 'IllegalArgumentException: Heartbeat must be set lower than the session timeout'],
    ['session.timeout.ms', 'abc', 'Invalid value abc for configuration session.timeout.ms: Not a number of type INT'],
    ['max.poll.records', '0', 'Invalid value 0 for configuration max.poll.records: Value must be at least 1'],
    ['max.poll.interval.ms', '0', 'Invalid value 0 for configuration max.poll.interval.ms: Value must be at least 1'],
    ['fetch.min.bytes', '-1', 'Invalid value -1 for configuration fetch.min.bytes: Value must be at least 0'],
    [
      'isolation.level',
      'foo',
      'Invalid value foo for configuration isolation.level: String must be one of: read_committed, read_uncommitted',
    ],
    [
      'auto.offset.reset',
      'EARLIEST',
      `Invalid value EARLIEST for configuration auto.offset.reset: Invalid value \`EARLIEST\` for configuration auto.offset.reset. ${reset}`,
    ],
    [
      'auto.offset.reset',
      'by_duration:-PT1H',
      `Invalid value by_duration:-PT1H for configuration auto.offset.reset: Invalid value \`by_duration:-PT1H\` for configuration auto.offset.reset. ${reset}`,
    ],
    ['group.instance.id', '', 'Invalid value  for configuration group.instance.id: String must be non-empty'],
    [
      'group.instance.id',
      'a b',
      "InvalidConfigurationException: Group instance id is invalid: 'a b' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'",
    ],
    ['group.id', '', 'InvalidGroupIdException: The configured group.id should not be an empty string or whitespace.'],
    [
      'enable.auto.commit',
      'maybe',
      'Invalid value maybe for configuration enable.auto.commit: Expected value to be either true or false',
    ],
    ['group.remote.assignor', 'x', 'group.remote.assignor cannot be set when group.protocol=CLASSIC'],
    ['partition.assignment.strategy', 'foo', 'KafkaException: foo ClassNotFoundException exception occurred'],
    ['bootstrap.servers', 'foo', 'Invalid url in bootstrap.servers: foo'],
  ])("are refused in Java's words: %s=%s", (name, value, text) => {
    const expected = /^[A-Za-z]+Exception: /.test(text) ? text : `ConfigException: ${text}`;
    expect(refusal({ ...valid, [name]: value })).toBe(expected);
  });

  it('do not commit by themselves for the group that is none', () => {
    expect(refusal({ 'bootstrap.servers': '127.0.0.1:9092', 'enable.auto.commit': 'true' })).toBe(
      'InvalidConfigurationException: enable.auto.commit cannot be set to true when default group id (null) is used.',
    );
  });
});

describe('auto.offset.reset', () => {
  it.each([
    ['by_duration:PT1H', 3_600_000],
    ['by_duration:P1DT2H3M4.5S', 93_784_500],
    ['by_duration:PT0.25S', 250],
    ['by_duration:P2D', 172_800_000],
  ])('takes durations as Java writes them: %s', (text, durationMs) => {
    expect(parseResetStrategy(text)).toEqual({ kind: 'by_duration', durationMs, text });
  });

  it.each(['by_duration:', 'by_duration:P', 'by_duration:PT', 'by_duration:1H', 'by_duration:PT1H:x', 'Latest', ''])(
    'takes nothing else: "%s"',
    (text) => {
      expect(parseResetStrategy(text)).toBe(null);
    },
  );
});
