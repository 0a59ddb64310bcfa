/**
 * Who consumed each partition of a group, and when: the newest stretches of time, each with its holder. What is not known
 * is not there. Facts may come late and out of order, since clients and coordinators tell them apart; a stretch whose end
 * was never told ends where the next one begins.
 */
import type { TimestampMs } from '../../base/ids.ts';

export interface Holding {
  readonly label: string;
  readonly fromMs: TimestampMs;
  /** Null while it lasts. */
  toMs: TimestampMs | null;
}

/** A time in which nobody held a partition; null is open. */
export interface Vacancy {
  readonly from: string | null;
  readonly to: string | null;
  readonly fromMs: TimestampMs | null;
  readonly toMs: TimestampMs | null;
}

/** Stretches that are kept of each partition. */
const holdingsMax = 64;

export class Ownership {
  readonly #partitions = new Map<string, Holding[]>();
  /** Counts changes, so that what was derived can be kept. */
  version = 0;

  hold(label: string, partition: string, atMs: TimestampMs): void {
    const holdings = this.#partitions.get(partition) ?? [];
    if (holdings.some((each) => each.label === label && each.toMs === null)) return;
    holdings.push({ label, fromMs: atMs, toMs: null });
    holdings.sort((a, b) => a.fromMs - b.fromMs);
    if (holdings.length > holdingsMax) holdings.shift();
    this.#partitions.set(partition, holdings);
    this.version += 1;
  }

  /** The earliest end that is told of a stretch counts. */
  release(label: string, partition: string, atMs: TimestampMs): void {
    const holding = this.#partitions.get(partition)?.findLast((each) => each.label === label && each.fromMs <= atMs);
    if (holding === undefined || (holding.toMs !== null && holding.toMs <= atMs)) return;
    holding.toMs = atMs;
    this.version += 1;
  }

  releaseAll(label: string, atMs: TimestampMs): readonly string[] {
    const held = this.heldBy(label);
    for (const partition of held) this.release(label, partition, atMs);
    return held;
  }

  heldBy(label: string): readonly string[] {
    return [...this.#partitions]
      .filter(([, holdings]) => holdings.some((each) => each.label === label && each.toMs === null))
      .map(([partition]) => partition);
  }

  isHeld(partition: string): boolean {
    return this.#partitions.get(partition)?.some((each) => each.toMs === null) ?? false;
  }

  /** For how long between two moments partitions that were held before had nobody, added up. */
  silentMs(fromMs: TimestampMs, toMs: TimestampMs): number {
    let sum = 0;
    for (const partition of this.#partitions.keys()) {
      for (const vacancy of this.vacancies(partition)) {
        if (vacancy.fromMs === null) continue;
        sum += Math.max(0, Math.min(toMs, vacancy.toMs ?? toMs) - Math.max(fromMs, vacancy.fromMs));
      }
    }
    return sum;
  }

  /** Every partition that was ever held is. */
  get isWhole(): boolean {
    return [...this.#partitions.keys()].every((partition) => this.isHeld(partition));
  }

  /** In order of time; the first has no beginning and the last no end where nobody is known. */
  vacancies(partition: string): readonly Vacancy[] {
    const found: Vacancy[] = [];
    let from: string | null = null;
    let fromMs: TimestampMs | null = null;
    let covered = -Infinity;
    const holdings = this.#partitions.get(partition) ?? [];
    for (const [index, { label, fromMs: beganMs, toMs }] of holdings.entries()) {
      if (beganMs > covered) found.push({ from, to: label, fromMs, toMs: beganMs });
      const endMs = toMs ?? holdings[index + 1]?.fromMs ?? Infinity;
      if (endMs < covered) continue;
      covered = endMs;
      from = label;
      fromMs = endMs;
    }
    if (covered !== Infinity) found.push({ from, to: null, fromMs, toMs: null });
    return found;
  }
}
