/** Three combined members of a cluster, each in its own simulated node, and what can be done to them. */
import { DiskError, type Env } from '../../engine/env/index.ts';
import type { SimNode, SimWorld } from '../../engine/env/sim/index.ts';
import { ClusterNode } from '../../engine/node/cluster-node.ts';
import type { MetadataView, PartitionView } from '../../engine/node/sample.ts';
import { noCodecs } from '../../engine/record/index.ts';
import type { Invariants } from './invariants.ts';
import type { Verdict } from './verdict.ts';

export const memberIds: readonly number[] = [1, 2, 3];
const clusterId = 'simulated-cluster-0001';
export const dataPath = 'data';

/** Shorter times than Kafka's, so that a minute holds many elections; the relations between them are kept. */
const timings: Readonly<Record<string, string>> = {
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  'controller.quorum.append.linger.ms': '0',
  'controller.quorum.election.timeout.ms': '500',
  'controller.quorum.election.backoff.max.ms': '500',
  'controller.quorum.fetch.timeout.ms': '1000',
  'controller.quorum.request.timeout.ms': '1000',
  'replica.lag.time.max.ms': '4000',
  'replica.high.watermark.checkpoint.interval.ms': '1000',
  'metadata.log.max.record.bytes.between.snapshots': '6000',
  'metadata.max.retention.bytes': '20000',
  'leader.imbalance.check.interval.seconds': '5',
  'log.segment.delete.delay.ms': '2000',
};

export function brokerPort(id: number): number {
  return 9091 + id;
}

function controllerPort(id: number): number {
  return 9191 + id;
}

export const brokerPorts: ReadonlyMap<number, number> = new Map(memberIds.map((id) => [id, brokerPort(id)]));

interface Member {
  readonly id: number;
  readonly host: SimNode;
  node: ClusterNode | null;
  /** A stop was asked for: a start that was under way may end as it likes. */
  stopping: boolean;
}

export class SimCluster {
  readonly #world: SimWorld;
  readonly #verdict: Verdict;
  readonly #invariants: Invariants;
  readonly #members: readonly Member[];
  /** Partitions as the newest applied metadata has them, by `topic-partition`. */
  readonly #partitions = new Map<string, { view: PartitionView; offset: number }>();
  #fenced: ReadonlySet<number> = new Set();
  #metadataOffset = -1;

  constructor(world: SimWorld, verdict: Verdict, invariants: Invariants) {
    this.#world = world;
    this.#verdict = verdict;
    this.#invariants = invariants;
    this.#members = memberIds.map((id) => {
      const host = world.node(`member-${id}`);
      host.tracer.onEvent = ({ event }) => invariants.onEvent(id, event);
      return { id, host, node: null, stopping: false };
    });
  }

  /** As an uncaught exception ends a process. */
  onUncaught(owner: string | undefined, error: unknown): boolean {
    const member = this.#members.find(({ host }) => host.name === owner);
    if (member === undefined || !isDiskFault(error)) return false;
    this.#faulted(member, error);
    return true;
  }

  host(id: number): SimNode {
    return this.#member(id).host;
  }

  isUp(id: number): boolean {
    return this.#member(id).host.state !== 'dead';
  }

  /** It has been unfenced in this life. */
  isRunning(id: number): boolean {
    const { host, node } = this.#member(id);
    return host.state !== 'dead' && node?.state === 'running';
  }

  get partitions(): ReadonlyMap<string, { view: PartitionView; offset: number }> {
    return this.#partitions;
  }

  /** Who leads the quorum, as far as anybody knows. */
  get quorumLeader(): number | null {
    for (const { node, host } of this.#members) {
      const quorum = host.state === 'running' ? node?.sample()?.quorum : undefined;
      if (quorum?.role === 'leader') return quorum.leaderId;
    }
    return null;
  }

  /** Brokers that the newest metadata shows as fenced. */
  get fenced(): ReadonlySet<number> {
    return this.#fenced;
  }

  /** Starts the member on the disk that it left; a dead host gets a new life first. */
  start(id: number): void {
    const member = this.#member(id);
    const env = member.host.state === 'dead' ? member.host.restart() : member.host.env;
    member.stopping = false;
    const ofThisLife = (what: string) => (error: unknown) => {
      if (env !== member.host.env || member.host.state === 'dead') return;
      if (isDiskFault(error)) return this.#faulted(member, error);
      this.#verdict.violate(`member ${id} ${what}: ${error instanceof Error ? error.stack : String(error)}`);
    };
    try {
      member.node = new ClusterNode({
        env,
        codecs: noCodecs,
        configs: this.#configs(id),
        clusterId,
        directoryId: `member-${id}-directoryAAAA`,
        onMetadata: (view) => this.#onMetadata(view),
        onBug: ofThisLife('met a bug'),
        onFault: ofThisLife('met a fault'),
      });
      member.node.start().catch((error: unknown) => {
        if (!member.stopping) ofThisLife('could not start')(error);
      });
    } catch (error) {
      ofThisLife('could not start')(error);
    }
  }

  kill(id: number): void {
    const member = this.#member(id);
    member.host.kill();
    this.#died(member);
  }

  losePower(id: number): void {
    const member = this.#member(id);
    member.host.losePower();
    this.#died(member);
  }

  /** A controlled stop; the process ends when it is done or after `limitMs`. */
  async stop(id: number, limitMs: number): Promise<void> {
    const member = this.#member(id);
    const { node, host } = member;
    const env: Env = host.env;
    if (node === null || host.state === 'dead') return;
    member.stopping = true;
    const limit = new Promise<void>((resolve) => this.#world.clock.after(limitMs, resolve));
    const stopped = node.stop().catch((error: unknown) => {
      if (host.env !== env || host.state === 'dead') return;
      if (isDiskFault(error)) this.#faulted(member, error);
      else this.#verdict.violate(`stop of member ${id}: ${String(error)}`);
    });
    await Promise.race([stopped, limit]);
    if (host.env === env) this.kill(id);
  }

  /** To be called after each event: replicas only change by events of their own node. */
  check(): void {
    const owner = this.#world.queue.lastOwner;
    const member = this.#members.find(({ host }) => host.name === owner?.name);
    if (member === undefined || member.host.state === 'dead') return;
    for (const replica of member.node?.sample()?.replicas ?? []) this.#invariants.onReplica(member.id, replica);
  }

  /** All members run, none is fenced, every partition of `topic` has all its replicas in sync and fully replicated. */
  isHealthy(topic: string, partitionCount: number): boolean {
    if (this.#members.some(({ node, host }) => node === null || host.state !== 'running' || node.state !== 'running')) {
      return false;
    }
    if (this.#fenced.size > 0) return false;
    for (let partition = 0; partition < partitionCount; partition++) {
      const known = this.#partitions.get(`${topic}-${partition}`);
      if (known === undefined || known.view.isr.length !== memberIds.length || known.view.leader < 0) return false;
      const ends = new Set<number>();
      for (const { node } of this.#members) {
        const replica = node?.sample()?.replicas.find((each) => each.topic === topic && each.partition === partition);
        if (replica === undefined) return false;
        ends.add(replica.logEndOffset).add(replica.highWatermark);
      }
      if (ends.size !== 1) return false;
    }
    return true;
  }

  /** Of the leader that is known; 0 without one. */
  endOffset(topic: string, partition: number): number {
    const leader = this.#partitions.get(`${topic}-${partition}`)?.view.leader ?? -1;
    const node = this.#members.find(({ id }) => id === leader)?.node;
    const replicas = node?.sample()?.replicas ?? [];
    return replicas.find((each) => each.topic === topic && each.partition === partition)?.logEndOffset ?? 0;
  }

  /** As a process that ends itself: what runs now goes on to its end. */
  #faulted(member: Member, error: unknown): void {
    this.#verdict.tell(`member ${member.id} ends by a disk fault: ${String(error)}`);
    const { env } = member.host;
    this.#world.clock.soon(() => {
      if (member.host.env === env && member.host.state !== 'dead') this.kill(member.id);
    });
  }

  #died(member: Member): void {
    member.node = null;
    this.#invariants.onDeath(member.id);
  }

  #onMetadata(view: MetadataView): void {
    for (const { topic, partitions } of view.changedTopics) {
      for (const partition of partitions) {
        const key = `${topic}-${partition.partition}`;
        const known = this.#partitions.get(key);
        if (known !== undefined && known.offset > view.offset) continue;
        this.#partitions.set(key, { view: partition, offset: view.offset });
      }
    }
    if (view.offset < this.#metadataOffset) return;
    for (const topic of view.removedTopics) {
      for (const key of this.#partitions.keys()) {
        if (key.slice(0, key.lastIndexOf('-')) === topic) this.#partitions.delete(key);
      }
    }
    this.#metadataOffset = view.offset;
    this.#fenced = new Set(view.brokers.filter(({ fenced }) => fenced).map(({ id }) => id));
  }

  #configs(id: number): Record<string, string> {
    return {
      ...timings,
      'offsets.topic.replication.factor': '3',
      'offsets.topic.num.partitions': '2',
      'min.insync.replicas': '2',
      'node.id': String(id),
      'process.roles': 'broker,controller',
      listeners: `PLAINTEXT://127.0.0.1:${brokerPort(id)},CONTROLLER://127.0.0.1:${controllerPort(id)}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${brokerPort(id)}`,
      'controller.listener.names': 'CONTROLLER',
      'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
      'controller.quorum.voters': memberIds.map((each) => `${each}@127.0.0.1:${controllerPort(each)}`).join(','),
      'log.dirs': dataPath,
    };
  }

  #member(id: number): Member {
    return this.#members.find((member) => member.id === id)!;
  }
}

/** An injected one: nothing else fails with these codes here. */
function isDiskFault(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof DiskError && (at.code === 'EIO' || at.code === 'ENOSPC')) return true;
  }
  return false;
}
