/**
 * What it costs a group when one of its lab consumers goes and comes back, by its membership: how many rebalances, and for how
 * long partitions were read by nobody, from when it let go until everybody reads again. Measured one restart at a time:
 * while two are away at once nobody can say which one a silence belongs to, and neither counts. Pure.
 */
import type { TimestampMs } from '../../base/ids.ts';
import type { ClientName } from '../../contract/clients.ts';
import type { RestartCosts } from '../../contract/groups.ts';

interface Away {
  readonly client: ClientName;
  readonly isStatic: boolean;
  /** When it let go of its partitions. */
  readonly sinceMs: TimestampMs;
  backMs: TimestampMs | null;
}

export interface GroupFacts {
  /** `Stable`, no rebalance runs. */
  readonly isResting: boolean;
  /** Every partition that had an owner has one. */
  readonly isWhole: boolean;
  readonly nowMs: TimestampMs;
  /** Rebalances that began since. */
  rebalancesSince(atMs: TimestampMs): number;
  silentMs(fromMs: TimestampMs, toMs: TimestampMs): number;
}

/** Callbacks of a consumer that closes come this much before its end is told. */
const closingMs = 5000;
/** What clients tell of themselves comes by their samples. */
const settleMs = 1500;
/** Longer away than this is no restart. */
const awayMsMax = 10 * 60_000;
/** Telemetry of a coordinator and of a client are told apart. */
const disorderMs = 300;

export class Restarts {
  #away: Away | null = null;
  /** Others were away meanwhile. */
  #isMixed = false;
  readonly #letGoMs = new Map<ClientName, TimestampMs>();
  #costs: RestartCosts = { dynamic: none, static: none };

  get costs(): RestartCosts {
    return this.#costs;
  }

  letGo(client: ClientName, atMs: TimestampMs): void {
    this.#letGoMs.set(client, atMs);
  }

  gone(client: ClientName, isStatic: boolean, atMs: TimestampMs): void {
    const gaveUpMs = this.#letGoMs.get(client) ?? atMs;
    const sinceMs = atMs - gaveUpMs < closingMs ? Math.min(gaveUpMs, atMs) : atMs;
    if (this.#away !== null && this.#away.client !== client) this.#isMixed = true;
    else this.#away = { client, isStatic, sinceMs, backMs: null };
  }

  /** It has partitions again. */
  back(client: ClientName, isStatic: boolean, atMs: TimestampMs): void {
    const away = this.#away;
    if (away?.client !== client || away.backMs !== null) return;
    if (away.isStatic !== isStatic) this.#forget();
    else away.backMs = atMs;
  }

  /** Whether a restart is over and counted; to be asked from time to time. */
  settle({ isResting, isWhole, nowMs, rebalancesSince, silentMs }: GroupFacts): boolean {
    const away = this.#away;
    if (away === null) return false;
    if (nowMs - away.sinceMs > awayMsMax) this.#forget();
    if (away.backMs === null || !isResting || !isWhole || nowMs - away.backMs < settleMs) return false;
    const counts = !this.#isMixed;
    this.#forget();
    if (!counts) return false;
    const kind = away.isStatic ? 'static' : 'dynamic';
    const was = this.#costs[kind];
    const cost = {
      times: was.times + 1,
      rebalances: was.rebalances + rebalancesSince(away.sinceMs - disorderMs),
      silentMs: was.silentMs + silentMs(away.sinceMs, nowMs),
    };
    this.#costs = { ...this.#costs, [kind]: cost };
    return true;
  }

  #forget(): void {
    this.#away = null;
    this.#isMixed = false;
  }
}

const none = { times: 0, rebalances: 0, silentMs: 0 } as const;
