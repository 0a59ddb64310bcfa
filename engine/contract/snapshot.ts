/**
 * What the window is told: the whole lab as plain data. Values are what was last heard, with the time it was heard;
 * `null` is unknown and never stands for zero. Times are wall-clock milliseconds of the host; lengths are in
 * milliseconds; sizes are in bytes. Everything is read-only: a change is a new object, an unchanged part is the same one.
 *
 * Two views of one broker are kept apart on purpose: `process` is what the lab did to it and knows at once,
 * `registration` is what the controller's metadata says about it and may be behind. A killed leader stays the leader
 * until the controller fences it.
 */
import type {
  BrokerEpoch,
  DurationMs,
  LeaderEpoch,
  NodeId,
  Offset,
  PartitionEpoch,
  PartitionIndex,
  TimestampMs,
  TopicName,
  Uuid,
} from '../base/ids.ts';
import type { ConsumerView, ProducerView } from './clients.ts';
import type { LabEvent } from './events.ts';
import type { FaultView } from './faults.ts';
import type { GroupView } from './groups.ts';
import type { JobView, ShownRun } from './runs.ts';
import type { RecordingView, ScenarioRunView } from './scenarios.ts';
import type { LabTimeView } from './time.ts';

export interface LabSnapshot {
  /** Of the last delta that this contains; the next delta carries `seq + 1`. */
  readonly seq: number;
  /** When the host put this together. */
  readonly sampledMs: TimestampMs;
  readonly lab: LabInfo;
  /** In the order of their ids. */
  readonly brokers: readonly BrokerView[];
  /** Null until a voter has told about the quorum. */
  readonly quorum: QuorumView | null;
  /** In the order of their names, internal topics last. */
  readonly topics: readonly TopicView[];
  /** In the order of topic and partition. */
  readonly partitions: readonly PartitionView[];
  /** The lab's own producers and consumers, in the order in which they were added. */
  readonly producers: readonly ProducerView[];
  readonly consumers: readonly ConsumerView[];
  /** In the order of their ids. */
  readonly groups: readonly GroupView[];
  /** The newest events, oldest first, at most `eventTailMax`. */
  readonly events: readonly LabEvent[];
  /** All events since the lab was started. */
  readonly eventCount: number;
  /** What stands in the way now; empty when all is well. */
  readonly problems: readonly LabProblem[];
  readonly time: LabTimeView;
  /** Armed, active, and the newest that are over; oldest first. */
  readonly faults: readonly FaultView[];
  /** What the window shows. */
  readonly shown: ShownRun;
  /** The scenario that this lab runs or ran; null for a lab of one's own. */
  readonly scenario: ScenarioRunView | null;
  /** Null while nothing is recorded. */
  readonly recording: RecordingView | null;
  /** Running ones, and those that ended lately. */
  readonly jobs: readonly JobView[];
}

/** Events that a snapshot keeps; older ones are in the journal. */
export const eventTailMax = 500;

export type LabState = 'starting' | 'running' | 'stopping' | 'stopped' | 'failed';

export interface LabInfo {
  readonly name: string;
  /** Absolute path. */
  readonly dataDir: string;
  /** Null until the directory is opened. */
  readonly clusterId: Uuid | null;
  /** `127.0.0.1:9092,127.0.0.1:9093`: the brokers that exist, running or not. Empty until ports are chosen. */
  readonly bootstrapServers: string;
  readonly startedMs: TimestampMs;
  /** Of Brokerlab. */
  readonly version: string;
  readonly state: LabState;
  /** Brokers that a new lab of this kind has, and the port of the first one where it is free. */
  readonly defaults: { readonly brokers: number; readonly firstPort: number };
  /** `min.insync.replicas` of the cluster; topics may differ. */
  readonly minInsyncReplicas: number;
}

/** What the lab did to the broker's thread. `killed`: terminated, nothing flushed. `failed`: it could not start or ended by itself. */
export type BrokerProcess = 'starting' | 'running' | 'paused' | 'shutting-down' | 'stopped' | 'killed' | 'failed';

export interface BrokerView {
  readonly id: NodeId;
  readonly host: string;
  /** Of the clients' listener; null until one is chosen. */
  readonly port: number | null;
  /** Of the controllers' listener; null where the node has none. */
  readonly controllerPort: number | null;
  readonly roles: readonly ('broker' | 'controller')[];
  readonly process: BrokerProcess;
  readonly processSinceMs: TimestampMs;
  /** As the newest metadata that any running node has applied says; null when not registered. */
  readonly registration: BrokerRegistrationView | null;
  /** When the active controller last heard a heartbeat of it; null when no controller has told. */
  readonly lastHeartbeatMs: TimestampMs | null;
  /** `broker.session.timeout.ms` of the active controller. */
  readonly sessionTimeoutMs: DurationMs;
  /** Of its data directory; the last known value while it is down. */
  readonly diskBytes: number | null;
  /** When its numbers (here and in its replicas) were last sampled; null when never since the lab started. */
  readonly sampledMs: TimestampMs | null;
  /** Steps of the newest start, in order. */
  readonly steps: readonly StartStep[];
}

export interface BrokerRegistrationView {
  readonly brokerEpoch: BrokerEpoch;
  readonly fenced: boolean;
  readonly inControlledShutdown: boolean;
  /** When the host heard of the newest change of one of the above. */
  readonly sinceMs: TimestampMs;
}

export const startStepNames = ['data-directory', 'log-recovered', 'quorum-joined', 'registered', 'unfenced'] as const;
export type StartStepName = (typeof startStepNames)[number];

export interface StartStep {
  readonly name: StartStepName;
  readonly state: 'waiting' | 'active' | 'done' | 'failed';
  /** Of this step alone; null until it is done. */
  readonly tookMs: DurationMs | null;
}

export interface QuorumView {
  /** As the voters report it; null while there is none or nobody knows. */
  readonly leader: NodeId | null;
  readonly epoch: number;
  /** Of the metadata log, as the leader (else the best informed voter) knows it. */
  readonly highWatermark: Offset | null;
  /** Who told; null when the last one who told is gone. */
  readonly toldBy: NodeId | null;
  readonly sampledMs: TimestampMs;
  readonly voters: readonly QuorumMember[];
  readonly observers: readonly QuorumMember[];
}

export interface QuorumMember {
  readonly id: NodeId;
  readonly role:
    'leader' | 'follower' | 'candidate' | 'prospective' | 'unattached' | 'resigned' | 'observer' | 'unknown';
  /** As the leader knows it. */
  readonly logEndOffset: Offset | null;
  /** Records behind the leader's log end; null when the leader does not know. */
  readonly lag: number | null;
  /** When the leader last got a fetch of it; the leader's own is null. */
  readonly lastFetchMs: TimestampMs | null;
  readonly lastCaughtUpMs: TimestampMs | null;
}

export interface TopicView {
  readonly name: TopicName;
  readonly topicId: Uuid;
  readonly internal: boolean;
  readonly replicationFactor: number;
  /** The topic's own or the cluster's; null when nobody has told. */
  readonly minInsyncReplicas: number | null;
}

export interface PartitionView {
  /** Given by the host, unique for as long as it runs; never used for another partition. */
  readonly id: number;
  readonly topic: TopicName;
  readonly partition: PartitionIndex;
  /** By metadata; -1 is none. */
  readonly leader: NodeId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: PartitionEpoch;
  /** When the host heard of the newest leader (another node, not only another epoch); null when it was never seen to move. */
  readonly leaderMovedMs: TimestampMs | null;
  /** The leader before that; null when it was never seen to move. */
  readonly leaderWas: NodeId | null;
  /** As assigned, in the order of preference. */
  readonly replicas: readonly NodeId[];
  readonly isr: readonly NodeId[];
  /** Eligible leader replicas (KIP-966). */
  readonly elr: readonly NodeId[];
  /** One for each assigned replica, in the same order. Its age is its broker's `sampledMs`. */
  readonly logs: readonly ReplicaLog[];
}

export interface ReplicaLog {
  readonly node: NodeId;
  readonly logStartOffset: Offset | null;
  readonly logEndOffset: Offset | null;
  readonly highWatermark: Offset | null;
  /** When it last held all of the leader's log, as the leader measures; null for the leader and when nobody has told. */
  readonly caughtUpMs: TimestampMs | null;
}

export type ProblemCode =
  | 'port-in-use'
  | 'data-dir-held'
  | 'data-dir-foreign'
  | 'data-dir-unwritable'
  | 'cluster-id-mismatch'
  | 'disk-full'
  | 'log-corrupt'
  | 'broker-crashed'
  | 'start-failed';

/** Something that does not work, told as thing, value and what would be right. */
export interface LabProblem {
  readonly code: ProblemCode;
  /** Null when it is the whole lab's. */
  readonly node: NodeId | null;
  /** What it is about: `port`, `data directory`, `broker 2`. */
  readonly thing: string;
  /** The value found: `127.0.0.1:9093`, a path, a message. */
  readonly value: string;
  /** What to do, a sentence. */
  readonly hint: string;
  readonly sinceMs: TimestampMs;
  /** For `port-in-use`: the next port that is free; for `data-dir-held`: the process id that holds it. Else null. */
  readonly number: number | null;
}
