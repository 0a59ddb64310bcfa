/**
 * Events as the log at the bottom of the window shows them: one line each, with what was and what is. A line carries a
 * kind and arguments, never a sentence: the window's catalogues hold the sentences, in each language.
 */
import type { NodeId, TimestampMs } from '../base/ids.ts';

export type LabEventKind =
  /** Somebody pressed a button or used the command line: `args.command`, `args.node`. */
  | 'command'
  /** A broker's thread changed state: change `state`. `args.detail` says why. */
  | 'process'
  /** A step of a start or stop, in the node's own words: `args.detail`. */
  | 'lifecycle'
  | 'problem'
  | 'problem-solved'
  | 'broker-registered'
  | 'broker-unregistered'
  /** `args.node` lost its session: change `state` from `unfenced` to `fenced`. */
  | 'broker-fenced'
  | 'broker-unfenced'
  | 'controlled-shutdown'
  /** Another leader or epoch: change `leader`, `args.topic`, `args.partition`, `args.epoch`, `args.epochWas`. */
  | 'leader-changed'
  /** Change `isr`, `args.topic`, `args.partition`. */
  | 'isr-shrunk'
  | 'isr-expanded'
  /** Several partitions at once, by one decision: `args.partitions`, `args.leaders` (how many got another leader). */
  | 'partitions-changed'
  | 'topic-created'
  | 'topic-deleted'
  | 'config-changed'
  /** The quorum: change `leader`, `args.epoch`. */
  | 'quorum-leader'
  /** Change `role`, `args.epoch`. */
  | 'quorum-role'
  | 'metadata-snapshot'
  | 'log-recovered'
  | 'log-truncated'
  | 'segment-rolled'
  | 'segment-deleted'
  /** Change `state`, `args.group`, `args.members`, `args.generation`. */
  | 'group-state'
  | 'group-member'
  /** Of a rebalance that is over: `args.group`, `args.number`, `args.generation`, `args.gapMs` (partition-milliseconds). */
  | 'rebalance'
  /** A lab client's thread changed state: change `state`, `args.client`, `args.detail`. */
  | 'client-process'
  /** A lab client's settings: `args.client`, `args.setting`, change `value`. */
  | 'client-settings'
  /** Batches that a lab producer sent within a second: `args.client`, `args.topic`, `args.partition`, `args.reason`, `args.batches`, `args.records`, `args.bytes`. */
  | 'batches-sent'
  /** A batch is tried again: `args.client`, `args.topic`, `args.partition`, `args.error`, `args.attempt`. */
  | 'batch-retried'
  /** Records whose callback got an error: `args.client`, `args.topic`, `args.partition`, `args.error`, `args.records`. */
  | 'records-failed'
  /** Records of a lab producer that were written behind later ones: `args.client`, `args.topic`, `args.partition`, `args.records`, `args.offset`, `args.behind`. */
  | 'records-reordered'
  /** A leader had the batch already and wrote it once: `args.topic`, `args.partition`, `args.producerId`, `args.epoch`, `args.sequence`, `args.records`, `args.offset`. */
  | 'duplicate-dropped'
  /** An import, a run of a template or a replay is over: `args.job`, `args.title`, `args.records`; change `state`. */
  | 'feed'
  /** `args.client`, `args.callback`, `args.partitions`. */
  | 'consumer-callback'
  /**
   * Where a lab consumer begins to read a partition: `args.group`, `args.client`, `args.topic`, `args.partition`, `args.offset`,
   * `args.from` (`committed` or a reset policy), `args.again` (records that the group's consumers had got before).
   */
  | 'partition-taken'
  /** `wakeup()` ended a call of a lab consumer: `args.client`, `args.call`. */
  | 'consumer-woken'
  /** `args.group`, `args.client` or `args.member`, `args.topic`, `args.partition`; change `offset`. */
  | 'offsets-committed'
  /** Committed offsets written or deleted from outside the group: `args.group`, `args.to`, `args.partitions`, `args.records`. */
  | 'offsets-reset'
  | 'offsets-deleted'
  | 'group-deleted'
  /** A lab client met an error: `args.client`, `args.error`, `args.detail`. */
  | 'client-fault'
  | 'coordinator'
  /** The controller's decision in its own words: `args.action`, `args.detail`. */
  | 'controller'
  /** Change `state` (armed, active, lifted, failed); `args.fault` (id), `args.kind`, `args.target`, `args.settings`, `args.detail`. */
  | 'fault'
  /** Lab time goes at another pace, stands or goes on: change `value` (speed, step) or `state`; `args.speed`. */
  | 'lab-time'
  /** A step of a scenario: change `state`, `args.step`, `args.steps`, `args.line`, `args.title`, `args.detail`. */
  | 'scenario-step'
  /** An expectation was judged: `args.name`, `args.verdict`, `args.evidence`. */
  | 'scenario-verdict'
  /** A scenario's run: change `state`, `args.title`, `args.seed`, `args.detail`. */
  | 'scenario-run'
  | 'connection-closed'
  | 'client-error'
  /** A warning or error of a node's log: `args.component`, `args.detail`. */
  | 'log';

/** What kind of value `was` and `now` are: names of states are translated, the others are Kafka's own and stay. */
export type LabChangeOf = 'state' | 'leader' | 'isr' | 'role' | 'offset' | 'value';

export interface LabChange {
  readonly of: LabChangeOf;
  /** Node ids are written `2`, sets of them `1, 2, 3`, nobody `none`. */
  readonly was: string;
  readonly now: string;
}

export type LabEventTone = 'plain' | 'good' | 'notice' | 'warning' | 'fault';

/** Who did it: the person at the window, the lab by itself, a broker, a controller, or the lab client `args.client`. */
export type LabEventActor = 'you' | 'lab' | 'broker' | 'controller' | 'client';

export interface LabEvent {
  /** Counts up from 1 since the lab was started. */
  readonly id: number;
  readonly atMs: TimestampMs;
  readonly actor: LabEventActor;
  /** The node that acted or told; null for the lab and for you. */
  readonly node: NodeId | null;
  readonly kind: LabEventKind;
  /** Kafka's name for it (`AlterPartition`, `PartitionChangeRecord`, `BrokerRegistrationChange`) or the command's. */
  readonly source: string;
  readonly args: Readonly<Record<string, string | number>>;
  readonly change: LabChange | null;
  /** Kafka's own metric that moves with it, e.g. `IsrShrinksPerSec`. */
  readonly metric: string | null;
  readonly tone: LabEventTone;
}

/** An event before the host gives it a number. */
export type LabEventDraft = Omit<LabEvent, 'id'>;
