/** Who owned what in each generation of a group, by the coordinator's word and by the members' own. */
import type { ClientReport } from './ledger-messages.ts';
import type { Example } from './ledger-state.ts';

interface Generation {
  /** Partition to member, as the leader's assignment had it; and to client, as clients say. */
  readonly assigned: Map<string, string>;
  readonly owned: Map<string, string>;
}

const generationsMax = 40;
const examplesMax = 20;

export class GroupsLedger {
  readonly #groups = new Map<
    string,
    { readonly generations: Map<number, Generation>; readonly seen: Set<number>; conflicts: number }
  >();
  readonly #labMembers = new Set<string>();
  readonly examples: Example[] = [];

  assigned(
    group: string,
    generation: number,
    members: readonly { readonly member: string; readonly partitions: readonly string[] }[],
    atMs: number,
  ): void {
    const { assigned } = this.#generation(group, generation);
    for (const { member, partitions } of members) this.#claim(group, generation, assigned, member, partitions, atMs);
  }

  owns(group: string, client: string, told: Extract<ClientReport, { type: 'owns' }>): void {
    const { generation, member, partitions, atMs } = told;
    this.#labMembers.add(`${group} ${member}`);
    const { owned } = this.#generation(group, generation);
    this.#claim(group, generation, owned, client, partitions, atMs);
  }

  /** Some lab consumer was that member. */
  isLabMember(group: string, member: string): boolean {
    return this.#labMembers.has(`${group} ${member}`);
  }

  #claim(
    group: string,
    generation: number,
    owners: Map<string, string>,
    owner: string,
    partitions: readonly string[],
    atMs: number,
  ): void {
    for (const partition of partitions) {
      const other = owners.get(partition);
      if (other === undefined) owners.set(partition, owner);
      else if (other !== owner) this.#conflict(group, generation, partition, other, owner, atMs);
    }
  }

  #conflict(group: string, generation: number, partition: string, one: string, other: string, atMs: number): void {
    const known = this.#groups.get(group);
    if (known !== undefined) known.conflicts += 1;
    if (this.examples.length >= examplesMax) return;
    const text = `${partition}: ${one}, ${other} (${group}, generation ${generation})`;
    this.examples.push({ kind: 'two-owners', atMs, producer: null, topic: null, partition: null, text });
  }

  #generation(group: string, number: number): Generation {
    let known = this.#groups.get(group);
    if (known === undefined) {
      known = { generations: new Map(), seen: new Set(), conflicts: 0 };
      this.#groups.set(group, known);
    }
    known.seen.add(number);
    let generation = known.generations.get(number);
    if (generation === undefined) {
      generation = { assigned: new Map(), owned: new Map() };
      known.generations.set(number, generation);
      const oldest = known.generations.keys().next().value;
      if (known.generations.size > generationsMax && oldest !== undefined) known.generations.delete(oldest);
    }
    return generation;
  }

  get states(): readonly { group: string; generations: readonly number[]; conflicts: number }[] {
    return [...this.#groups].map(([group, { seen, conflicts }]) => ({ group, generations: [...seen], conflicts }));
  }
}
