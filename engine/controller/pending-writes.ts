/**
 * Groups of records that were appended and not yet committed, oldest first, and the replies that wait for them. A mere
 * read waits for what was last appended before it, since it may have seen that.
 */
import type { Offset } from '../base/ids.ts';
import { required } from '../base/assert.ts';
import type { MetadataImage } from '../metadata/index.ts';

/** `committed` false: leadership was lost before the commit was seen; the records may yet survive. */
export type CommitListener = (committed: boolean) => void;

interface PendingWrite {
  readonly lastOffset: Offset;
  readonly image: MetadataImage;
  readonly waiting: CommitListener[];
}

export class PendingWrites {
  #writes: PendingWrite[] = [];

  get size(): number {
    return this.#writes.length;
  }

  /** `image`: what holds when the group is committed. */
  add(lastOffset: Offset, image: MetadataImage, listener: CommitListener): void {
    this.#writes.push({ lastOffset, image, waiting: [listener] });
  }

  /** Calls `listener` when all that is pending now is committed; at once when nothing is. */
  afterAll(listener: CommitListener): void {
    const last = this.#writes.at(-1);
    if (last === undefined) listener(true);
    else last.waiting.push(listener);
  }

  /** Everything up to `offset` is committed. Returns the image that holds now, or null when no group was completed. */
  commit(offset: Offset): MetadataImage | null {
    let image: MetadataImage | null = null;
    while (this.#writes.length > 0 && required(this.#writes[0], 'pending write').lastOffset <= offset) {
      const write = required(this.#writes.shift(), 'pending write');
      image = write.image;
      for (const listener of write.waiting) listener(true);
    }
    return image;
  }

  /** Nothing that is pending will be seen to commit here. */
  abandon(): void {
    const writes = this.#writes;
    this.#writes = [];
    for (const write of writes) for (const listener of write.waiting) listener(false);
  }
}
