/**
 * How many records a group reads again: where its lab consumers stood in each partition, and where the next owner begins.
 * What stands in between was given by `poll()` before. Of a killed consumer it is what its newest sample told, so up to a
 * sample's interval less. Pure.
 */
import type { GroupId, Offset } from '../../base/ids.ts';
import type { Reached } from './client-messages.ts';

export class ReadAgain {
  readonly #positions = new Map<string, Offset>();

  /** A consumer of the group stands there; null: it has no position yet. */
  reached(group: GroupId, partitions: readonly (Omit<Reached, 'offset'> & { readonly offset: Offset | null })[]): void {
    for (const { topic, partition, offset } of partitions) {
      if (offset !== null) this.#positions.set(key(group, topic, partition), offset);
    }
  }

  /** A consumer of the group begins there: how many records are read again. */
  took(group: GroupId, { topic, partition, offset }: Reached): number {
    const at = key(group, topic, partition);
    const was = this.#positions.get(at) ?? offset;
    this.#positions.set(at, offset);
    return Math.max(0, was - offset);
  }
}

function key(group: GroupId, topic: string, partition: number): string {
  return `${topic}-${partition} ${group}`;
}
