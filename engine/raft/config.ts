/**
 * Settings of the quorum, by Kafka's names (class `QuorumConfig`, `MetadataLogConfig`, `KRaftConfigs`). All of them are
 * plain configuration: no code path is special-cased for a new cluster or for the lab.
 */
import type { DurationMs } from '../base/ids.ts';

export interface RaftConfig {
  /** `controller.quorum.election.timeout.ms`: a voter without leader waits this long, and up to twice as long by chance. */
  readonly electionTimeoutMs: DurationMs;
  /**
   * The same for the first wait after a start: drawn from [0, this). Kafka has no such setting and uses
   * `electionTimeoutMs` there too, which is the default here. Pre-votes make a low value harmless: asking disturbs no
   * living leader and burns no epoch.
   */
  readonly firstElectionTimeoutMs: DurationMs | null;
  /** `controller.quorum.fetch.timeout.ms`: a follower that could not fetch for so long asks for pre-votes. */
  readonly fetchTimeoutMs: DurationMs;
  /** `controller.quorum.election.backoff.max.ms`: the longest a candidate waits after a lost election. */
  readonly electionBackoffMaxMs: DurationMs;
  /** `controller.quorum.request.timeout.ms`. */
  readonly requestTimeoutMs: DurationMs;
  /** `controller.quorum.retry.backoff.ms`: between a failed request to a node and the next one to it. */
  readonly retryBackoffMs: DurationMs;
  /** `controller.quorum.append.linger.ms`: the leader gathers records for so long before it writes and flushes a batch. */
  readonly appendLingerMs: DurationMs;
  /** How long the leader holds a fetch that finds nothing new (500 in Kafka). */
  readonly fetchMaxWaitMs: DurationMs;
  /** Most bytes of one fetch or of one part of a snapshot (1 MiB in Kafka). */
  readonly fetchMaxBytes: number;
  /** Most bytes of one batch (8 MiB in Kafka). */
  readonly batchMaxBytes: number;
  /** `metadata.log.segment.bytes`. */
  readonly segmentBytes: number;
  /** `metadata.log.segment.ms`. */
  readonly segmentMs: DurationMs;
  /** `metadata.max.retention.ms`: a snapshot older than this may go when a newer one exists. -1: no limit. */
  readonly retentionMaxMs: DurationMs;
  /** `metadata.max.retention.bytes`: log and snapshots together, beyond which old snapshots go. -1: no limit. */
  readonly retentionMaxBytes: number;
  /** How often cleaning is considered (60 s in Kafka's `metadata.log` maintenance). */
  readonly cleaningIntervalMs: DurationMs;
}

/** Kafka 4.3's defaults. */
export const defaultRaftConfig: RaftConfig = {
  electionTimeoutMs: 1000,
  firstElectionTimeoutMs: null,
  fetchTimeoutMs: 2000,
  electionBackoffMaxMs: 1000,
  requestTimeoutMs: 2000,
  retryBackoffMs: 20,
  appendLingerMs: 25,
  fetchMaxWaitMs: 500,
  fetchMaxBytes: 1024 * 1024,
  batchMaxBytes: 8 * 1024 * 1024,
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  retentionMaxMs: 7 * 24 * 60 * 60 * 1000,
  retentionMaxBytes: 100 * 1024 * 1024,
  cleaningIntervalMs: 60 * 1000,
};
