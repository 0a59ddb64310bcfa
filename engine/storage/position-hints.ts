/**
 * Where batches begin that somebody is likely to ask for next: the ends of recent reads and appends. Spares the reader at
 * the tail the index lookup and the scan from there. A direct-mapped table: a newer hint may displace an older one.
 */
import type { Offset } from '../base/ids.ts';

const slots = 32;

export class PositionHints {
  #offsets: Float64Array | null = null;
  #positions: Float64Array | null = null;

  /** A batch whose base offset is `offset` (or the end of the log) is at `position`. */
  remember(offset: Offset, position: number): void {
    this.#offsets ??= new Float64Array(slots).fill(-1);
    this.#positions ??= new Float64Array(slots);
    const slot = slotOf(offset);
    this.#offsets[slot] = offset;
    this.#positions[slot] = position;
  }

  /** -1 when it is not known. */
  find(offset: Offset): number {
    if (this.#offsets === null || this.#positions === null) return -1;
    const slot = slotOf(offset);
    return this.#offsets[slot] === offset ? this.#positions[slot]! : -1;
  }

  clear(): void {
    this.#offsets?.fill(-1);
  }
}

function slotOf(offset: Offset): number {
  return (offset ^ (offset >>> 5)) & (slots - 1);
}
