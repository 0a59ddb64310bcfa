/**
 * What a partition's log and its leader need to know of a topic's configs, parsed: overrides of the topic over the
 * broker's own settings over Kafka's defaults. The shape is that of the storage's `LogConfig`.
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs } from '../../base/ids.ts';
import type { CompressionName, TimestampType } from '../../record/index.ts';
import type { ConfigValue } from './check.ts';
import { ConfigError } from './config-error.ts';
import { topicSetting, type BrokerConfigLayers } from './config-layers.ts';
import { parseConfig } from './config-value.ts';
import type { ConfigDefinition } from './definition-table.ts';
import { topicConfigs } from './definitions.ts';

export interface TopicConfig {
  readonly segmentBytes: number;
  readonly segmentMs: DurationMs;
  readonly segmentJitterMs: DurationMs;
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly flushMessages: number;
  readonly flushMs: DurationMs;
  /** -1: no limit. */
  readonly retentionMs: DurationMs;
  /** -1: no limit. */
  readonly retentionBytes: number;
  readonly fileDeleteDelayMs: DurationMs;
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  readonly maxMessageBytes: number;
  readonly compressionType: 'producer' | CompressionName;
  readonly compressionGzipLevel: number;
  readonly compressionLz4Level: number;
  readonly compressionZstdLevel: number;
  readonly messageTimestampType: TimestampType;
  readonly messageTimestampBeforeMaxMs: DurationMs;
  readonly messageTimestampAfterMaxMs: DurationMs;
  readonly preallocate: boolean;
  readonly deleteRetentionMs: DurationMs;
  readonly minCompactionLagMs: DurationMs;
  readonly maxCompactionLagMs: DurationMs;
  readonly minCleanableDirtyRatio: number;
  readonly minInsyncReplicas: number;
  readonly uncleanLeaderElectionEnable: boolean;
}

/** Never throws: a stored value that is no longer valid counts as unset, so that a log can always be opened. */
export function resolveTopicConfig(overrides: ReadonlyMap<string, string>, layers: BrokerConfigLayers): TopicConfig {
  const read = (name: string): ConfigValue => resolved(name, overrides, layers);
  const number = (name: string): number => typed(name, read(name), 'number');
  const text = (name: string): string => typed(name, read(name), 'string');
  const policies = read('cleanup.policy');
  const policy = Array.isArray(policies) ? (policies as readonly string[]) : [];
  const internalSegmentBytes = read('internal.segment.bytes');
  return {
    segmentBytes: typeof internalSegmentBytes === 'number' ? internalSegmentBytes : number('segment.bytes'),
    segmentMs: number('segment.ms'),
    segmentJitterMs: number('segment.jitter.ms'),
    segmentIndexBytes: number('segment.index.bytes'),
    indexIntervalBytes: number('index.interval.bytes'),
    flushMessages: number('flush.messages'),
    flushMs: number('flush.ms'),
    retentionMs: number('retention.ms'),
    retentionBytes: number('retention.bytes'),
    fileDeleteDelayMs: number('file.delete.delay.ms'),
    cleanupPolicy: { delete: policy.includes('delete'), compact: policy.includes('compact') },
    maxMessageBytes: number('max.message.bytes'),
    compressionType: compressionType(text('compression.type')),
    compressionGzipLevel: number('compression.gzip.level'),
    compressionLz4Level: number('compression.lz4.level'),
    compressionZstdLevel: number('compression.zstd.level'),
    messageTimestampType: text('message.timestamp.type') === 'LogAppendTime' ? 'log-append-time' : 'create-time',
    messageTimestampBeforeMaxMs: number('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: number('message.timestamp.after.max.ms'),
    preallocate: typed('preallocate', read('preallocate'), 'boolean'),
    deleteRetentionMs: number('delete.retention.ms'),
    minCompactionLagMs: number('min.compaction.lag.ms'),
    maxCompactionLagMs: number('max.compaction.lag.ms'),
    minCleanableDirtyRatio: number('min.cleanable.dirty.ratio'),
    minInsyncReplicas: number('min.insync.replicas'),
    uncleanLeaderElectionEnable: typed(
      'unclean.leader.election.enable',
      read('unclean.leader.election.enable'),
      'boolean',
    ),
  };
}

function resolved(name: string, overrides: ReadonlyMap<string, string>, layers: BrokerConfigLayers): ConfigValue {
  const definition = topicConfigs.get(name);
  assert(definition !== undefined, () => `no topic config ${name}`);
  return (
    parsed(definition, topicSetting(name, overrides, layers).text) ??
    parsed(definition, topicSetting(name, new Map(), layers).text) ??
    parsed(definition, definition.default)
  );
}

function parsed(definition: ConfigDefinition, text: string | null): ConfigValue {
  if (text === null) return null;
  try {
    return parseConfig(definition, text).value;
  } catch (error) {
    if (error instanceof ConfigError) return null;
    throw error;
  }
}

interface Types {
  number: number;
  string: string;
  boolean: boolean;
}

function typed<T extends keyof Types>(name: string, value: ConfigValue, type: T): Types[T] {
  assert(typeof value === type, () => `${name} is no ${type}: ${String(value)}`);
  return value as Types[T];
}

function compressionType(name: string): TopicConfig['compressionType'] {
  switch (name) {
    case 'gzip':
    case 'snappy':
    case 'lz4':
    case 'zstd':
      return name;
    case 'uncompressed':
      return 'none';
    default:
      return 'producer';
  }
}
