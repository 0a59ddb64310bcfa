/**
 * Cuts a byte stream into frames: int32 length, then so many bytes. A frame that lies wholly within one chunk is handed
 * out as a view of it; any other is copied once, when its last byte is there. Nothing is allocated for a length that was
 * only announced.
 */

/** A length that no frame may have; the stream cannot be read any further. */
export class FrameLengthError extends Error {
  override readonly name = 'FrameLengthError';
}

export class FrameReader {
  readonly #lengthMax: number;
  /** Chunks not used up yet, and how much of the first one is. */
  #chunks: Uint8Array[] = [];
  #first = 0;
  #offset = 0;
  #buffered = 0;
  /** Length of the frame whose length was read, or -1. */
  #length = -1;

  constructor(lengthMax: number) {
    this.#lengthMax = lengthMax;
  }

  /** Bytes received that are in no frame handed out. */
  get bufferedBytes(): number {
    return this.#buffered;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
  }

  /** The next whole frame without its length, or null until more bytes come. Throws {@link FrameLengthError}. */
  next(): Uint8Array | null {
    if (this.#length < 0) {
      if (this.#buffered < 4) return null;
      const bytes = this.#take(4);
      this.#length = (bytes[0]! << 24) | (bytes[1]! << 16) | (bytes[2]! << 8) | bytes[3]!;
      if (this.#length < 0) throw new FrameLengthError(`Invalid receive (size = ${this.#length})`);
      if (this.#length > this.#lengthMax) {
        throw new FrameLengthError(`Invalid receive (size = ${this.#length} larger than ${this.#lengthMax})`);
      }
    }
    if (this.#buffered < this.#length) return null;
    const frame = this.#take(this.#length);
    this.#length = -1;
    return frame;
  }

  #take(length: number): Uint8Array {
    this.#buffered -= length;
    const head = this.#chunks[this.#first];
    if (head !== undefined && head.length - this.#offset >= length) {
      const view = head.subarray(this.#offset, this.#offset + length);
      this.#advance(length, head);
      return view;
    }
    const whole = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const chunk = this.#chunks[this.#first]!;
      const part = chunk.subarray(this.#offset, this.#offset + length - filled);
      whole.set(part, filled);
      filled += part.length;
      this.#advance(part.length, chunk);
    }
    return whole;
  }

  #advance(length: number, chunk: Uint8Array): void {
    this.#offset += length;
    if (this.#offset < chunk.length) return;
    this.#offset = 0;
    this.#first++;
    if (this.#first === this.#chunks.length) {
      this.#chunks = [];
      this.#first = 0;
    } else if (this.#first > 1024) {
      this.#chunks = this.#chunks.slice(this.#first);
      this.#first = 0;
    }
  }
}
