/**
 * A consumer's membership in its group (`ConsumerCoordinator`): joins when it has to, takes its assignment over, tells the
 * listener in Java's order, and leaves. Rebalances go on only within `poll()`; heartbeats by themselves.
 *
 *     eager         commit, onPartitionsRevoked(all), join, onPartitionsAssigned(all)
 *     cooperative   commit, join, onPartitionsRevoked(those given up), onPartitionsAssigned(new ones); join again if any
 *                   were given up
 *     expelled      onPartitionsLost(all) in place of revoked
 */
import type { TopicPartition } from '../../base/ids.ts';
import { ErrorCode, leaveGroupApi } from '../../protocol/index.ts';
import { clientError, type KafkaError } from '../kafka-error.ts';
import type { Assignor, RebalanceProtocol } from './assignors/index.ts';
import type { ConsumerContext } from './consumer-context.ts';
import { decodeAssignment, encodeSubscription } from './consumer-protocol.ts';
import { CoordinatorLink } from './coordinator-link.ts';
import { type EncodedProtocol, GroupJoining } from './group-joining.ts';
import { GroupLeading, sameTopics, type TopicsSnapshot } from './group-leading.ts';
import { GroupState } from './group-state.ts';
import { Heartbeats } from './heartbeats.ts';
import { OffsetCommits } from './offset-commits.ts';
import { callbackError, RebalanceCallbacks } from './rebalance-callbacks.ts';
import type { Call, Deadline } from './waits.ts';

export class GroupMembership {
  readonly group: GroupState;
  readonly link: CoordinatorLink;
  readonly heartbeats: Heartbeats;
  readonly commits: OffsetCommits;
  readonly callbacks: RebalanceCallbacks;
  readonly #context: ConsumerContext;
  readonly #groupId: string;
  readonly #assignors: readonly Assignor[];
  readonly #protocol: RebalanceProtocol;
  readonly #leading: GroupLeading;
  readonly #joining: GroupJoining;
  #attempt: Call<Uint8Array> | null = null;
  #attemptAfterMs = 0;
  /** The commit before a rebalance, and until when it may take. */
  #commitBefore: Call<void> | null = null;
  #commitBeforeEnds: Deadline | null = null;
  #joinedTopics: readonly string[] | null = null;
  /** Of metadata as of now, and as of the assignment that this member computed. */
  #topics: TopicsSnapshot = new Map();
  #topicsVersion = -1;
  #topicsAssigned: TopicsSnapshot | null = null;
  #rebalances = 0;
  #leave: Call<unknown> | null = null;

  constructor(context: ConsumerContext, groupId: string, assignors: readonly Assignor[]) {
    this.#context = context;
    this.#groupId = groupId;
    this.#assignors = assignors;
    this.#protocol = protocolOf(assignors);
    const group = new GroupState(context.emit);
    const link = new CoordinatorLink(context, groupId, () => this.heartbeats.resetSession());
    this.group = group;
    this.link = link;
    this.callbacks = new RebalanceCallbacks(context);
    this.commits = new OffsetCommits({ context, groupId, group, link });
    this.heartbeats = new Heartbeats({ context, groupId, group, link, onPollOverdue: () => this.#pollOverdue() });
    this.#leading = new GroupLeading(context, group);
    this.#joining = new GroupJoining({
      context,
      groupId,
      group,
      link,
      protocols: () => this.#offer(),
      onJoined: () => this.heartbeats.enable(),
      onLeader: async (answer) => {
        const assignments = await this.#leading.assign(this.#assignor(answer.protocolName), answer);
        this.#topicsAssigned = this.#leading.snapshot();
        return assignments;
      },
    });
  }

  /** Generations that this member was part of. */
  get rebalances(): number {
    return this.#rebalances;
  }

  /** How long a poll may sleep; answers wake it anyway. */
  get dueInMs(): number {
    const { subscriptions, env } = this.#context;
    const commits = !subscriptions.isAutoAssigned || (this.group.state === 'stable' && !this.group.rejoinNeeded);
    const retryInMs = this.#attempt === null ? this.#attemptAfterMs - env.clock.monotonic() : 0;
    return Math.min(
      commits ? this.commits.dueInMs : Number.POSITIVE_INFINITY,
      retryInMs > 0 ? retryInMs : Number.POSITIVE_INFINITY,
    );
  }

  /** Its share of `poll()`. False: out of the group, or within a rebalance that goes on. */
  async poll(deadline: Deadline): Promise<boolean> {
    this.#lookAtMetadata();
    this.commits.invokeCompleted();
    if (this.#context.subscriptions.isAutoAssigned) {
      this.heartbeats.polled();
      if (!(await this.link.ensureReady(deadline))) return false;
      if (this.#rejoinNeededOrPending() && !(await this.#rejoin())) return false;
    }
    this.commits.maybeAutoCommit();
    return true;
  }

  /** Tells the listener that all partitions are gone, before it leaves. */
  async prepareToLeave(): Promise<void> {
    const { subscriptions } = this.#context;
    const dropped = subscriptions.assigned();
    if (!subscriptions.isAutoAssigned || dropped.length === 0) return;
    const { generationId, memberId } = this.group.generation;
    const lost = generationId === -1 || memberId === '' || this.group.rebalanceInProgress;
    const failure = await this.callbacks.invoke(lost ? 'onPartitionsLost' : 'onPartitionsRevoked', dropped);
    subscriptions.assignFromGroup([]);
    if (failure !== null) throw callbackError(failure);
  }

  /** A static member stays: the group keeps its place until its session ends. */
  leave(reason: string): void {
    const { settings, emit, waits } = this.#context;
    const { memberId } = this.group.generation;
    const isDynamic = settings.groupInstanceId === null;
    if (isDynamic && !this.link.unknown && this.group.state !== 'unjoined' && memberId !== '') {
      emit({ type: 'left-group', memberId, reason });
      this.#leave = waits.call(
        this.link.send(leaveGroupApi, { groupId: this.#groupId, members: [{ memberId, reason }] }),
      );
    }
    this.heartbeats.stop();
    this.#attempt = null;
    this.group.leave();
  }

  /** Commits, tells the listener, leaves. Rejects with what the listener threw, when all is done. */
  async close(deadline: Deadline): Promise<void> {
    const { waits } = this.#context;
    await this.commits.autoCommitSync(deadline);
    await this.commits.awaitInFlight(deadline);
    this.heartbeats.stop();
    try {
      await this.prepareToLeave();
    } finally {
      this.leave('the consumer is being closed');
      const left = this.#leave;
      if (left !== null) await waits.until(() => left.done, deadline);
    }
  }

  #pollOverdue(): void {
    const { emit, settings } = this.#context;
    emit({ type: 'poll-overdue', maxPollIntervalMs: settings.maxPollIntervalMs });
    this.leave('consumer poll timeout has expired.');
  }

  #lookAtMetadata(): void {
    const { cluster } = this.#context;
    if (cluster.version === this.#topicsVersion) return;
    this.#topicsVersion = cluster.version;
    this.#topics = this.#leading.snapshot();
    const invalid = this.#context.subscriptions.metadataTopics.filter(
      (topic) => cluster.topicError(topic) === 'INVALID_TOPIC_EXCEPTION',
    );
    if (invalid.length > 0) throw clientError('InvalidTopicException', `Invalid topics: [${invalid.join(', ')}]`);
  }

  #rejoinNeededOrPending(): boolean {
    const { topics } = this.#context.subscriptions;
    if (this.#topicsAssigned !== null && !sameTopics(this.#topicsAssigned, this.#topics)) {
      this.group.requestRejoinIfNecessary('cached metadata has changed');
      return true;
    }
    if (this.#joinedTopics !== null && this.#joinedTopics.join('\n') !== topics.join('\n')) {
      this.group.requestRejoinIfNecessary('subscription has changed');
      return true;
    }
    return this.group.rejoinNeeded || this.#attempt !== null;
  }

  /** As far as it goes without waiting for an answer. */
  async #rejoin(): Promise<boolean> {
    const { waits, env } = this.#context;
    while (this.#rejoinNeededOrPending()) {
      if (this.link.unknown) return false;
      if (this.group.needsJoinPrepare) {
        this.group.needsJoinPrepare = false;
        if (!(await this.#prepare())) {
          this.group.needsJoinPrepare = true;
          return false;
        }
      }
      if (this.#attempt === null) {
        if (env.clock.monotonic() < this.#attemptAfterMs) return false;
        this.#attempt = waits.call(this.#joining.join());
      }
      if (!this.#attempt.done) return false;
      if (!(await this.#finish(this.#attempt))) return false;
    }
    return true;
  }

  /** False: to be tried again later. */
  async #finish({ value, error }: Call<Uint8Array>): Promise<boolean> {
    if (value === null) {
      this.#attempt = null;
      return error === null || this.#failed(error);
    }
    if (this.group.hasGenerationReset || this.group.state !== 'stable') {
      this.#attempt = null;
      const { generation, state } = this.group;
      const now = `${generation.generationId}/${state}`;
      this.group.resetAndRejoin(
        `rebalance failed since the generation/state was modified by heartbeat thread to ${now}`,
        true,
      );
      return true;
    }
    await this.#complete(value);
    this.#attempt = null;
    this.group.needsJoinPrepare = true;
    return true;
  }

  #failed(error: KafkaError): boolean {
    const { emit, settings, env } = this.#context;
    if (error.errorCode !== ErrorCode.MEMBER_ID_REQUIRED) {
      emit({ type: 'rebalance-failed', error: error.code, message: error.message });
      this.group.requestRejoin(`rebalance failed due to ${javaClassOf(error.code)}`);
    }
    switch (error.errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.REBALANCE_IN_PROGRESS:
      case ErrorCode.MEMBER_ID_REQUIRED:
        return true;
    }
    if (!error.retriable) throw error;
    this.#attemptAfterMs = env.clock.monotonic() + settings.retryBackoffMs;
    return false;
  }

  #offer(): EncodedProtocol[] {
    const { subscriptions, settings } = this.#context;
    this.#joinedTopics = subscriptions.topics;
    return this.#assignors.map((assignor) => ({
      name: assignor.name,
      metadata: encodeSubscription({
        topics: subscriptions.topics,
        userData: assignor.subscriptionUserData(),
        ownedPartitions: subscriptions.assigned(),
        generationId: this.group.generation.generationId,
        rackId: settings.clientRack === '' ? null : settings.clientRack,
      }),
    }));
  }

  #assignor(name: string | null): Assignor {
    const found = this.#assignors.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw clientError('IllegalStateException', `Coordinator selected invalid assignment protocol: ${name}`);
  }

  /** Before JoinGroup (`onJoinPrepare`). False: the commit is not through yet. */
  async #prepare(): Promise<boolean> {
    const { subscriptions } = this.#context;
    if (!this.#committedBefore()) return false;
    const { generationId, memberId } = this.group.generation;
    const owned = subscriptions.assigned();
    let failure: Error | null = null;
    if (generationId === -1 || memberId === '') {
      if (owned.length > 0) failure = await this.callbacks.invoke('onPartitionsLost', owned);
      if (owned.length > 0) subscriptions.assignFromGroup([]);
    } else if (this.#protocol === 'eager') {
      failure = await this.callbacks.invoke('onPartitionsRevoked', owned);
      subscriptions.assignFromGroup([]);
    } else {
      const kept = owned.filter(({ topic }) => subscriptions.topics.includes(topic));
      const revoked = owned.filter((each) => !kept.includes(each));
      if (revoked.length > 0) {
        failure = await this.callbacks.invoke('onPartitionsRevoked', revoked);
        subscriptions.assignFromGroup(kept);
      }
    }
    this.group.isLeader = false;
    subscriptions.resetGroupSubscription();
    this.#commitBefore = null;
    this.#commitBeforeEnds = null;
    if (failure !== null) throw callbackError(failure);
    return true;
  }

  #committedBefore(): boolean {
    const { settings, subscriptions, waits } = this.#context;
    this.#commitBeforeEnds ??= waits.deadline(settings.maxPollIntervalMs);
    if (this.#commitBefore === null && settings.enableAutoCommit) {
      if (this.#protocol === 'eager') subscriptions.markPendingRevocation();
      this.#commitBefore = this.commits.autoCommit('auto-rebalance');
    }
    if (this.#commitBefore === null || this.#commitBeforeEnds.expired) return true;
    if (!this.#commitBefore.done) return false;
    const retry = this.#commitBefore.error?.retriable ?? false;
    if (retry) this.#commitBefore = null;
    return !retry;
  }

  /** After SyncGroup (`onJoinComplete`). */
  async #complete(bytes: Uint8Array): Promise<void> {
    const { emit, subscriptions } = this.#context;
    const { generationId, protocolName } = this.group.generation;
    if (!this.group.isLeader) this.#topicsAssigned = null;
    const assignor = this.#assignor(protocolName);
    if (bytes.length < 2) throw clientError('IllegalStateException', insufficientAssignment(bytes.length));
    const assigned = decodeAssignment(bytes);
    const owned = subscriptions.assigned();
    if (!assigned.every(({ topic }) => subscriptions.topics.includes(topic))) {
      this.group.requestRejoin('received assignment does not match the current subscription');
      return;
    }
    this.#rebalances++;
    emit({ type: 'assignment', generation: generationId, assigned, owned });
    let failure: Error | null = null;
    const revoked = without(owned, assigned);
    if (this.#protocol === 'cooperative' && revoked.length > 0) {
      failure = await this.callbacks.invoke('onPartitionsRevoked', revoked);
      this.group.requestRejoin('need to revoke partitions and re-join');
    }
    assignor.onAssignment(assigned, generationId);
    this.commits.resetAutoCommit();
    subscriptions.assignFromGroup(assigned);
    const second = await this.callbacks.invoke('onPartitionsAssigned', without(assigned, owned));
    const first = failure ?? second;
    if (first !== null) throw callbackError(first);
  }
}

function without(partitions: readonly TopicPartition[], others: readonly TopicPartition[]): TopicPartition[] {
  return partitions.filter((a) => !others.some((b) => a.topic === b.topic && a.partition === b.partition));
}

/** Throws as Java does when the assignors have no protocol in common. */
function protocolOf(assignors: readonly Assignor[]): RebalanceProtocol {
  const common = (protocol: RebalanceProtocol): boolean =>
    assignors.every(({ protocols }) => protocols.includes(protocol));
  return common('cooperative') ? 'cooperative' : 'eager';
}

function insufficientAssignment(length: number): string {
  return (
    `There are insufficient bytes available to read assignment from the sync-group response (actual byte size ${length}) , ` +
    "this is not expected; it is possible that the leader's assign function is buggy and did not return any assignment " +
    'for this member, or because static member is configured and the protocol is buggy hence did not get the ' +
    'assignment for this member'
  );
}

/** `UNKNOWN_MEMBER_ID` to `UnknownMemberIdException`. */
function javaClassOf(code: string): string {
  if (code.endsWith('Exception')) return code;
  const words = code.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `${words.join('')}Exception`;
}
