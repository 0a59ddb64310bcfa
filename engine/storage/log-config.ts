/**
 * The settings of one partition's log, as plain values with Kafka's names in camel case and Kafka's defaults (topic
 * level; `LogConfig` and `ServerLogConfigs` of 4.3). Who parses and validates names and texts is metadata/config. int64
 * maxima are 2^63, the nearest double.
 */
import type { DurationMs } from '../base/ids.ts';
import type { CompressionName, TimestampType } from '../record/index.ts';

export interface LogConfig {
  /** `segment.bytes` (or `internal.segment.bytes` when set). */
  readonly segmentBytes: number;
  readonly segmentMs: DurationMs;
  readonly segmentJitterMs: DurationMs;
  /** `segment.index.bytes`: largest size of `.index` and `.timeindex` each. */
  readonly segmentIndexBytes: number;
  readonly indexIntervalBytes: number;
  readonly flushMessages: number;
  readonly flushMs: DurationMs;
  /** -1: no limit. */
  readonly retentionMs: DurationMs;
  /** -1: no limit. */
  readonly retentionBytes: number;
  readonly fileDeleteDelayMs: DurationMs;
  /** `cleanup.policy`; neither (an empty list) keeps everything. */
  readonly cleanupPolicy: { readonly delete: boolean; readonly compact: boolean };
  readonly maxMessageBytes: number;
  /** `producer` keeps what the producer sent; `none` is Kafka's `uncompressed`. */
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
  /** Not the log's concern; kept here as in Kafka for whoever decides about acknowledgements. */
  readonly minInsyncReplicas: number;
  readonly uncleanLeaderElectionEnable: boolean;
}

const longMax = 2 ** 63;
const weekMs = 7 * 24 * 60 * 60 * 1000;

export const defaultLogConfig: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: weekMs,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 * 1024 * 1024,
  indexIntervalBytes: 4096,
  flushMessages: longMax,
  flushMs: longMax,
  retentionMs: weekMs,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  cleanupPolicy: { delete: true, compact: false },
  maxMessageBytes: 1024 * 1024 + 12,
  compressionType: 'producer',
  compressionGzipLevel: -1,
  compressionLz4Level: 9,
  compressionZstdLevel: 3,
  messageTimestampType: 'create-time',
  messageTimestampBeforeMaxMs: longMax,
  messageTimestampAfterMaxMs: 3_600_000,
  preallocate: false,
  deleteRetentionMs: 24 * 60 * 60 * 1000,
  minCompactionLagMs: 0,
  maxCompactionLagMs: longMax,
  minCleanableDirtyRatio: 0.5,
  minInsyncReplicas: 1,
  uncleanLeaderElectionEnable: false,
};
