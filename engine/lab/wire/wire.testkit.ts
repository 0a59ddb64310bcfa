/** Halves as threads would note them, a journal's database in memory, and a lab's picture around them, for tests. */
import Sqlite from 'better-sqlite3';
import type { LabEvent } from '../../contract/events.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { TappedCall } from '../../env/index.ts';
import type { WireBatch } from './halves.ts';
import { ThreadTap } from './thread-tap.ts';
import { addWireBatch, wireSchema, type WireDatabase } from './wire-file.ts';
import type { Past } from './wire-source.ts';

export class MemoryWire implements WireDatabase {
  readonly #db = new Sqlite(':memory:');

  constructor() {
    this.#db.exec(wireSchema);
  }

  exec(sql: string, ...values: unknown[]): number {
    return Number(this.#db.prepare(sql).run(...values).lastInsertRowid);
  }

  rows<Row>(sql: string, ...values: unknown[]): Row[] {
    return this.#db.prepare(sql).all(...values) as Row[];
  }

  row<Row>(sql: string, ...values: unknown[]): Row | null {
    return (this.#db.prepare(sql).get(...values) as Row | undefined) ?? null;
  }
}

/** Taps of several threads into one database. */
export class TappedThreads {
  readonly db = new MemoryWire();
  readonly batches: WireBatch[] = [];
  readonly #taps = new Map<LinkEnd, ThreadTap>();
  #port = 50_000;
  #correlation = 0;

  tap(self: LinkEnd): ThreadTap {
    let tap = this.#taps.get(self);
    if (tap === undefined) {
      const post = (batch: WireBatch): void => {
        this.batches.push(batch);
        addWireBatch(this.db, batch);
      };
      tap = new ThreadTap({ self, post, wallMs: () => 0, later: () => {} });
      this.#taps.set(self, tap);
    }
    return tap;
  }

  /** One call as both ends see it; `times`: sent, begun, done at once, answered, received. */
  call(
    from: LinkEnd | null,
    to: number,
    times: readonly [number, number, number, number | null, number | null],
    about: Pick<TappedCall, 'api' | 'request' | 'response'> & Partial<TappedCall>,
  ): void {
    const [sent, begun, handled, answered, received] = times;
    const ports = { near: this.#port++, far: 9091 + to };
    const common = {
      version: 13,
      correlationId: this.#correlation++,
      requestBytes: 100,
      responseBytes: about.response === null ? null : 50,
      failure: null,
      oneWay: false,
      clientId: typeof from === 'number' ? `broker-${from}-fetcher-0` : (from ?? 'stranger'),
      ...about,
    };
    const far = { localPort: ports.far, remotePort: ports.near, beganMs: begun, handledMs: handled, endedMs: answered };
    this.tap(to).served({ ...common, ...far });
    if (from === null) return;
    const near = { localPort: ports.near, remotePort: ports.far, beganMs: sent, handledMs: null, endedMs: received };
    this.tap(from).called({ ...common, ...near });
  }

  flush(): void {
    for (const tap of this.#taps.values()) tap.flush();
  }

  past(picture: LabSnapshot, events: readonly LabEvent[] = []): Past {
    return {
      db: this.db,
      moment: () => picture,
      events: ({ kinds }) => events.filter(({ kind }) => kinds === undefined || kinds.includes(kind)),
    };
  }
}
