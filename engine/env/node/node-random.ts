/** Chance from the operating system, drawn in blocks. */
import { randomFillSync } from 'node:crypto';
import { assert } from '../../base/assert.ts';
import type { Random } from '../random.ts';

export class NodeRandom implements Random {
  readonly #words = new Uint32Array(512);
  #used = this.#words.length;

  next(): number {
    return (this.#word() * 2 ** 21 + (this.#word() >>> 11)) / 2 ** 53;
  }

  integer(limit: number): number {
    assert(limit >= 1, () => `a random integer below ${limit} was asked for`);
    return Math.floor(this.next() * limit);
  }

  bytes(length: number): Uint8Array {
    return randomFillSync(new Uint8Array(length));
  }

  #word(): number {
    if (this.#used === this.#words.length) {
      randomFillSync(this.#words);
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }
}
