/** Random histories of a partition, told late and out of step, against what a look at the logs at the end says. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { LedgerScript, type ReplicaLog } from './ledger.testkit.ts';

interface Sent {
  readonly n: number;
  readonly createMs: number;
  readonly crc: number;
  acked: boolean;
  reads: number;
}

const nodes = [1, 2, 3];

class World {
  readonly script: LedgerScript;
  readonly random: SeededRandom;
  readonly feed;
  readonly billing;
  readonly sent: Sent[] = [];
  readonly logs = new Map<number, ReplicaLog>(nodes.map((node) => [node, []]));
  /** What is told later, in the order of each teller. */
  readonly late: (() => void)[][] = [[], [], []];
  leader = 1;
  epoch = 0;
  read = 0;

  constructor(seed: number, hotMax: number) {
    this.random = new SeededRandom(seed);
    this.script = new LedgerScript(1, hotMax);
    this.feed = this.script.producer('feed', '1', false);
    this.billing = this.script.fold.open('billing-1', 'billing');
    this.script.leads(1, 0, nodes);
  }

  get log(): ReplicaLog {
    return this.logs.get(this.leader)!;
  }

  /** One follower has it: an election of the other one takes away what could be read. */
  get highWatermark(): number {
    return [...this.logs.values()].map((log) => log.length).sort((a, b) => a - b)[1]!;
  }

  step(): void {
    const chance = this.random.integer(100);
    if (chance < 45) this.send();
    else if (chance < 65) this.replicate();
    else if (chance < 75) this.tell(0, () => this.script.audit(this.log, this.epoch, this.highWatermark));
    else if (chance < 83) this.poll();
    else if (chance < 88) this.elect();
    else this.hear();
    if (chance % 9 === 0) this.script.fold.flush();
  }

  send(): void {
    const { n, createMs, crc } = this.feed.send();
    const record = { n, createMs, crc, acked: false, reads: 0 };
    this.sent.push(record);
    const times = this.random.integer(12) === 0 ? 2 : 1;
    // Some never reach the leader.
    if (this.random.integer(15) === 0) {
      this.tell(1, () => this.feed.failed(n, 'TimeoutException'));
      return;
    }
    for (let i = 0; i < times; i++) this.log.push({ epoch: this.epoch, createMs, crc });
    const offset = this.log.length - 1;
    const broker = this.leader;
    record.acked = true;
    this.tell(1, () => this.feed.acked(n, offset, broker));
  }

  replicate(): void {
    for (const [node, log] of this.logs) {
      if (node === this.leader || this.random.integer(2) === 0) continue;
      this.follow(log);
      log.push(...this.log.slice(log.length, log.length + 1 + this.random.integer(4)));
    }
  }

  /** Cuts back what the leader does not have. */
  follow(log: ReplicaLog): void {
    const same = log.findIndex((entry, offset) => this.log[offset] !== entry);
    if (same >= 0) log.length = same;
  }

  poll(): void {
    const { log } = this;
    const to = Math.min(this.highWatermark, this.read + 5);
    if (to <= this.read) return;
    const entries = log.slice(0, to);
    const from = this.read;
    this.read = to;
    this.tell(2, () => this.script.polled(this.billing, entries, from, to));
  }

  /** Anybody may lead next, whatever it has. What was told late of the old log is told first. */
  elect(): void {
    this.hearAll();
    this.leader = nodes[this.random.integer(3)]!;
    this.epoch += 1;
    this.script.leads(this.leader, this.epoch, [this.leader]);
    for (const log of this.logs.values()) this.follow(log);
    this.read = Math.min(this.read, this.log.length);
  }

  tell(teller: number, what: () => void): void {
    this.late[teller]!.push(what);
  }

  hear(): void {
    const teller = this.late[this.random.integer(3)]!;
    for (let count = 1 + this.random.integer(4); count > 0; count--) teller.shift()?.();
  }

  hearAll(): void {
    while (this.late.some((teller) => teller.length > 0)) this.hear();
  }

  finish(): void {
    this.hearAll();
    for (const log of this.logs.values()) {
      this.follow(log);
      log.push(...this.log.slice(log.length));
    }
    this.script.audit(this.log, this.epoch);
    this.script.later();
  }

  /** What a look at the leader's log says of each record. */
  get expected(): readonly { number: number; acked: boolean; copies: readonly number[] }[] {
    return this.sent.map(({ n, crc, acked }) => ({
      number: n,
      acked,
      copies: this.log.flatMap((entry, offset) => (entry.crc === crc ? [offset] : [])),
    }));
  }
}

const seeds = Array.from({ length: 120 }, (_, i) => i + 1);

describe('random histories', () => {
  it.each(seeds)('end with every record where the leader has it (seed %i)', (seed) => {
    const world = new World(seed, seed % 2 === 0 ? 8 : 30_000);
    for (let steps = 0; steps < 250; steps++) world.step();
    world.finish();
    const found = world.script.rows.map(({ number, ackedMs, copies }) => ({
      number,
      acked: ackedMs !== null,
      copies: copies ?? [],
    }));
    expect(found).toEqual(world.expected);
    const { expected } = world;
    const { funnel } = world.script.summary;
    expect(funnel).toMatchObject({
      sent: expected.length,
      acked: expected.filter(({ acked }) => acked).length,
      lost: expected.filter(({ acked, copies }) => acked && copies.length === 0).length,
      duplicated: expected.filter(({ copies }) => copies.length > 1).length,
      readable: expected.filter(({ copies }) => copies.length > 0).length,
      unread: 0,
      inFlight: 0,
    });
    const consumed = world.script.rows.filter(({ reads }) => reads.some(({ times }) => times > 0)).length;
    expect(funnel.consumed).toBe(consumed);
  });
});
