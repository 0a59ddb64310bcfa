/**
 * The controller: on every voter it follows the metadata log; on the quorum's leader it is active and decides. A
 * decision is a pure function of the view; its records are appended as one atomic group and applied at once, so that the
 * next decision sees them; the reply waits until they are committed (Kafka's `QuorumController`).
 *
 * Invariants: the state changes by records alone, in log order, the same way live and on replay (the brokers' sessions
 * are the one exception, see brokers/sessions.ts); `image` never holds what is not committed; when leadership is lost,
 * what was applied ahead of the commit is dropped and everything that waits is answered NOT_CONTROLLER.
 *
 * Left to others: the log and its replication (raft), what requests mean (apis.ts and the decide functions).
 */
import type { LeaderEpoch, NodeId, Offset, TimestampMs } from '../base/ids.ts';
import type { Clock } from '../env/clock.ts';
import type { Random } from '../env/random.ts';
import type { Tracer } from '../env/tracer.ts';
import { emptyMetadataImage, encodeMetadataRecord, MetadataReplay } from '../metadata/index.ts';
import type { MetadataImage, MetadataRecord } from '../metadata/index.ts';
import type { Handler, RequestContext } from '../net/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { Api, RequestOf, ResponseInputOf } from '../protocol/index.ts';
import { NotLeaderError } from '../raft/index.ts';
import type { CommittedBatch, LeaderAndEpoch, RaftListener, SnapshotReader } from '../raft/index.ts';
import { controllerApis } from './apis.ts';
import type { ControllerApi } from './apis.ts';
import { activationRecords } from './bootstrap.ts';
import { decideSessionExpiry } from './brokers/heartbeat.ts';
import { BrokerSessions } from './brokers/sessions.ts';
import type { ControllerConfig } from './config.ts';
import { envelopeHandler } from './envelope.ts';
import { isRefusal } from './outcome.ts';
import type { ApiError, Decision, Refusal } from './outcome.ts';
import { decideLeaderBalance, decideUncleanElections } from './partitions/elections.ts';
import { PendingWrites } from './pending-writes.ts';
import type { ControllerRaft } from './raft-log.ts';
import { Snapshotter } from './snapshotter.ts';
import { ControllerTimers } from './timers.ts';
import type { ControllerView } from './view.ts';

export interface ControllerOptions {
  readonly env: { readonly clock: Clock; readonly random: Random; readonly tracer: Tracer };
  readonly raft: ControllerRaft;
  readonly nodeId: NodeId;
  readonly clusterId: string;
  readonly config: ControllerConfig;
}

/** A reply whose records are committed, or why there is none. */
export type Answer<Reply> = { readonly reply: Reply } | Refusal;

/** What the window shows of a controller. */
export interface ControllerSample {
  readonly active: boolean;
  /** Of the quorum; -1 while not active. */
  readonly epoch: LeaderEpoch;
  readonly lastAppliedOffset: Offset;
  readonly lastCommittedOffset: Offset;
  readonly pendingWrites: number;
  /** When the active controller last heard of each broker, on wall time; empty while not active. */
  readonly heartbeats: readonly { readonly broker: NodeId; readonly lastHeartbeatMs: TimestampMs }[];
}

export class Controller implements RaftListener {
  readonly #options: ControllerOptions;
  readonly #sessions: BrokerSessions;
  readonly #pending = new PendingWrites();
  readonly #snapshotter: Snapshotter;
  readonly #timers: ControllerTimers;
  /** Up to the last applied record: ahead of the commit while active. */
  #replay = new MetadataReplay();
  /** Where the replay stood when this node became active; null once one of its groups is committed. */
  #beforeActivation: MetadataReplay | null = null;
  #committed: MetadataImage = emptyMetadataImage;
  #activeEpoch: LeaderEpoch | null = null;
  #activeController: NodeId | null = null;
  #nextOffset: Offset = 0;

  constructor(options: ControllerOptions) {
    const { env, raft, config } = options;
    this.#options = options;
    this.#sessions = new BrokerSessions(config.brokerSessionTimeoutMs);
    this.#snapshotter = new Snapshotter(raft, config, env.clock.monotonic());
    this.#timers = new ControllerTimers(env.clock, config, {
      idle: () => void this.#write('NoOp', () => ({ records: [noOp], reply: null })),
      sessionsDue: () => this.#expireSessions(),
      nextExpiryMs: () => this.#sessions.nextExpiryMs(this.#replay.image),
      balance: () => void this.#write('LeaderBalance', decideLeaderBalance),
      uncleanElections: () => void this.#write('UncleanElection', decideUncleanElections),
    });
  }

  /** Whether this node decides; only then do its handlers answer anything but NOT_CONTROLLER. */
  get active(): boolean {
    return this.#activeEpoch !== null;
  }

  /** The state up to the last committed record. */
  get image(): MetadataImage {
    return this.#committed;
  }

  sample(): ControllerSample {
    return {
      active: this.active,
      epoch: this.#activeEpoch ?? -1,
      lastAppliedOffset: this.#replay.image.provenance.lastContainedOffset,
      lastCommittedOffset: this.#committed.provenance.lastContainedOffset,
      pendingWrites: this.#pending.size,
      heartbeats: this.active ? this.#heartbeats() : [],
    };
  }

  #heartbeats(): ControllerSample['heartbeats'] {
    const { clock } = this.#options.env;
    const labMs = clock.precise() - clock.monotonic();
    return this.#sessions
      .contacts()
      .map(({ broker, lastContactMs }) => ({ broker, lastHeartbeatMs: Math.round(labMs + lastContactMs) }));
  }

  /** When the active controller last heard of each broker, by the wall clock; empty on others. */
  heartbeats(): { readonly broker: NodeId; readonly lastHeartbeatMs: TimestampMs }[] {
    if (!this.active) return [];
    const { clock } = this.#options.env;
    const [wallMs, nowMs] = [clock.now(), clock.monotonic()];
    return this.#sessions.lastContacts().map(({ broker, lastContactMs }) => ({
      broker,
      lastHeartbeatMs: Math.round(wallMs - (nowMs - lastContactMs)),
    }));
  }

  /**
   * For the controller listener: everything but raft's own APIs, ApiVersions, DescribeCluster and DescribeConfigs.
   * `forwardable`: handlers of others whose requests may come in an Envelope (DescribeQuorum).
   */
  handlers(forwardable: readonly Handler[] = []): Handler[] {
    const own = controllerApis.map((spec) => this.#handler(spec));
    return [...own, envelopeHandler([...own, ...forwardable], () => this.active)];
  }

  #handler<A extends Api>(spec: ControllerApi<A>): Handler<A> {
    return { api: spec.api, handle: (request, context) => this.#serve(spec, request, context) };
  }

  async #serve<A extends Api>(
    spec: ControllerApi<A>,
    request: RequestOf<A>,
    context: RequestContext,
  ): Promise<ResponseInputOf<A>> {
    const answer = await this.#write(spec.api.name, (view) => spec.decide(view, request, context));
    return 'refused' in answer ? spec.refused(request, answer.refused, context) : answer.reply;
  }

  /** Decides, appends, applies; the answer comes with the commit. `action` names the cause in telemetry. */
  #write<R>(action: string, decide: (view: ControllerView) => Decision<R> | Refusal): Promise<Answer<R>> {
    if (this.#activeEpoch === null) return Promise.resolve(this.#notController());
    const outcome = decide(this.#view());
    if (isRefusal(outcome)) {
      this.#tell(`${action} refused`, outcome.refused.message ?? `error ${outcome.refused.code}`);
      return Promise.resolve(outcome);
    }
    if (outcome.why !== undefined) this.#tell(action, outcome.why);
    return new Promise((resolve) => {
      const settle = (committed: boolean) => resolve(committed ? { reply: outcome.reply } : this.#notController());
      if (outcome.records.length === 0) {
        this.#contact(outcome, this.#nextOffset - 1);
        this.#pending.afterAll(settle);
      } else if (!this.#append(outcome, settle)) resolve(this.#notController());
    });
  }

  /** False when this node turned out not to lead any more. */
  #append(decision: Decision<unknown>, settle: (committed: boolean) => void): boolean {
    const { raft, env } = this.#options;
    const epoch = this.#activeEpoch ?? -1;
    let lastOffset: Offset;
    try {
      lastOffset = raft.prepareAppend(epoch, decision.records.map(encodeMetadataRecord));
    } catch (error) {
      if (error instanceof NotLeaderError) return false;
      throw error;
    }
    this.#nextOffset = lastOffset + 1;
    this.#replay.addRecords(decision.records, lastOffset);
    this.#replay.take({ lastOffset, epoch, appendTimestampMs: env.clock.now() });
    this.#pending.add(lastOffset, this.#replay.image, settle);
    for (const record of decision.records) this.#followSession(record);
    this.#contact(decision, lastOffset);
    this.#timers.watchSessions();
    return true;
  }

  #followSession(record: MetadataRecord): void {
    if (record.type === 'UnregisterBrokerRecord') this.#sessions.remove(record.brokerId);
    if (record.type === 'BrokerRegistrationChangeRecord' && record.fenced > 0) this.#sessions.fenced(record.brokerId);
  }

  #contact({ contact }: Decision<unknown>, offset: Offset): void {
    if (contact === undefined) return;
    const { broker, epoch, metadataOffset, inControlledShutdown } = contact;
    this.#sessions.contact(broker, epoch, metadataOffset, this.#options.env.clock.monotonic());
    if (inControlledShutdown) this.#sessions.enterControlledShutdown(broker, offset);
  }

  #view(): ControllerView {
    const { config, nodeId, clusterId, env, raft } = this.#options;
    return {
      image: this.#replay.image,
      sessions: this.#sessions,
      config,
      nodeId,
      clusterId,
      random: env.random,
      nextOffset: Math.max(this.#nextOffset, raft.logEndOffset),
      nowMs: env.clock.monotonic(),
    };
  }

  #notController(): Refusal {
    const active = this.#activeController;
    const message =
      active === null || active === this.#options.nodeId
        ? 'No controller appears to be active.'
        : `The active controller appears to be node ${active}.`;
    return { refused: { code: ErrorCode.NOT_CONTROLLER, message } satisfies ApiError };
  }

  /** One broker at a time, so that each fencing sees the one before. */
  #expireSessions(): void {
    while (
      this.active &&
      this.#sessions.oldestExpired(this.#replay.image, this.#options.env.clock.monotonic()) !== null
    ) {
      const before = this.#nextOffset;
      void this.#write('Fencing', decideSessionExpiry);
      if (this.#nextOffset === before) return;
    }
  }

  // Raft's side.

  handleLeaderChange(leader: LeaderAndEpoch): void {
    this.#activeController = leader.leaderId;
    const leads = leader.leaderId === this.#options.nodeId;
    if (this.active && !(leads && leader.epoch === this.#activeEpoch)) this.#deactivate();
    if (leads && !this.active) this.#activate(leader.epoch);
  }

  #activate(epoch: LeaderEpoch): void {
    const { raft, config, env } = this.#options;
    this.#activeEpoch = epoch;
    this.#nextOffset = raft.logEndOffset;
    this.#beforeActivation = this.#replay.fork();
    this.#sessions.reset(this.#replay.image, env.clock.monotonic());
    const openTransaction = this.#replay.openTransactionOffset !== null;
    const records = activationRecords(this.#replay.image, openTransaction, config);
    this.#tell('Activation', `node ${this.#options.nodeId} is the active controller of epoch ${epoch}`);
    if (records.length > 0) {
      const why = openTransaction
        ? 'the predecessor left a transaction open: it is aborted'
        : `the log is empty: ${records.length} bootstrap records are written`;
      void this.#write('Bootstrap', () => ({ records, reply: null, why }));
    }
    this.#timers.start();
  }

  #deactivate(): void {
    const epoch = this.#activeEpoch;
    this.#activeEpoch = null;
    this.#timers.stop();
    this.#replay = this.#beforeActivation ?? new MetadataReplay(this.#committed);
    this.#beforeActivation = null;
    this.#tell('Resignation', `node ${this.#options.nodeId} is no longer the active controller of epoch ${epoch}`);
    this.#pending.abandon();
  }

  handleCommit(batch: CommittedBatch): void {
    if (this.active) {
      const image = this.#pending.commit(batch.lastOffset);
      if (image !== null) {
        this.#committed = image;
        this.#beforeActivation = null;
      }
    } else if (batch.records.length > 0) {
      const change = this.#replay.commit(batch);
      if (change !== null) this.#committed = change.image;
    }
    this.#maybeSnapshot(batch);
  }

  #maybeSnapshot(batch: CommittedBatch): void {
    const nowMs = this.#options.env.clock.monotonic();
    const written = this.#snapshotter.committed(batch.sizeBytes, this.#committed, batch.appendTimestampMs, nowMs);
    if (written !== null) {
      this.#tell('Snapshot', `written up to offset ${written.endOffset}: ${written.reason}`);
    }
  }

  handleLoadSnapshot(reader: SnapshotReader): void {
    if (this.active) this.#deactivate();
    const { offset, epoch } = reader.snapshotId;
    const values = function* (): Generator<Uint8Array> {
      for (const batch of reader.batches()) yield* batch;
    };
    this.#committed = this.#replay.load(values(), {
      lastOffset: offset - 1,
      epoch,
      appendTimestampMs: reader.lastContainedLogTimestampMs,
    }).image;
    this.#snapshotter.loaded(offset, this.#options.env.clock.monotonic());
  }

  beginShutdown(): void {
    this.stop();
  }

  /** Answers what waits with NOT_CONTROLLER and stops all timers. Idempotent. */
  stop(): void {
    if (this.active) this.#deactivate();
  }

  #tell(action: string, detail: string): void {
    const { env, nodeId } = this.#options;
    env.tracer.log('info', `Controller ${nodeId}`, `${action}: ${detail}`);
    if (env.tracer.enabled) env.tracer.emit({ type: 'controller', action, detail });
  }
}

const noOp: MetadataRecord = { type: 'NoOpRecord', version: 0 };
