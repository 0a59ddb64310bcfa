/**
 * The host's one picture of the lab: a fold of what the workers tell and of what the supervisor did. Pure of clocks and
 * threads: every input carries its time. `publish` gives the delta since the one before.
 *
 * Invariants: an unchanged part keeps its identity, so a delta costs what changed; metadata from several members is
 * merged by the offset of the metadata log, the higher one wins; a value that nobody tells any more stays, with its age.
 */
import { compareTopics, type LabDelta } from '../contract/delta.ts';
import { diffSnapshots, heartbeatDelta } from '../contract/diff.ts';
import type { ConsumerView, ProducerView } from '../contract/clients.ts';
import type { LabEvent, LabEventDraft } from '../contract/events.ts';
import type { GroupView } from '../contract/groups.ts';
import { liveRun } from '../contract/runs.ts';
import { wallTimeView, type LabTimeView } from '../contract/time.ts';
import {
  eventTailMax,
  startStepNames,
  type BrokerProcess as ProcessName,
  type BrokerView,
  type LabInfo,
  type LabProblem,
  type LabSnapshot,
  type PartitionView,
  type QuorumMember,
  type QuorumView,
  type ReplicaLog,
  type StartStepName,
  type TopicView,
} from '../contract/snapshot.ts';
import type { MetadataView, NodeSample, QuorumVoterSample, TopicView as TopicMetadata } from '../node/sample.ts';

export interface BrokerSetup {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly controllerPort: number | null;
  readonly sessionTimeoutMs: number;
}

interface TopicState {
  readonly topicId: string;
  readonly offset: number;
}

const internalTopics = new Set(['__consumer_offsets', '__transaction_state', '__share_group_state']);

export class Projection {
  #lab: LabInfo;
  #brokers = new Map<number, BrokerView>();
  #topics = new Map<string, TopicView>();
  #topicStates = new Map<string, TopicState>();
  #partitions = new Map<string, PartitionView>();
  #nextPartitionId = 1;
  #quorum: QuorumView | null = null;
  #quorumByNode = new Map<number, { sample: NodeSample['quorum']; atMs: number }>();
  #brokersOffset = -1;
  /** Events since the last `publish`: a delta tells all of them, however short the tail of a snapshot is. */
  #fresh: LabEvent[] = [];
  #eventCount = 0;
  #problems: readonly LabProblem[] = [];
  #producers: readonly ProducerView[] = [];
  #consumers: readonly ConsumerView[] = [];
  #groups: readonly GroupView[] = [];
  /** What the host tells of itself, whole. */
  #around: Pick<LabSnapshot, 'faults' | 'shown' | 'scenario' | 'recording' | 'jobs'> = {
    faults: [],
    shown: liveRun,
    scenario: null,
    recording: null,
    jobs: [],
  };
  #time: LabTimeView | null = null;
  #published: LabSnapshot;
  #dirty = { brokers: true, topics: true, partitions: true };
  #stepStartedMs = new Map<number, number>();

  constructor(lab: LabInfo, nowMs: number) {
    this.#lab = lab;
    this.#published = {
      seq: 0,
      sampledMs: nowMs,
      lab,
      brokers: [],
      quorum: null,
      topics: [],
      partitions: [],
      producers: [],
      consumers: [],
      groups: [],
      events: [],
      eventCount: 0,
      problems: [],
      time: wallTimeView(nowMs),
      ...this.#around,
    };
  }

  get lab(): LabInfo {
    return this.#lab;
  }

  /** As of the last `publish`. */
  get published(): LabSnapshot {
    return this.#published;
  }

  broker(id: number): BrokerView | undefined {
    return this.#brokers.get(id);
  }

  get brokers(): IterableIterator<BrokerView> {
    return this.#brokers.values();
  }

  /** As set last, published or not. */
  get clients(): { readonly producers: readonly ProducerView[]; readonly consumers: readonly ConsumerView[] } {
    return { producers: this.#producers, consumers: this.#consumers };
  }

  /** Null while nobody knows one. */
  get quorumLeader(): number | null {
    return this.#quorum?.leader ?? null;
  }

  /** Of the topics that are not internal, in order. */
  get topicNames(): readonly string[] {
    return [...this.#topics.values()]
      .filter((topic) => !topic.internal)
      .map((topic) => topic.name)
      .sort();
  }

  hasTopic(name: string): boolean {
    return this.#topics.has(name);
  }

  patchLab(patch: Partial<LabInfo>): void {
    this.#lab = { ...this.#lab, ...patch };
  }

  /** Faults, what is shown, a scenario, a recording, jobs: each is replaced as a whole. */
  setAround(patch: Partial<Pick<LabSnapshot, 'faults' | 'shown' | 'scenario' | 'recording' | 'jobs'>>): void {
    this.#around = { ...this.#around, ...patch };
  }

  setTime(time: LabTimeView): void {
    this.#time = time;
  }

  addBroker(setup: BrokerSetup, nowMs: number): void {
    this.#putBroker({
      id: setup.id,
      host: setup.host,
      port: setup.port,
      controllerPort: setup.controllerPort,
      roles: setup.controllerPort === null ? ['broker'] : ['broker', 'controller'],
      process: 'stopped',
      processSinceMs: nowMs,
      registration: null,
      lastHeartbeatMs: null,
      sessionTimeoutMs: setup.sessionTimeoutMs,
      diskBytes: null,
      sampledMs: null,
      steps: [],
    });
  }

  #putBroker(broker: BrokerView): void {
    this.#brokers.set(broker.id, broker);
    this.#dirty.brokers = true;
  }

  #patchBroker(id: number, patch: Partial<BrokerView>): void {
    const was = this.#brokers.get(id);
    if (was !== undefined) this.#putBroker({ ...was, ...patch });
  }

  setPorts(id: number, port: number, controllerPort: number | null): void {
    this.#patchBroker(id, { port, controllerPort });
  }

  setProcess(id: number, process: ProcessName, nowMs: number): void {
    const starting = process === 'starting';
    if (starting) this.#stepStartedMs.set(id, nowMs);
    this.#patchBroker(id, {
      process,
      processSinceMs: nowMs,
      ...(starting
        ? { steps: startStepNames.map((name, i) => ({ name, state: i === 0 ? 'active' : 'waiting', tookMs: null })) }
        : {}),
    });
    if (process === 'killed' || process === 'stopped' || process === 'failed') {
      this.#quorumByNode.delete(id);
      this.#projectQuorum();
    }
  }

  /** A step of a start is over; those before it are over too. */
  completeStep(id: number, name: StartStepName, atMs: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    const index = startStepNames.indexOf(name);
    const tookMs = Math.max(0, atMs - (this.#stepStartedMs.get(id) ?? atMs));
    this.#stepStartedMs.set(id, atMs);
    const steps = broker.steps.map((step, i) => {
      if (i < index && step.state !== 'done') return { ...step, state: 'done' as const };
      if (i === index) return { ...step, state: 'done' as const, tookMs };
      if (i === index + 1 && step.state === 'waiting') return { ...step, state: 'active' as const };
      return step;
    });
    this.#patchBroker(id, { steps });
  }

  failSteps(id: number): void {
    const broker = this.#brokers.get(id);
    if (broker === undefined) return;
    this.#patchBroker(id, {
      steps: broker.steps.map((step) => (step.state === 'active' ? { ...step, state: 'failed' as const } : step)),
    });
  }

  addEvents(drafts: readonly LabEventDraft[]): void {
    for (const draft of drafts) this.#fresh.push({ ...draft, id: ++this.#eventCount });
  }

  /** The lab's clients as they are now; one that did not change is the same object as before. */
  setClients(producers: readonly ProducerView[], consumers: readonly ConsumerView[]): void {
    this.#producers = producers;
    this.#consumers = consumers;
  }

  /** In the order of their ids; one that did not change is the same object as before. */
  setGroups(groups: readonly GroupView[]): void {
    this.#groups = groups;
  }

  addProblem(problem: LabProblem): void {
    this.#problems = [...this.#problems.filter((each) => each.node !== problem.node), problem];
  }

  problemOf(node: number): LabProblem | undefined {
    return this.#problems.find((each) => each.node === node);
  }

  removeProblem(node: number | null): void {
    if (this.#problems.some((each) => each.node === node)) {
      this.#problems = this.#problems.filter((each) => each.node !== node);
    }
  }

  /** Merges what one member has applied of the metadata log. */
  applyMetadata(view: MetadataView, atMs: number): void {
    if (view.offset > this.#brokersOffset) {
      this.#brokersOffset = view.offset;
      this.#applyRegistrations(view, atMs);
    }
    for (const name of view.removedTopics) this.#removeTopic(name, view.offset);
    for (const topic of view.changedTopics) this.#applyTopic(topic, view.offset, atMs);
  }

  #applyRegistrations(view: MetadataView, atMs: number): void {
    const registered = new Map(view.brokers.map((broker) => [broker.id, broker]));
    for (const broker of this.#brokers.values()) {
      const now = registered.get(broker.id);
      const was = broker.registration;
      if (now === undefined) {
        if (was !== null) this.#patchBroker(broker.id, { registration: null });
        continue;
      }
      const same =
        was !== null &&
        was.brokerEpoch === now.epoch &&
        was.fenced === now.fenced &&
        was.inControlledShutdown === now.inControlledShutdown;
      if (same) continue;
      const { epoch: brokerEpoch, fenced, inControlledShutdown } = now;
      this.#patchBroker(broker.id, { registration: { brokerEpoch, fenced, inControlledShutdown, sinceMs: atMs } });
    }
  }

  #removeTopic(name: string, offset: number): void {
    const state = this.#topicStates.get(name);
    if (state === undefined || state.offset > offset) return;
    this.#topicStates.delete(name);
    this.#topics.delete(name);
    for (const [key, partition] of this.#partitions) if (partition.topic === name) this.#partitions.delete(key);
    this.#dirty.topics = this.#dirty.partitions = true;
  }

  #applyTopic(topic: TopicMetadata, offset: number, atMs: number): void {
    const state = this.#topicStates.get(topic.topic);
    if (state !== undefined && state.offset >= offset) return;
    if (state !== undefined && state.topicId !== topic.topicId) this.#removeTopic(topic.topic, offset);
    this.#topicStates.set(topic.topic, { topicId: topic.topicId, offset });
    const minInsync = topic.configs['min.insync.replicas'];
    this.#topics.set(topic.topic, {
      name: topic.topic,
      topicId: topic.topicId,
      internal: internalTopics.has(topic.topic),
      replicationFactor: topic.partitions[0]?.replicas.length ?? 0,
      minInsyncReplicas: minInsync === undefined ? this.#lab.minInsyncReplicas : Number(minInsync),
    });
    this.#dirty.topics = this.#dirty.partitions = true;
    for (const now of topic.partitions) {
      const key = `${topic.topic}-${now.partition}`;
      const was = this.#partitions.get(key);
      const moved = was !== undefined && was.leader !== now.leader;
      this.#partitions.set(key, {
        id: was?.id ?? this.#nextPartitionId++,
        topic: topic.topic,
        partition: now.partition,
        leader: now.leader,
        leaderEpoch: now.leaderEpoch,
        partitionEpoch: now.partitionEpoch,
        leaderMovedMs: moved ? atMs : (was?.leaderMovedMs ?? null),
        leaderWas: moved ? was.leader : (was?.leaderWas ?? null),
        replicas: now.replicas,
        isr: now.isr,
        elr: now.elr,
        logs: now.replicas.map((node) => was?.logs.find((log) => log.node === node) ?? unknownLog(node)),
      });
    }
  }

  applySample(sample: NodeSample): void {
    const broker = this.#brokers.get(sample.nodeId);
    if (broker === undefined) return;
    this.#patchBroker(sample.nodeId, { sampledMs: sample.atMs, diskBytes: sample.diskBytes });
    for (const { broker: id, lastHeartbeatMs } of sample.heartbeats) {
      if (this.#brokers.get(id)?.lastHeartbeatMs !== lastHeartbeatMs) this.#patchBroker(id, { lastHeartbeatMs });
    }
    for (const replica of sample.replicas) this.#applyReplica(sample.nodeId, replica);
    this.#quorumByNode.set(sample.nodeId, { sample: sample.quorum, atMs: sample.atMs });
    this.#projectQuorum();
  }

  #applyReplica(node: number, replica: NodeSample['replicas'][number]): void {
    const key = `${replica.topic}-${replica.partition}`;
    const partition = this.#partitions.get(key);
    if (partition === undefined) return;
    const leads = replica.role === 'leader';
    const caughtUp = leads ? new Map(replica.followers.map((each) => [each.id, each.lastCaughtUpMs])) : null;
    let changed = false;
    const logs = partition.logs.map((log): ReplicaLog => {
      const caughtUpMs = caughtUp === null ? log.caughtUpMs : known(caughtUp.get(log.node) ?? -1);
      if (log.node !== node) {
        if (caughtUpMs === log.caughtUpMs) return log;
        changed = true;
        return { ...log, caughtUpMs };
      }
      const { logStartOffset, logEndOffset, highWatermark } = replica;
      const mine = leads ? null : log.caughtUpMs;
      if (
        log.logStartOffset === logStartOffset &&
        log.logEndOffset === logEndOffset &&
        log.highWatermark === highWatermark &&
        log.caughtUpMs === mine
      ) {
        return log;
      }
      changed = true;
      return { node, logStartOffset, logEndOffset, highWatermark, caughtUpMs: mine };
    });
    if (!changed) return;
    this.#partitions.set(key, { ...partition, logs });
    this.#dirty.partitions = true;
  }

  /** The leader's word counts; without one, that of the voter with the newest epoch. */
  #projectQuorum(): void {
    let best: { id: number; sample: NodeSample['quorum']; atMs: number } | null = null;
    for (const [id, told] of this.#quorumByNode) {
      const leads = told.sample.role === 'leader';
      if (
        best === null ||
        told.sample.epoch > best.sample.epoch ||
        (told.sample.epoch === best.sample.epoch && leads && best.sample.role !== 'leader')
      ) {
        best = { id, ...told };
      }
    }
    if (best === null) {
      if (this.#quorum !== null) this.#quorum = { ...this.#quorum, toldBy: null };
      return;
    }
    const { sample } = best;
    const end = sample.role === 'leader' ? sample.logEndOffset : null;
    this.#quorum = {
      leader: sample.leaderId,
      epoch: sample.epoch,
      highWatermark: known(sample.highWatermark),
      toldBy: best.id,
      sampledMs: best.atMs,
      voters: sample.voters.map((voter) => this.#quorumMember(voter, sample, end, 'unknown')),
      observers: sample.observers.map((observer) => this.#quorumMember(observer, sample, end, 'observer')),
    };
  }

  #quorumMember(
    member: QuorumVoterSample,
    told: NodeSample['quorum'],
    end: number | null,
    fallback: QuorumMember['role'],
  ): QuorumMember {
    const own = this.#quorumByNode.get(member.id)?.sample;
    const isLeader = told.leaderId === member.id;
    const ownRole = own === undefined || own.role === 'voted' ? fallback : own.role;
    const logEndOffset = known(member.logEndOffset);
    return {
      id: member.id,
      role: isLeader ? 'leader' : ownRole === 'leader' ? 'unknown' : ownRole,
      logEndOffset,
      lag: end === null || logEndOffset === null ? null : Math.max(0, end - logEndOffset),
      lastFetchMs: isLeader ? null : known(member.lastFetchMs),
      lastCaughtUpMs: isLeader ? null : known(member.lastCaughtUpMs),
    };
  }

  /** The delta since the last call; null when nothing changed. With `beat`, a delta that only says "alive". */
  publish(nowMs: number, beat: boolean): LabDelta | null {
    const was = this.#published;
    const fresh = this.#fresh;
    this.#fresh = [];
    const topics = this.#dirty.topics ? [...this.#topics.values()].sort(compareTopics) : was.topics;
    const now: LabSnapshot = {
      seq: was.seq,
      sampledMs: nowMs,
      lab: this.#lab,
      brokers: this.#dirty.brokers ? [...this.#brokers.values()].sort((a, b) => a.id - b.id) : was.brokers,
      quorum: this.#quorum,
      topics,
      partitions: this.#dirty.partitions ? this.#sortedPartitions(topics) : was.partitions,
      producers: this.#producers,
      consumers: this.#consumers,
      groups: this.#groups,
      events: fresh.length === 0 ? was.events : [...was.events, ...fresh].slice(-eventTailMax),
      eventCount: this.#eventCount,
      problems: this.#problems,
      time: this.#time ?? was.time,
      ...this.#around,
    };
    this.#dirty = { brokers: false, topics: false, partitions: false };
    const diff = diffSnapshots(was, now) ?? (beat ? heartbeatDelta(was, nowMs) : null);
    if (diff === null) return null;
    this.#published = { ...now, seq: diff.seq };
    return fresh.length === 0 ? diff : { ...diff, events: fresh };
  }

  #sortedPartitions(topics: readonly TopicView[]): PartitionView[] {
    const order = new Map(topics.map((topic, index) => [topic.name, index]));
    return [...this.#partitions.values()].sort(
      (a, b) => (order.get(a.topic) ?? 0) - (order.get(b.topic) ?? 0) || a.partition - b.partition,
    );
  }
}

function unknownLog(node: number): ReplicaLog {
  return { node, logStartOffset: null, logEndOffset: null, highWatermark: null, caughtUpMs: null };
}

function known(value: number): number | null {
  return value === -1 ? null : value;
}
