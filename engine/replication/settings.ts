/** What a broker's configuration says about replication; names and defaults are Kafka's. */
import type { DurationMs } from '../base/ids.ts';

export interface ReplicationSettings {
  /** `replica.lag.time.max.ms`: a follower not caught up for longer leaves the ISR; checked each half of it. */
  readonly lagTimeMaxMs: DurationMs;
  /** `replica.fetch.wait.max.ms`: how long a leader may keep a follower's fetch that has nothing to read. */
  readonly fetchWaitMaxMs: DurationMs;
  /** `replica.fetch.min.bytes`. */
  readonly fetchMinBytes: number;
  /** `replica.fetch.max.bytes`: of one partition. */
  readonly fetchMaxBytes: number;
  /** `replica.fetch.response.max.bytes`: of one response. */
  readonly fetchResponseMaxBytes: number;
  /** `replica.fetch.backoff.ms`: pause of a partition whose fetch failed, and of a fetcher without a connection. */
  readonly fetchBackoffMs: DurationMs;
  /** `replica.socket.timeout.ms`. */
  readonly socketTimeoutMs: DurationMs;
  /** `replica.high.watermark.checkpoint.interval.ms`. */
  readonly highWatermarkCheckpointIntervalMs: DurationMs;
  /** `max.incremental.fetch.session.cache.slots`. */
  readonly fetchSessionSlots: number;
  /** `fetch.max.bytes`: ceiling of what any fetch may ask for. */
  readonly fetchMaxBytesPerRequest: number;
}

export const defaultReplicationSettings: ReplicationSettings = {
  lagTimeMaxMs: 30_000,
  fetchWaitMaxMs: 500,
  fetchMinBytes: 1,
  fetchMaxBytes: 1024 * 1024,
  fetchResponseMaxBytes: 10 * 1024 * 1024,
  fetchBackoffMs: 1000,
  socketTimeoutMs: 30_000,
  highWatermarkCheckpointIntervalMs: 5000,
  fetchSessionSlots: 1000,
  fetchMaxBytesPerRequest: 55 * 1024 * 1024,
};
