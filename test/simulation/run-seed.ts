/**
 * One run: a cluster of three with producers and a consumer under faults (safety), then without faults until everything
 * is in sync again (liveness), then the books are compared. The seed decides all of it; the same seed gives the same run.
 */
import { BugError } from '../../engine/base/assert.ts';
import { fromUtf8, hex } from '../../engine/base/text.ts';
import { SimWorld } from '../../engine/env/sim/index.ts';
import { createTopicsApi, ErrorCode } from '../../engine/protocol/index.ts';
import { iterateBatches, iterateRecords, noCodecs } from '../../engine/record/index.ts';
import { Brokers } from './brokers.ts';
import { Faults } from './faults.ts';
import { Invariants } from './invariants.ts';
import { LabProducer } from './lab-producer.ts';
import { brokerPorts, dataPath, memberIds, SimCluster } from './sim-cluster.ts';
import { TestAdmin } from './test-admin.ts';
import { TestCommitter } from './test-committer.ts';
import { TestConsumer } from './test-consumer.ts';
import { type SimProducer, TestProducer } from './test-producer.ts';
import { Verdict } from './verdict.ts';

const topic = 'orders';
const partitionCount = 3;

export interface RunOptions {
  /** Virtual time under faults. */
  readonly faultsMs?: number;
  /** `test`: strict ones that never give up; `lab`: the lab's own, which may do what the Java producer may. */
  readonly producers?: 'test' | 'lab';
}

export interface RunResult {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly story: readonly string[];
  /** Log lines of all members, by time. */
  readonly log: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  /** Virtual time at the end: two runs of one seed agree on it to the last bit. */
  readonly endedMs: number;
}

class Run {
  readonly world: SimWorld;
  readonly verdict: Verdict;
  readonly invariants: Invariants;
  readonly cluster: SimCluster;
  readonly producers: readonly SimProducer[];
  readonly consumer: TestConsumer;
  readonly committer: TestCommitter;
  readonly admin: TestAdmin;

  constructor(seed: number, kind: 'test' | 'lab') {
    this.world = new SimWorld(seed);
    this.verdict = new Verdict(this.world);
    this.invariants = new Invariants(this.verdict);
    this.cluster = new SimCluster(this.world, this.verdict, this.invariants);
    this.world.network.latency = this.world.random.pick([
      { minMs: 0.1, maxMs: 1 },
      { minMs: 0.1, maxMs: 1 },
      { minMs: 0.5, maxMs: 20 },
      { minMs: 5, maxMs: 60 },
    ]);
    this.world.onUncaught = (owner, error) => this.cluster.onUncaught(owner?.name, error);
    this.world.afterEvent = () => this.cluster.check();
    const { world, verdict } = this;
    const Kind = kind === 'lab' ? LabProducer : TestProducer;
    this.producers = ['producer-1', 'producer-2'].map(
      (name) => new Kind(name, topic, world.node(name).env, brokerPorts, verdict),
    );
    this.consumer = new TestConsumer(topic, partitionCount, world.node('consumer').env, brokerPorts, verdict);
    this.committer = new TestCommitter(topic, world.node('committer').env, brokerPorts, verdict);
    this.admin = new TestAdmin(world.node('admin').env, brokerPorts, verdict);
  }

  async all(faultsMs: number): Promise<void> {
    await this.#startCluster();
    if (!this.verdict.clean) return;
    const faults = new Faults(this.world, this.cluster, this.verdict);
    faults.start();
    await this.#untilViolationOr(faultsMs);
    if (!this.verdict.clean) return;
    faults.healAll();
    await this.#recover();
    if (this.verdict.clean) this.#compareBooks();
  }

  async #startCluster(): Promise<void> {
    for (const id of memberIds) this.cluster.start(id);
    const creator = new Brokers(this.world.node('creator').env, 'creator', brokerPorts);
    const configs = [{ name: 'internal.segment.bytes', value: '8192' }];
    const request = {
      topics: [{ name: topic, numPartitions: partitionCount, replicationFactor: 3, assignments: [], configs }],
    };
    const created = creator.askAny(createTopicsApi, request, ({ topics: [made] }) => {
      const code = made?.errorCode;
      return code === ErrorCode.NONE || code === ErrorCode.TOPIC_ALREADY_EXISTS;
    });
    await this.#within(() => false, 20_000, 'the topic', created);
    await this.#within(() => this.cluster.isHealthy(topic, partitionCount), 20_000, 'a healthy new cluster');
    for (const producer of this.producers) {
      await this.#within(() => false, 10_000, 'a producer id', producer.start(partitionCount));
    }
    this.consumer.start();
    this.committer.start();
    this.admin.start();
    this.verdict.tell('the cluster is up');
  }

  /** Liveness: without faults, everything that was sent is acknowledged, and all replicas are in sync. */
  async #recover(): Promise<void> {
    await this.#untilViolationOr(2000);
    for (const client of [...this.producers, this.committer, this.admin]) client.stop();
    const delivered = (): boolean => this.producers.every(({ pending }) => pending === 0);
    await this.#within(delivered, 60_000, 'the acknowledgement of all that was sent');
    await this.#within(() => this.cluster.isHealthy(topic, partitionCount), 60_000, 'replicas in sync');
    await this.#within(() => this.committer.finished, 30_000, 'the last commit');
    await this.#within(() => this.admin.finished, 30_000, 'the metadata of all brokers');
    if (!this.admin.finished) this.verdict.violate(this.admin.disagreement);
    const read = (): boolean =>
      this.consumer.values.every((values, partition) => values.length >= this.#end(partition));
    await this.#within(read, 30_000, 'the consumer at the end');
    this.consumer.stop();
  }

  #end(partition: number): number {
    return this.cluster.endOffset(topic, partition);
  }

  async #within(condition: () => boolean, limitMs: number, what: string, promise?: Promise<unknown>): Promise<void> {
    if (!this.verdict.clean) return;
    let settled = false;
    promise?.then(
      () => (settled = true),
      (error: unknown) => this.verdict.violate(`${what}: ${String(error)}`),
    );
    try {
      await this.world.until(() => settled || condition() || !this.verdict.clean, limitMs, what);
    } catch (error) {
      if (!(error instanceof BugError)) throw error;
      this.verdict.violate(error.message);
    }
  }

  async #untilViolationOr(durationMs: number): Promise<void> {
    const endMs = this.world.nowMs + durationMs;
    while (this.verdict.clean && this.world.nowMs < endMs)
      await this.world.run(Math.min(100, endMs - this.world.nowMs));
  }

  /** Safety: what was acknowledged is there, once, where it was said to be, on every replica alike. */
  #compareBooks(): void {
    for (let partition = 0; partition < partitionCount; partition++) {
      const [first, ...others] = memberIds.map((id) => this.#logOf(id, partition));
      others.forEach((other, index) => {
        if (hex(other) !== hex(first!)) {
          this.verdict.violate(`the logs of ${topic}-${partition} differ between member 1 and ${index + 2}`);
        }
      });
      this.#comparePartition(partition, valuesOf(first!));
    }
  }

  #comparePartition(partition: number, stored: readonly string[]): void {
    const name = `${topic}-${partition}`;
    const offsets = new Map<string, number>();
    const mayRepeat = this.producers.filter(({ repeats }) => repeats).map((producer) => `${producer.name}/`);
    stored.forEach((value, offset) => {
      const earlier = offsets.get(value);
      if (earlier !== undefined && !mayRepeat.some((prefix) => value.startsWith(prefix))) {
        this.verdict.violate(`${value} is in ${name} at ${earlier} and again at ${offset}`);
      }
      offsets.set(value, offset);
    });
    for (const { acknowledged } of this.producers) {
      for (const { value, offset, partition: of } of acknowledged) {
        if (of !== partition) continue;
        const found = offsets.get(value);
        if (found === undefined) this.verdict.violate(`${value} was acknowledged and is not in ${name}`);
        else if (offset >= 0 && stored[offset] !== value) {
          this.verdict.violate(`${value} was acknowledged at ${offset} of ${name} and is at ${found}`);
        }
      }
    }
    this.#compareOrder(name, partition, stored);
    this.consumer.values[partition]!.forEach((value, offset) => {
      if (stored[offset] !== value) {
        this.verdict.violate(`${value} was read at ${offset} of ${name}, where ${String(stored[offset])} is now`);
      }
    });
  }

  /** Who repeats nothing has its records in the order in which it sent them. */
  #compareOrder(name: string, partition: number, stored: readonly string[]): void {
    for (const producer of this.producers.filter(({ repeats }) => !repeats)) {
      const prefix = `${producer.name}/${partition}/`;
      const numbers = stored
        .filter((value) => value.startsWith(prefix))
        .map((value) => Number(value.slice(prefix.length)));
      const late = numbers.find((number, index) => index > 0 && number < numbers[index - 1]!);
      if (late !== undefined) this.verdict.violate(`${prefix}${late} is in ${name} behind what was sent after it`);
    }
  }

  /** The bytes of all segments of one replica, in order. */
  #logOf(id: number, partition: number): Uint8Array {
    const files = this.cluster.host(id).disk.files(`${dataPath}/${topic}-${partition}`);
    const segments = [...files.keys()].filter((name) => name.endsWith('.log')).sort();
    const size = segments.reduce((sum, name) => sum + files.get(name)!.length, 0);
    const whole = new Uint8Array(size);
    let at = 0;
    for (const name of segments) {
      whole.set(files.get(name)!, at);
      at += files.get(name)!.length;
    }
    return whole;
  }
}

function valuesOf(log: Uint8Array): string[] {
  const values: string[] = [];
  for (const batch of iterateBatches(log)) {
    for (const { offset, value } of iterateRecords(batch, noCodecs))
      values[offset] = value === null ? '' : fromUtf8(value);
  }
  return values;
}

export async function runSeed(
  seed: number,
  { faultsMs = 40_000, producers = 'test' }: RunOptions = {},
): Promise<RunResult> {
  const run = new Run(seed, producers);
  const { world, verdict } = run;
  try {
    await run.all(faultsMs);
  } catch (error) {
    verdict.violate(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
  const log = memberIds.flatMap((id) =>
    run.cluster
      .host(id)
      .tracer.logLines()
      .map((line) => `${id}: ${line}`),
  );
  return {
    seed,
    violations: verdict.violations,
    story: verdict.story,
    log,
    acknowledged: run.producers.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0),
    events: world.queue.executed,
    endedMs: world.nowMs,
  };
}
