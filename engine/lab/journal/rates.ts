/**
 * From pictures of the lab to what the timeline draws, a second each: how many records partitions took in and consumers
 * got through, and how many partitions and groups were not well.
 *
 * - Produced is the growth of the leaders' log ends, internal topics left out. It counts from the highest end seen, so a
 *   new leader that was last heard of before it had caught up counts nothing twice; only when its own word since its
 *   election is lower (its log was truncated) is that the new start.
 * - Consumed is the growth of lab consumers' `consumed`; in groups without lab consumers, that of committed offsets.
 * - Growth is spread evenly over the time between the two samples that show it, ten seconds at most.
 * - Counts are the worst of the second.
 *
 * Leaves to others: adding up seconds to longer steps (`journal-file`, `timeline`).
 */
import type { LabSnapshot, PartitionView } from '../../contract/snapshot.ts';

/** What one second has more of than it had when last told. */
export interface SecondGrowth {
  readonly second: number;
  /** Told for the first time. */
  readonly isNew: boolean;
  /** Null: nobody has told. */
  readonly produced: number | null;
  readonly consumed: number | null;
  readonly underReplicated: number;
  readonly underMinIsr: number;
  /** Null while the lab starts or stops: its brokers are down then without anything being wrong. */
  readonly offline: number | null;
  readonly rebalancing: number;
}

type Counts = Pick<SecondGrowth, 'underReplicated' | 'underMinIsr' | 'offline' | 'rebalancing'>;
type Open = { -readonly [K in keyof SecondGrowth]: SecondGrowth[K] };

const spreadMsMax = 10_000;
/** Seconds without a picture that are taken to have been like the one before. */
const silentSecondsMax = 3;
/** Seconds that growth may still be added to. */
const openSecondsMax = spreadMsMax / 1000 + silentSecondsMax;

export class RateMeter {
  readonly #seconds = new Map<number, Open>();
  readonly #dirty = new Set<number>();
  readonly #ends = new Map<number, { end: number; epoch: number }>();
  readonly #sampledMs = new Map<string, number>();
  readonly #consumed = new Map<string, number>();
  readonly #committed = new Map<string, { offset: number; atMs: number }>();
  #last: number | null = null;
  #knownUntilMs = 0;

  /** Until when everything produced is counted: the oldest sample of the brokers that run. */
  get knownUntilMs(): number {
    return this.#knownUntilMs;
  }

  observe(now: LabSnapshot): void {
    this.#advance(Math.floor(now.sampledMs / 1000), countsOf(now));
    this.#observeBrokers(now);
    this.#observeConsumers(now);
    this.#observeCommits(now);
    const sampled = now.brokers.filter((broker) => broker.process === 'running').map((broker) => broker.sampledMs ?? 0);
    const told = sampled.filter((atMs) => atMs > now.sampledMs - silentSecondsMax * 1000);
    this.#knownUntilMs = told.length === 0 ? now.sampledMs : Math.min(...told);
  }

  /** What came since the last call, oldest first. */
  take(): SecondGrowth[] {
    const growth = [...this.#dirty].sort((a, b) => a - b).map((second) => this.#taken(second));
    this.#dirty.clear();
    return growth;
  }

  #taken(second: number): SecondGrowth {
    const open = this.#seconds.get(second);
    if (open === undefined) throw new Error(`second ${second} is not open`);
    const told = { ...open };
    open.isNew = false;
    if (open.produced !== null) open.produced = 0;
    if (open.consumed !== null) open.consumed = 0;
    return told;
  }

  #advance(second: number, counts: Counts): void {
    const last = this.#last;
    const before = last === null ? undefined : this.#seconds.get(last);
    if (before !== undefined && second - before.second <= silentSecondsMax + 1) {
      for (let silent = before.second + 1; silent < second; silent++) this.#open(silent, before);
    }
    this.#open(second, counts);
    this.#last = Math.max(last ?? second, second);
    for (const each of this.#seconds.keys()) {
      if (each < this.#last - openSecondsMax && !this.#dirty.has(each)) this.#seconds.delete(each);
    }
  }

  #open(second: number, counts: Counts): void {
    const { underReplicated, underMinIsr, offline, rebalancing } = counts;
    const open = this.#seconds.get(second);
    if (open === undefined) {
      // A second that is so long ago that it was closed: the clock was set back. It stays as it was told.
      if (this.#last !== null && second < this.#last) return;
      const none = { produced: null, consumed: null };
      this.#seconds.set(second, { second, isNew: true, ...none, underReplicated, underMinIsr, offline, rebalancing });
      this.#dirty.add(second);
      return;
    }
    const worst = {
      underReplicated: Math.max(open.underReplicated, underReplicated),
      underMinIsr: Math.max(open.underMinIsr, underMinIsr),
      offline: offline === null ? open.offline : Math.max(open.offline ?? 0, offline),
      rebalancing: Math.max(open.rebalancing, rebalancing),
    };
    if (
      worst.underReplicated !== open.underReplicated ||
      worst.underMinIsr !== open.underMinIsr ||
      worst.offline !== open.offline ||
      worst.rebalancing !== open.rebalancing
    ) {
      Object.assign(open, worst);
      this.#dirty.add(second);
    }
  }

  #observeBrokers(now: LabSnapshot): void {
    const fresh = new Map<number, { fromMs: number; toMs: number; growth: number }>();
    for (const { id, sampledMs } of now.brokers) {
      const was = this.#sampledMs.get(`broker ${id}`);
      if (sampledMs === null || sampledMs === was) continue;
      this.#sampledMs.set(`broker ${id}`, sampledMs);
      fresh.set(id, { fromMs: was ?? sampledMs, toMs: sampledMs, growth: 0 });
    }
    if (fresh.size === 0) return;
    const internal = new Set(now.topics.filter((topic) => topic.internal).map((topic) => topic.name));
    for (const partition of now.partitions) {
      const span = fresh.get(partition.leader);
      if (span === undefined || internal.has(partition.topic)) continue;
      span.growth += this.#growthOf(partition, span.toMs);
    }
    for (const { fromMs, toMs, growth } of fresh.values()) this.#spread('produced', growth, fromMs, toMs);
    if (this.#ends.size > 2 * now.partitions.length + 100) this.#forgetPartitions(now.partitions);
  }

  #growthOf(partition: PartitionView, sampledMs: number): number {
    const end = partition.logs.find((log) => log.node === partition.leader)?.logEndOffset ?? null;
    if (end === null) return 0;
    const was = this.#ends.get(partition.id);
    const { leaderEpoch: epoch } = partition;
    if (was === undefined) {
      this.#ends.set(partition.id, { end, epoch });
      return 0;
    }
    const toldAsLeader = was.epoch !== epoch && sampledMs > (partition.leaderMovedMs ?? 0);
    if (end > was.end || toldAsLeader) this.#ends.set(partition.id, { end, epoch });
    return Math.max(0, end - was.end);
  }

  #forgetPartitions(partitions: readonly PartitionView[]): void {
    const ids = new Set(partitions.map((partition) => partition.id));
    for (const id of this.#ends.keys()) if (!ids.has(id)) this.#ends.delete(id);
  }

  #observeConsumers(now: LabSnapshot): void {
    for (const { id, sampledMs, consumed } of now.consumers) {
      const wasMs = this.#sampledMs.get(`consumer ${id}`);
      if (sampledMs === null || sampledMs === wasMs) continue;
      const was = this.#consumed.get(id) ?? consumed;
      this.#sampledMs.set(`consumer ${id}`, sampledMs);
      this.#consumed.set(id, consumed);
      // It counts from its start: a lower number is a new one's.
      this.#spread('consumed', consumed < was ? consumed : consumed - was, wasMs ?? sampledMs, sampledMs);
    }
  }

  #observeCommits(now: LabSnapshot): void {
    const own = new Set(now.consumers.map((consumer) => consumer.settings.group));
    for (const group of now.groups) {
      if (own.has(group.id) || group.sampledMs === this.#sampledMs.get(`group ${group.id}`)) continue;
      this.#sampledMs.set(`group ${group.id}`, group.sampledMs);
      for (const { topic, partition, offset, committedMs } of group.offsets) {
        const key = `${group.id} ${topic} ${partition}`;
        const was = this.#committed.get(key);
        if (was?.offset === offset) continue;
        this.#committed.set(key, { offset, atMs: committedMs });
        if (was !== undefined) this.#spread('consumed', Math.max(0, offset - was.offset), was.atMs, committedMs);
      }
    }
  }

  #spread(what: 'produced' | 'consumed', growth: number, fromMs: number, toMs: number): void {
    const startMs = Math.max(Math.min(fromMs, toMs), toMs - spreadMsMax);
    const lastSecond = Math.floor(toMs / 1000);
    if (startMs >= toMs) return this.#add(lastSecond, what, growth);
    for (let second = Math.floor(startMs / 1000); second <= lastSecond; second++) {
      const overlapMs = Math.min(toMs, (second + 1) * 1000) - Math.max(startMs, second * 1000);
      if (overlapMs > 0) this.#add(second, what, (growth * overlapMs) / (toMs - startMs));
    }
  }

  /** To that second; where it is not open, to the next one that is, else to the newest. */
  #add(second: number, what: 'produced' | 'consumed', growth: number): void {
    if (this.#last === null) return;
    let at = second;
    while (at < this.#last && !this.#seconds.has(at)) at++;
    const open = this.#seconds.get(Math.min(at, this.#last));
    if (open === undefined || (growth === 0 && open[what] !== null)) return;
    open[what] = (open[what] ?? 0) + growth;
    this.#dirty.add(open.second);
  }
}

const alive: ReadonlySet<string> = new Set(['running', 'paused', 'shutting-down']);

function countsOf(now: LabSnapshot): Counts {
  const minIsr = new Map(now.topics.map((topic) => [topic.name, topic.minInsyncReplicas ?? 1]));
  const living = new Set(now.brokers.filter((broker) => alive.has(broker.process)).map((broker) => broker.id));
  let underReplicated = 0;
  let underMinIsr = 0;
  let offline = 0;
  for (const { topic, isr, replicas, leader } of now.partitions) {
    if (isr.length < replicas.length) underReplicated += 1;
    if (isr.length < (minIsr.get(topic) ?? 1)) underMinIsr += 1;
    if (!living.has(leader)) offline += 1;
  }
  const rebalancing = now.groups.filter(
    (group) => group.state === 'PreparingRebalance' || group.state === 'CompletingRebalance',
  ).length;
  return { underReplicated, underMinIsr, offline: now.lab.state === 'running' ? offline : null, rebalancing };
}
