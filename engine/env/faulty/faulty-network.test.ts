import { describe, expect, it } from 'vitest';
import { fromUtf8, utf8 } from '../../base/text.ts';
import { describeWorld } from '../env.acceptance.testkit.ts';
import type { Connection, NetworkError } from '../network.ts';
import { SeededRandom, SimWorld } from '../sim/index.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { FaultyNetwork, type LinkRules } from './faulty-network.ts';
import type { LinkRule } from './link-queue.ts';

describeWorld('the simulated world with faults around it', () => {
  const world = new SimWorld(1);
  const [near, far] = ['near', 'far'].map((name) => {
    const { env } = world.node(name);
    const network = new FaultyNetwork<string>(env.network, env.clock, new SeededRandom(1));
    return { ...env, disk: new FaultyDisk(env.disk, { aside: '.aside', wait: () => {} }), network };
  });
  return { near: near!, far: far!, complete: (promise) => world.complete(promise), close: () => {} };
});

const port = 9092;
const cut: LinkRule = { cut: true, delayMs: 0, jitterMs: 0, bytesPerSecond: null, line: { busyUntilMs: 0 } };
const rule = (over: Partial<LinkRule>): LinkRule => ({ ...cut, cut: false, line: { busyUntilMs: 0 }, ...over });

/** One end's view of a connection: what it got and when. */
class Heard {
  readonly connection: Connection;
  readonly got: string[] = [];
  readonly atMs: number[] = [];
  closed: NetworkError | null | undefined = undefined;

  constructor(connection: Connection, nowMs: () => number) {
    this.connection = connection;
    connection.handle({
      onData: (bytes) => {
        this.got.push(fromUtf8(bytes));
        this.atMs.push(nowMs());
      },
      onClose: (error) => (this.closed = error),
    });
  }

  get text(): string {
    return this.got.join('');
  }

  say(text: string): void {
    this.connection.write([utf8(text)]);
  }
}

class Link {
  readonly world = new SimWorld(7);
  readonly network: FaultyNetwork<number>;
  far: Heard | null = null;
  near: Heard | null = null;

  constructor() {
    const { env } = this.world.node('near');
    this.network = new FaultyNetwork(env.network, env.clock, new SeededRandom(3));
    void this.world.node('far').env.network.listen('127.0.0.1', port, (connection) => {
      this.far = new Heard(connection, () => this.world.nowMs);
    });
  }

  rules(out: LinkRule | null, back: LinkRule | null = null): void {
    const rules: LinkRules = { out, back };
    this.network.setLinks(
      (asked) => (asked === port ? 2 : null),
      () => rules,
    );
  }

  async connect(): Promise<{ near: Heard; far: Heard }> {
    const connection = await this.world.complete(
      this.network.connect('127.0.0.1', port, 10_000).then((made) => this.hear(made)),
    );
    await this.world.run(50);
    return { near: connection, far: this.far! };
  }

  hear(connection: Connection): Heard {
    return new Heard(connection, () => this.world.nowMs);
  }
}

describe('a cut link', () => {
  it('holds what was sent, both ways, and delivers it in order when it is lifted; nobody is told', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    near.say('1');
    await link.world.run(1000);
    link.rules(cut, cut);
    near.say('2');
    near.say('3');
    far.say('a');
    far.say('b');
    await link.world.run(60_000);
    expect([far.text, near.text]).toEqual(['1', '']);
    expect([far.closed, near.closed]).toEqual([undefined, undefined]);
    link.rules(null);
    near.say('4');
    await link.world.run(1000);
    expect([far.text, near.text]).toEqual(['1234', 'ab']);
  });

  it('cut one way, the other way goes on', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    link.rules(cut, null);
    near.say('lost');
    far.say('heard');
    await link.world.run(1000);
    expect([far.text, near.text]).toEqual(['', 'heard']);
  });

  it('lets attempts to connect time out, and one that still waits come through when it is lifted', async () => {
    const link = new Link();
    link.rules(null, cut);
    const late = link.network.connect('127.0.0.1', port, 500).catch((error: NetworkError) => error.code);
    const patient = link.network.connect('127.0.0.1', port, 5000).then((made) => link.hear(made));
    expect(await link.world.complete(late)).toBe('ETIMEDOUT');
    expect(link.world.nowMs).toBe(500);
    link.rules(null);
    (await link.world.complete(patient)).say('hello');
    await link.world.run(1000);
    expect(link.far?.text).toBe('hello');
  });

  it('a reset does not get through: who resets is done, the other end hears of it when it is lifted', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    link.rules(cut, cut);
    near.connection.destroy();
    far.say('anybody?');
    await link.world.run(1000);
    expect([near.closed, far.closed]).toEqual([null, undefined]);
    link.rules(null);
    await link.world.run(1000);
    expect(far.closed).not.toBeUndefined();
    expect(near.text).toBe('');
  });

  it('the end of the stream waits as well', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    link.rules(cut, cut);
    far.say('last words');
    far.connection.end();
    await link.world.run(10_000);
    expect([near.closed, far.text]).toEqual([undefined, '']);
    link.rules(null);
    await link.world.run(1000);
    expect([near.text, near.closed]).toEqual(['last words', null]);
  });
});

describe('a slow link', () => {
  it('delays each way by its own time, in order whatever the jitter', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    link.rules(rule({ delayMs: 100, jitterMs: 300 }), rule({ delayMs: 40 }));
    const fromMs = link.world.nowMs;
    for (let i = 0; i < 30; i++) near.say(String.fromCharCode(97 + i));
    far.say('back');
    await link.world.run(1000);
    expect(far.text).toBe(Array.from({ length: 30 }, (_, i) => String.fromCharCode(97 + i)).join(''));
    expect(Math.min(...far.atMs) - fromMs).toBeGreaterThanOrEqual(100);
    expect(Math.max(...far.atMs) - fromMs).toBeGreaterThan(200);
    expect(near.atMs[0]! - fromMs).toBeGreaterThanOrEqual(40);
    expect(near.atMs[0]! - fromMs).toBeLessThan(100);
  });

  it('passes no more bytes a second than it has, all connections on it together', async () => {
    const link = new Link();
    const first = await link.connect();
    const second = await link.connect();
    link.rules(rule({ bytesPerSecond: 1000 }));
    const fromMs = link.world.nowMs;
    first.near.say('x'.repeat(500));
    second.near.say('y'.repeat(500));
    first.near.say('z'.repeat(500));
    await link.world.run(3000);
    const arrivals = [...first.far.atMs, ...second.far.atMs].map((atMs) => Math.floor((atMs - fromMs) / 500));
    expect(arrivals.sort()).toEqual([1, 2, 3]);
  });

  it('tells a writer to wait when it holds much, and when it has drained', async () => {
    const link = new Link();
    let drained = 0;
    const made = link.network.connect('127.0.0.1', port, 1000).then((connection) => {
      connection.handle({ onData: () => {}, onClose: () => {}, onDrain: () => drained++ });
      return connection;
    });
    const connection = await link.world.complete(made);
    link.rules(rule({ bytesPerSecond: 1_000_000 }));
    expect(connection.write([new Uint8Array(1_000_000)])).toBe(false);
    expect(connection.queuedBytes).toBe(1_000_000);
    await link.world.run(500);
    expect(drained).toBe(0);
    await link.world.run(2000);
    expect([drained, connection.queuedBytes]).toEqual([1, 0]);
  });

  it('a lifted delay lets go at once what it held', async () => {
    const link = new Link();
    const { near, far } = await link.connect();
    link.rules(rule({ delayMs: 60_000 }));
    near.say('late');
    await link.world.run(1000);
    link.rules(null);
    near.say('r');
    await link.world.run(100);
    expect(far.text).toBe('later');
  });
});
