/**
 * Where the replicas of new partitions go: striped over racks and brokers from a random start, unfenced brokers first
 * (Kafka's `StripedReplicaPlacer`, whose class comment explains the goals). Fenced brokers take replicas too, but
 * never the first one; brokers in controlled shutdown and those whose directories are all cordoned take none.
 *
 * After as many partitions as there are unfenced brokers the order is shuffled, so that the same sets do not repeat.
 */
import type { NodeId } from '../../base/ids.ts';
import type { Random } from '../../env/random.ts';
import type { BrokerRegistration } from '../../metadata/index.ts';

/** Why nothing could be placed, in Kafka's words. */
export interface PlacementImpossible {
  readonly impossible: string;
}

/** Brokers of one kind in one rack, taken in turn; each round begins one further. */
class Ring {
  #brokers: NodeId[] = [];
  #taken = 0;
  #start = 0;
  #round = 0;

  add(broker: NodeId): void {
    this.#brokers.push(broker);
  }

  initialize(random: Random): void {
    this.#brokers.sort((a, b) => a - b);
    if (this.#brokers.length > 0) this.#start = random.integer(this.#brokers.length);
  }

  shuffle(random: Random): void {
    this.#brokers = shuffled(this.#brokers, random);
  }

  /** Null when all were taken in this round. */
  next(round: number): NodeId | null {
    const { length } = this.#brokers;
    if (length === 0) return null;
    if (this.#round !== round) {
      this.#round = round;
      this.#taken = 0;
      this.#start = (this.#start + 1) % length;
    }
    if (this.#taken >= length) return null;
    return this.#brokers[(this.#taken++ + this.#start) % length] ?? null;
  }
}

interface Rack {
  readonly name: string;
  readonly fenced: Ring;
  readonly unfenced: Ring;
}

class Racks {
  readonly #random: Random;
  #racks: Rack[];
  readonly #unfencedCount: number;
  #round = 0;
  #offset: number;

  constructor(brokers: readonly BrokerRegistration[], random: Random) {
    this.#random = random;
    const byName = new Map<string, Rack>();
    for (const broker of brokers) {
      const name = broker.rack ?? '';
      const rack = byName.get(name) ?? { name, fenced: new Ring(), unfenced: new Ring() };
      byName.set(name, rack);
      (broker.fenced ? rack.fenced : rack.unfenced).add(broker.id);
    }
    this.#racks = [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const rack of this.#racks) {
      rack.fenced.initialize(random);
      rack.unfenced.initialize(random);
    }
    this.#unfencedCount = brokers.filter((broker) => !broker.fenced).length;
    this.#offset = random.integer(this.#racks.length);
  }

  place(replicationFactor: number): NodeId[] {
    // One unfenced broker alone would be shuffled for ever.
    if (this.#round === this.#unfencedCount && this.#unfencedCount > 1) this.#shuffle();
    const count = this.#racks.length;
    if (this.#offset >= count) this.#offset = 0;
    const { broker, index: firstRack } = this.#firstUnfenced();
    const replicas = [broker];
    let skipOnce = firstRack;
    for (let index = this.#offset; replicas.length < replicationFactor; index = (index + 1) % count) {
      if (index === skipOnce) {
        skipOnce = -1;
        continue;
      }
      const rack = this.#racks[index];
      const next = rack?.unfenced.next(this.#round) ?? rack?.fenced.next(this.#round) ?? null;
      if (next !== null) replicas.push(next);
    }
    this.#round++;
    this.#offset++;
    return replicas;
  }

  #firstUnfenced(): { broker: NodeId; index: number } {
    for (let index = this.#offset; ; index = (index + 1) % this.#racks.length) {
      const broker = this.#racks[index]?.unfenced.next(this.#round) ?? null;
      if (broker !== null) return { broker, index };
    }
  }

  #shuffle(): void {
    this.#round = 0;
    this.#racks = shuffled(this.#racks, this.#random);
    for (const rack of this.#racks) {
      rack.fenced.shuffle(this.#random);
      rack.unfenced.shuffle(this.#random);
    }
  }
}

/** Replicas, leader first, of `count` new partitions among the registered brokers. */
export function placeReplicas(
  brokers: Iterable<BrokerRegistration>,
  count: number,
  replicationFactor: number,
  random: Random,
): NodeId[][] | PlacementImpossible {
  const usable = [...brokers].filter(isUsable);
  if (replicationFactor <= 0) {
    return { impossible: `Invalid replication factor ${replicationFactor}: the replication factor must be positive.` };
  }
  if (usable.every((broker) => broker.fenced))
    return { impossible: 'All brokers are currently fenced, or have all their log directories cordoned.' };
  if (replicationFactor > usable.length) {
    return {
      impossible:
        `The target replication factor of ${replicationFactor} cannot be reached because only ${usable.length} ` +
        'broker(s) are registered or some brokers have all their log directories cordoned.',
    };
  }
  const racks = new Racks(usable, random);
  return Array.from({ length: count }, () => racks.place(replicationFactor));
}

/** Not shutting down, and with a log directory that takes new replicas (KIP-1066). */
function isUsable(broker: BrokerRegistration): boolean {
  if (broker.inControlledShutdown && !broker.fenced) return false;
  const { logDirs, cordonedLogDirs } = broker;
  return logDirs.length === 0 || logDirs.some((directory) => !cordonedLogDirs?.includes(directory));
}

function shuffled<T>(items: readonly T[], random: Random): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = result[i]!;
    result[i] = result[j]!;
    result[j] = held;
  }
  return result;
}
