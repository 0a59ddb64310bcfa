/**
 * One node of the simulated world. What outlives its incarnations is the disk; everything else (timers, connections,
 * ports, open files) belongs to one incarnation and dies with it.
 */
import { assert } from '../../base/assert.ts';
import type { DurationMs } from '../../base/ids.ts';
import type { Env } from '../env.ts';
import { CollectingTracer } from './collecting-tracer.ts';
import type { SeededRandom } from './seeded-random.ts';
import { SimClock } from './sim-clock.ts';
import { SimDisk } from './sim-disk.ts';
import type { NetworkPeer, SimNetwork } from './sim-network.ts';

export class SimNode {
  readonly name: string;
  readonly disk: SimDisk;
  readonly tracer: CollectingTracer;
  /** Added to the node's wall time. */
  skewMs: DurationMs = 0;
  readonly #network: SimNetwork;
  readonly #random: SeededRandom;
  readonly #startMs: number;
  #life: Incarnation;
  #lives = 0;
  #env: Env;

  constructor(name: string, network: SimNetwork, random: SeededRandom, startMs: number) {
    this.name = name;
    this.#network = network;
    this.#random = random;
    this.#startMs = startMs;
    this.disk = new SimDisk(() => Math.floor(startMs + this.skewMs + network.queue.nowMs));
    this.tracer = new CollectingTracer(() => network.queue.nowMs);
    this.#life = new Incarnation(name, network);
    this.#env = this.#newEnv();
  }

  /** The outside world of the current incarnation. Not to be kept beyond it. */
  get env(): Env {
    return this.#env;
  }

  get state(): 'running' | 'frozen' | 'dead' {
    if (this.#life.gone) return 'dead';
    return this.#life.frozen ? 'frozen' : 'running';
  }

  /** As `worker.terminate()`: timers die, connections are reset, what was written stays. */
  kill(): void {
    if (this.#life.gone) return;
    this.#life.gone = true;
    this.#network.detach(this.#life);
  }

  /** Dies without a word to its peers, and its disk forgets what was not synced. */
  losePower(): void {
    if (this.#life.gone) return;
    this.#life.gone = true;
    this.#life.silent = true;
    this.#network.detach(this.#life);
    this.disk.losePower(this.#random.fork(`power loss ${this.#lives}`));
  }

  /** Freezes the node as a long garbage collection does: its timers and what it would receive wait. */
  pause(): void {
    this.#life.frozen = true;
  }

  resume(): void {
    this.#life.thaw();
  }

  /** A new incarnation on the same disk. The node must be dead. */
  restart(): Env {
    assert(this.#life.gone, () => `restart of ${this.name}, which is ${this.state}`);
    this.#network.returned(this.#life);
    this.#lives++;
    this.#life = new Incarnation(this.name, this.#network);
    this.#env = this.#newEnv();
    return this.#env;
  }

  #newEnv(): Env {
    const life = this.#life;
    return {
      clock: new SimClock(this.#network.queue, life, this.#startMs, () => this.skewMs),
      disk: this.disk.attach(() => life.gone),
      network: this.#network.attach(life),
      random: this.#random.fork(`life ${this.#lives}`),
      tracer: this.tracer,
    };
  }
}

class Incarnation implements NetworkPeer {
  readonly name: string;
  gone = false;
  frozen = false;
  silent = false;
  readonly #network: SimNetwork;
  #aside: { run: () => void; isCancelled: () => boolean }[] = [];

  constructor(name: string, network: SimNetwork) {
    this.name = name;
    this.#network = network;
  }

  putAside(run: () => void, isCancelled: () => boolean): void {
    this.#aside.push({ run, isCancelled });
  }

  thaw(): void {
    this.frozen = false;
    const aside = this.#aside;
    this.#aside = [];
    for (const { run, isCancelled } of aside) {
      this.#network.queue.schedule(0, this, () => {
        if (!isCancelled()) run();
      });
    }
  }
}
