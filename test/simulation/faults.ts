/**
 * What is done to the cluster, drawn by the seed: each fault has a name, a victim and an end. Faults overlap freely.
 *
 * One thing is never done, because no cluster of Kafka's rules survives it: a member losing unsynced bytes while another
 * is not in every ISR, or another ending uncleanly before the one that lost bytes is back in every ISR. acks=all promises
 * copies, not synced ones, and whoever ended uncleanly leaves ISR and ELR (KIP-966), so the last one left would lead.
 */
import type { SeededRandom, SimWorld } from '../../engine/env/sim/index.ts';
import { memberIds, type SimCluster } from './sim-cluster.ts';
import type { Verdict } from './verdict.ts';

type Fault =
  | 'kill'
  | 'power loss'
  | 'stop'
  | 'pause'
  | 'isolate'
  | 'one-way cut'
  | 'reset'
  | 'slow links'
  | 'failing disk'
  | 'wrong clock';

/** How often each is drawn. */
const weights: readonly (readonly [Fault, number])[] = [
  ['kill', 5],
  ['power loss', 2],
  ['stop', 2],
  ['pause', 3],
  ['isolate', 4],
  ['one-way cut', 3],
  ['reset', 2],
  ['slow links', 2],
  ['failing disk', 1],
  ['wrong clock', 1],
];

export class Faults {
  readonly #world: SimWorld;
  readonly #cluster: SimCluster;
  readonly #verdict: Verdict;
  readonly #random: SeededRandom;
  /** What ends the faults that are on. */
  readonly #ends = new Set<() => void>();
  /** Lost unsynced bytes and is not known to be back in all ISRs. */
  #tainted: number | null = null;
  /** How lively this run is: the longest pause between two faults. */
  readonly #pauseMsMax: number;
  #over = false;

  constructor(world: SimWorld, cluster: SimCluster, verdict: Verdict) {
    this.#world = world;
    this.#cluster = cluster;
    this.#verdict = verdict;
    this.#random = world.random.fork('faults');
    this.#pauseMsMax = this.#random.pick([800, 3000, 6000]);
  }

  /** Draws faults until {@link healAll}. */
  start(): void {
    this.#world.clock.after(this.#random.between(50, this.#pauseMsMax), () => {
      if (this.#over) return;
      this.#draw();
      this.start();
    });
  }

  /** Ends every fault; members that are down are started. */
  healAll(): void {
    this.#over = true;
    this.#verdict.tell('all faults end');
    for (const end of Array.from(this.#ends)) end();
    for (const id of memberIds) if (!this.#cluster.isUp(id)) this.#start(id);
  }

  #draw(): void {
    const victim = this.#pickVictim();
    const fault = this.#pickFault();
    switch (fault) {
      case 'kill':
        return this.#down(victim, 'is killed', () => this.#cluster.kill(victim));
      case 'power loss':
        return this.#losePower(victim);
      case 'stop':
        return this.#stop(victim);
      case 'pause':
        return this.#pause(victim);
      case 'isolate':
        return this.#isolate(victim);
      case 'one-way cut':
        return this.#cutOneWay(victim);
      case 'reset': {
        const other = this.#otherThan(victim);
        this.#verdict.tell(`connections between ${victim} and ${other} are reset`);
        return this.#world.network.reset(hostName(victim), hostName(other));
      }
      case 'slow links':
        return this.#slow(victim);
      case 'failing disk':
        return this.#failDisk(victim);
      case 'wrong clock': {
        const skewMs = Math.floor(this.#random.between(-20_000, 20_000));
        this.#verdict.tell(`the clock of member ${victim} is ${skewMs} ms off`);
        this.#cluster.host(victim).skewMs = skewMs;
      }
    }
  }

  /** Whoever leads has more to lose. */
  #pickVictim(): number {
    if (this.#random.chance(0.5)) return this.#random.pick(memberIds);
    const leaders = [...this.#cluster.partitions.values()].map(({ view }) => view.leader).filter((id) => id > 0);
    const { quorumLeader } = this.#cluster;
    if (quorumLeader !== null) leaders.push(quorumLeader, quorumLeader);
    return leaders.length === 0 ? this.#random.pick(memberIds) : this.#random.pick(leaders);
  }

  #pickFault(): Fault {
    let left = this.#random.integer(weights.reduce((sum, [, weight]) => sum + weight, 0));
    for (const [fault, weight] of weights) {
      left -= weight;
      if (left < 0) return fault;
    }
    return 'kill';
  }

  #down(victim: number, what: string, act: () => void): void {
    if (!this.#cluster.isUp(victim) || !this.#mayEndUncleanly(victim)) return;
    this.#verdict.tell(`member ${victim} ${what}`);
    act();
    this.#lasting(this.#random.pick([50, 1000, 6000]) * this.#random.between(0.5, 2), () => this.#start(victim));
  }

  #losePower(victim: number): void {
    if (!this.#mayLosePower(victim)) return;
    this.#down(victim, 'loses power', () => {
      this.#tainted = victim;
      this.#cluster.losePower(victim);
    });
  }

  #mayLosePower(victim: number): boolean {
    return memberIds.every((id) => this.#isInSync(id)) && this.#mayEndUncleanly(victim);
  }

  #mayEndUncleanly(victim: number): boolean {
    if (this.#tainted !== null && this.#isInSync(this.#tainted)) this.#tainted = null;
    return this.#tainted === null || this.#tainted === victim;
  }

  #isInSync(id: number): boolean {
    // Running: it has seen its registration, and with it what that did to the ISRs.
    if (!this.#cluster.isRunning(id) || this.#cluster.fenced.has(id)) return false;
    return [...this.#cluster.partitions.values()].every(({ view }) => view.isr.includes(id));
  }

  #stop(victim: number): void {
    // A stop that takes too long ends uncleanly.
    if (!this.#cluster.isUp(victim) || !this.#mayEndUncleanly(victim)) return;
    this.#verdict.tell(`member ${victim} is stopped`);
    const downMs = this.#random.between(200, 8000);
    const stopped = this.#cluster.stop(victim, 10_000);
    stopped.then(
      () => this.#lasting(downMs, () => this.#start(victim)),
      (error: unknown) => this.#verdict.violate(`stop of member ${victim}: ${String(error)}`),
    );
  }

  #start(id: number): void {
    if (this.#cluster.isUp(id)) return;
    this.#verdict.tell(`member ${id} starts`);
    this.#cluster.start(id);
  }

  #pause(victim: number): void {
    const host = this.#cluster.host(victim);
    if (host.state !== 'running') return;
    this.#verdict.tell(`member ${victim} is paused`);
    host.pause();
    this.#lasting(this.#random.pick([300, 2500, 8000]) * this.#random.between(0.5, 1.5), () => {
      this.#verdict.tell(`member ${victim} goes on`);
      host.resume();
    });
  }

  #isolate(victim: number): void {
    const others = memberIds.filter((id) => id !== victim).map(hostName);
    const clientsToo = this.#random.chance(0.5);
    const right = clientsToo ? [...others, ...clientHosts] : others;
    this.#verdict.tell(`member ${victim} is cut off from ${right.join(', ')}`);
    const heal = this.#world.network.partition([hostName(victim)], right);
    this.#heals(`member ${victim} is reached again`, heal);
  }

  #cutOneWay(victim: number): void {
    const other = this.#otherThan(victim);
    this.#verdict.tell(`nothing gets from ${victim} to ${other}`);
    this.#heals(`${victim} gets through to ${other}`, this.#world.network.cut(hostName(victim), hostName(other)));
  }

  #slow(victim: number): void {
    const maxMs = this.#random.between(20, 400);
    this.#verdict.tell(`links of ${victim} take up to ${maxMs.toFixed(0)} ms`);
    const set = (to: number): void => {
      for (const id of memberIds) {
        if (id === victim) continue;
        this.#world.network.setLatency(hostName(victim), hostName(id), { minMs: to / 10, maxMs: to });
        this.#world.network.setLatency(hostName(id), hostName(victim), { minMs: to / 10, maxMs: to });
      }
    };
    set(maxMs);
    this.#heals(`links of ${victim} are fast again`, () => set(this.#world.network.latency.maxMs));
  }

  /** One operation fails; a member that meets it ends itself, and is started again. */
  #failDisk(victim: number): void {
    const host = this.#cluster.host(victim);
    if (host.state !== 'running' || !this.#mayEndUncleanly(victim)) return;
    const code = this.#random.pick(['EIO', 'ENOSPC']);
    const operations = [this.#random.pick(['write', 'sync', 'open', 'read'] as const)];
    this.#verdict.tell(`the next ${operations[0]} of member ${victim} fails with ${code}`);
    const heal = host.disk.fail({ code, operations, times: 1 });
    this.#lasting(2000, () => {
      heal();
      this.#start(victim);
    });
  }

  #heals(text: string, heal: () => void): void {
    this.#lasting(this.#random.pick([400, 3000, 8000]) * this.#random.between(0.5, 1.5), () => {
      this.#verdict.tell(text);
      heal();
    });
  }

  /** Calls `end` after `durationMs`, or when all faults end. */
  #lasting(durationMs: number, end: () => void): void {
    const once = (): void => {
      if (!this.#ends.delete(once)) return;
      end();
    };
    this.#ends.add(once);
    if (this.#over) once();
    else this.#world.clock.after(durationMs, once);
  }

  #otherThan(victim: number): number {
    return this.#random.pick(memberIds.filter((id) => id !== victim));
  }
}

export const clientHosts: readonly string[] = ['producer-1', 'producer-2', 'consumer', 'committer', 'admin'];

function hostName(id: number): string {
  return `member-${id}`;
}
