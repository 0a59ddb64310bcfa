import { describe, expect, it } from 'vitest';
import type { NodeId } from '../base/ids.ts';
import { fromUtf8 } from '../base/text.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import type { SeededRandom } from '../env/sim/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { iterateBatches, iterateRecords } from '../record/index.ts';
import { batch, ReplicationCluster } from './replication-cluster.testkit.ts';

const topic = 'orders';
const partitionCount = 2;
const chaosMs = 20_000;
const healMs = 30_000;
/** Virtual time until a silent broker is fenced. */
const sessionTimeoutMs = 800;

/** Seeds can be chosen: `SEEDS=7,8 npx vitest run engine/replication/replication.simulation`. */
const chosen = process.env['SEEDS'];
const seeds = chosen === undefined ? Array.from({ length: 25 }, (_, i) => i + 1) : chosen.split(',').map(Number);

class Run {
  readonly cluster: ReplicationCluster;
  readonly #random: SeededRandom;
  /** Acknowledged with acks=all. */
  readonly acknowledged: { partition: number; offset: number; value: string }[] = [];
  readonly #highWatermarks = new Map<string, number>();
  #sent = 0;
  #heals: (() => void)[] = [];
  #producing = true;

  constructor(seed: number) {
    this.cluster = new ReplicationCluster({
      seed,
      settings: { lagTimeMaxMs: 1500, fetchBackoffMs: 200, socketTimeoutMs: 1000 },
      logConfig: { minInsyncReplicas: 2 },
    });
    this.#random = this.cluster.world.random;
  }

  async play(): Promise<void> {
    const { cluster } = this;
    await cluster.start();
    cluster.createTopic(
      topic,
      Array.from({ length: partitionCount }, (_, i) => [1 + (i % 3), 1 + ((i + 1) % 3), 1 + ((i + 2) % 3)]),
    );
    await cluster.world.run(500);
    cluster.world.afterEvent = () => this.#checkHighWatermarks();
    for (let partition = 0; partition < partitionCount; partition++) this.#produce(partition);
    const untilMs = cluster.world.nowMs + chaosMs;
    while (cluster.world.nowMs < untilMs) {
      await cluster.world.run(100 + this.#random.integer(1200));
      await this.#disturb();
    }
    await this.#calm();
  }

  /** One producer of a partition: the next batch when the one before is settled. */
  #produce(partition: number): void {
    if (!this.#producing) return;
    const { world, controller } = this.cluster;
    const leader = controller.partition(topic, partition).leader;
    const value = `${partition}-${this.#sent++}`;
    const again = (): void => void world.clock.after(1 + this.#random.integer(60), () => this.#produce(partition));
    if (leader === -1) return again();
    this.cluster.produce(leader, topic, batch(value), { partition, timeoutMs: 1500 }).then(({ error, baseOffset }) => {
      if (error === ErrorCode.NONE) this.acknowledged.push({ partition, offset: baseOffset, value });
      again();
    }, again);
  }

  async #disturb(): Promise<void> {
    const { cluster } = this;
    const id = 1 + this.#random.integer(3);
    const broker = cluster.broker(id);
    switch (this.#random.integer(6)) {
      case 0:
        if (!broker.running) await cluster.restart(id);
        else if (this.#runningCount() === 3) this.#kill(id);
        return;
      case 1:
        if (broker.running && broker.node.state === 'running') this.#pause(id);
        return;
      case 2:
        return this.#cut(id);
      case 3:
        return this.#heal();
      case 4: {
        const partition = this.#random.integer(partitionCount);
        const { isr, leader } = cluster.controller.partition(topic, partition);
        if (leader !== -1) cluster.controller.elect(topic, isr[this.#random.integer(isr.length)]!, partition);
        return;
      }
      default:
        if (!broker.running) await cluster.restart(id);
    }
  }

  #runningCount(): number {
    return [...this.cluster.brokers.values()].filter(({ running }) => running).length;
  }

  #kill(id: NodeId): void {
    const { cluster } = this;
    cluster.kill(id);
    const { epoch } = cluster.broker(id);
    cluster.world.clock.after(sessionTimeoutMs, () => {
      if (!cluster.broker(id).running && cluster.broker(id).epoch === epoch) cluster.controller.fence(id);
    });
  }

  #pause(id: NodeId): void {
    const { node } = this.cluster.broker(id);
    node.pause();
    this.cluster.world.clock.after(this.#random.integer(4000), () => {
      if (node.state === 'frozen') node.resume();
    });
  }

  /** One broker loses the others; they all still reach the controller. */
  #cut(id: NodeId): void {
    const others = [1, 2, 3].filter((other) => other !== id).map((other) => `broker-${other}`);
    this.#heals.push(this.cluster.world.network.partition([`broker-${id}`], others));
  }

  #heal(): void {
    for (const heal of this.#heals) heal();
    this.#heals = [];
  }

  async #calm(): Promise<void> {
    const { cluster } = this;
    this.#heal();
    for (const broker of cluster.brokers.values()) {
      if (broker.node.state === 'frozen') broker.node.resume();
      if (!broker.running) await cluster.restart(broker.id);
    }
    await cluster.world.run(healMs / 2);
    this.#producing = false;
    await cluster.world.run(healMs / 2);
  }

  /** Within one life and term a high watermark never retreats. */
  #checkHighWatermarks(): void {
    for (const broker of this.cluster.brokers.values()) {
      if (!broker.running) continue;
      for (const partition of broker.replicas.partitions()) {
        const { log } = partition;
        if (partition.term === null) continue;
        const key = `${broker.id} in life ${broker.epoch}: ${partition.key} epoch ${partition.leaderEpoch}`;
        const before = this.#highWatermarks.get(key) ?? 0;
        if (log.highWatermark < before)
          throw new Error(`${key}: high watermark went from ${before} to ${log.highWatermark}`);
        this.#highWatermarks.set(key, log.highWatermark);
      }
    }
  }

  /** Offset -> value. */
  contents(id: NodeId, partition: number): Map<number, string> {
    const { log } = this.cluster.replica(id, topic, partition);
    const contents = new Map<number, string>();
    for (let at = log.logStartOffset; at < log.logEndOffset;) {
      const read = log.read(at, 10_000_000, 'log-end', true);
      if (read.kind !== 'records') throw new Error(read.message);
      for (const found of iterateBatches(read.records)) {
        for (const record of iterateRecords(found, nodeCodecs)) contents.set(record.offset, fromUtf8(record.value!));
        at = found.nextOffset;
      }
    }
    return contents;
  }
}

describe('replication under faults', () => {
  it.each(seeds)(
    'loses nothing that was acknowledged and ends with equal replicas (seed %i)',
    { timeout: 60_000 },
    async (seed) => {
      const run = new Run(seed);
      await run.play();
      expect(run.acknowledged.length).toBeGreaterThan(20);
      for (let partition = 0; partition < partitionCount; partition++) {
        expect([...run.cluster.controller.partition(topic, partition).isr].sort()).toEqual([1, 2, 3]);
        const [one, two, three] = [1, 2, 3].map((id) => run.contents(id, partition));
        expect(two).toEqual(one);
        expect(three).toEqual(one);
        const lost = run.acknowledged.filter(
          (sent) => sent.partition === partition && one!.get(sent.offset) !== sent.value,
        );
        expect(lost).toEqual([]);
        for (const id of [1, 2, 3]) {
          const { log } = run.cluster.replica(id, topic, partition);
          expect(log.highWatermark).toBe(log.logEndOffset);
        }
      }
    },
  );
});
