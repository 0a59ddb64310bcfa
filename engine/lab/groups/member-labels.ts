/**
 * Short names for a group's members: `c1`, `c2`, ... A name stays with a member across restarts and rebalances, told by
 * its `group.instance.id` or else its `client.id`; a number at the end of that id is kept where it is free. Several
 * strangers with one `client.id` at the same time get a name each, in the order in which they came.
 *
 * A lab client that comes back while its former self is still in the group takes the name; the former is `c2′`.
 */
import type { MemberId } from '../../base/ids.ts';

export interface LabelledMember {
  readonly memberId: MemberId;
  readonly instanceId: string | null;
  readonly clientId: string;
}

/** Member ids that are remembered; older ones of members that are gone are forgotten. */
const memberIdsMax = 500;

export class MemberLabels {
  readonly #letter: string;
  /** By identity, with who bears it. */
  readonly #names = new Map<string, { readonly label: string; bearer: MemberId }>();
  readonly #byMember = new Map<MemberId, string>();

  constructor(letter: string) {
    this.#letter = letter;
  }

  /** Null for a member that was never seen. */
  known(memberId: MemberId): string | null {
    return this.#byMember.get(memberId) ?? null;
  }

  /** `isUnique`: nobody else can have its ids, as lab clients. `isLive`: who is in the group now. */
  labelOf(member: LabelledMember, isUnique: boolean, isLive: (memberId: MemberId) => boolean): string {
    const known = this.#byMember.get(member.memberId);
    if (known !== undefined) return known;
    const label = this.#claim(member, isUnique, isLive);
    this.#byMember.set(member.memberId, label);
    this.#prune(isLive);
    return label;
  }

  #claim({ memberId, instanceId, clientId }: LabelledMember, isUnique: boolean, isLive: (id: MemberId) => boolean) {
    const unique = isUnique || instanceId !== null;
    const identity = isUnique || instanceId === null ? `client ${clientId}` : `instance ${instanceId}`;
    for (let copy = 0; ; copy++) {
      const key = `${identity} ${copy}`;
      const name = this.#names.get(key);
      if (name === undefined) {
        const label = this.#newLabel(instanceId ?? clientId);
        this.#names.set(key, { label, bearer: memberId });
        return label;
      }
      if (!unique && isLive(name.bearer)) continue;
      // A static member that comes back takes the place itself, not only the name.
      if (instanceId === null && isLive(name.bearer)) this.#byMember.set(name.bearer, `${name.label}′`);
      name.bearer = memberId;
      return name.label;
    }
  }

  #newLabel(id: string): string {
    const taken = new Set([...this.#names.values()].map(({ label }) => label));
    const own = Number(/(?<!\d)([1-9]\d?)$/.exec(id)?.[1] ?? 0);
    if (own > 0 && !taken.has(`${this.#letter}${own}`)) return `${this.#letter}${own}`;
    for (let number = 1; ; number++) if (!taken.has(`${this.#letter}${number}`)) return `${this.#letter}${number}`;
  }

  #prune(isLive: (memberId: MemberId) => boolean): void {
    if (this.#byMember.size <= memberIdsMax) return;
    for (const memberId of this.#byMember.keys()) {
      if (this.#byMember.size <= memberIdsMax / 2) return;
      if (!isLive(memberId)) this.#byMember.delete(memberId);
    }
  }
}

/** The letter of a group's labels: `c` for the first, else one of its name, else one that is free. */
export function letterFor(group: string, isFirst: boolean, taken: ReadonlySet<string>): string {
  if (isFirst && !taken.has('c')) return 'c';
  const alphabet = [...'abcdefghijklmnopqrstuvwxyz'];
  const own = [...group.toLowerCase()].filter((letter) => alphabet.includes(letter));
  return [...own, ...alphabet].find((letter) => letter !== 'c' && !taken.has(letter)) ?? 'm';
}
