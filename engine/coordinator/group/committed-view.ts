/**
 * What a map held at the high watermark, while the map itself already holds what has been written beyond it. Kafka keeps
 * snapshots of whole timeline maps for this; here only the few keys that were changed by records not yet committed are
 * remembered, with their values before.
 */
import type { Offset } from '../../base/ids.ts';

interface Change<V> {
  /** Of the record that made it. */
  readonly offset: Offset;
  readonly before: V | undefined;
}

export class CommittedView<V> {
  readonly #changes = new Map<string, Change<V>[]>();
  /** All changes in order, to forget them as they are committed. */
  #queue: { readonly offset: Offset; readonly key: string }[] = [];
  #head = 0;

  /** A record at `offset` has just replaced `before` under `key`. Offsets only grow. */
  note(key: string, offset: Offset, before: V | undefined): void {
    const changes = this.#changes.get(key);
    if (changes === undefined) this.#changes.set(key, [{ offset, before }]);
    else changes.push({ offset, before });
    this.#queue.push({ offset, key });
  }

  /** The committed value of a key whose present value is `now`. */
  committed(key: string, now: V | undefined): V | undefined {
    const first = this.#changes.get(key)?.[0];
    return first === undefined ? now : first.before;
  }

  /** Keys whose committed value differs from the present one. */
  get changedKeys(): Iterable<string> {
    return this.#changes.keys();
  }

  /** Records below `highWatermark` are committed. */
  advance(highWatermark: Offset): void {
    for (
      let next = this.#queue[this.#head];
      next !== undefined && next.offset < highWatermark;
      next = this.#queue[this.#head]
    ) {
      const changes = this.#changes.get(next.key);
      changes?.shift();
      if (changes?.length === 0) this.#changes.delete(next.key);
      this.#head++;
    }
    if (this.#head === this.#queue.length) {
      this.#queue = [];
      this.#head = 0;
    }
  }
}
