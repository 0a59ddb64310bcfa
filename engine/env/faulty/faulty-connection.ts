/**
 * A connection whose two ways can be disturbed. Without a rule every call goes straight through.
 *
 * A way that is cut tells nobody: bytes, the end of the stream and a reset wait alike. Who resets a connection whose way
 * out is cut is done with it at once; the other end hears of it when the cut is lifted.
 */
import type { Clock } from '../clock.ts';
import type { Connection, ConnectionHandlers, NetworkError } from '../network.ts';
import type { Random } from '../random.ts';
import { LinkQueue, type LinkRule } from './link-queue.ts';

/** Bytes held on a way until it counts as full: as the socket buffers of a connection. */
const highMarkBytes = 256 * 1024;

export class FaultyConnection implements Connection {
  readonly remote: string;
  readonly localPort: number;
  readonly #inner: Connection;
  readonly #clock: Clock;
  readonly #out: LinkQueue;
  readonly #in: LinkQueue;
  readonly #onGone: () => void;
  #handlers: ConnectionHandlers | null = null;
  #isPausedByReader = false;
  #isPausedByQueue = false;
  #needsDrain = false;
  /** By this end: nothing is heard of it any more but its close. */
  #isDestroyed = false;
  #isClosed = false;

  /** `onGone`: nothing will come of it any more, at either end. */
  constructor(inner: Connection, clock: Clock, random: Random, onGone: () => void) {
    this.remote = inner.remote;
    this.localPort = inner.localPort;
    this.#inner = inner;
    this.#clock = clock;
    this.#out = new LinkQueue(clock, random);
    this.#in = new LinkQueue(clock, random);
    this.#onGone = onGone;
  }

  setRules(out: LinkRule | null, back: LinkRule | null): void {
    this.#out.setRule(out);
    this.#in.setRule(this.#isDestroyed ? null : back);
    this.#maybeDrained();
    this.#maybeRead();
  }

  get queuedBytes(): number {
    return this.#inner.queuedBytes + this.#out.heldBytes;
  }

  handle(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    this.#inner.handle({
      onData: (bytes) => {
        if (!this.#in.isOpen) this.#receive(bytes);
        else if (!this.#isDestroyed) handlers.onData(bytes);
      },
      onClose: (error) => {
        if (this.#in.isOpen) this.#closed(error);
        else this.#in.push(0, () => this.#closed(error));
      },
      onDrain: () => this.#maybeDrained(),
    });
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.#isDestroyed) return true;
    if (this.#out.isOpen) {
      const more = this.#inner.write(parts);
      if (!more) this.#needsDrain = true;
      return more;
    }
    let bytes = 0;
    for (const part of parts) bytes += part.length;
    this.#out.push(bytes, () => {
      this.#inner.write(parts);
      this.#maybeDrained();
    });
    if (this.#out.heldBytes < highMarkBytes) return true;
    this.#needsDrain = true;
    return false;
  }

  pause(): void {
    this.#isPausedByReader = true;
    this.#in.hold();
    this.#inner.pause();
  }

  resume(): void {
    this.#isPausedByReader = false;
    if (!this.#isPausedByQueue) this.#inner.resume();
    this.#in.release();
  }

  end(): void {
    if (this.#out.isOpen) this.#inner.end();
    else this.#out.push(0, () => this.#inner.end());
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#out.clear();
    this.#in.clear();
    this.#in.release();
    this.#in.setRule(null);
    if (!this.#out.isCut) {
      this.#inner.destroy();
      return;
    }
    this.#out.push(0, () => this.#inner.destroy());
    this.#clock.soon(() => this.#tellClosed(null));
  }

  #receive(bytes: Uint8Array): void {
    this.#in.push(bytes.length, () => {
      if (!this.#isDestroyed) this.#handlers?.onData(bytes);
      this.#maybeRead();
    });
    if (this.#in.heldBytes < highMarkBytes || this.#isPausedByQueue) return;
    this.#isPausedByQueue = true;
    this.#inner.pause();
  }

  #maybeRead(): void {
    if (!this.#isPausedByQueue || this.#in.heldBytes >= highMarkBytes) return;
    this.#isPausedByQueue = false;
    if (!this.#isPausedByReader) this.#inner.resume();
  }

  #maybeDrained(): void {
    if (!this.#needsDrain || this.#out.heldBytes > 0 || this.#inner.queuedBytes > 0) return;
    this.#needsDrain = false;
    if (!this.#isClosed) this.#handlers?.onDrain?.();
  }

  #closed(error: NetworkError | null): void {
    this.#out.clear();
    this.#onGone();
    this.#tellClosed(error);
  }

  #tellClosed(error: NetworkError | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#handlers?.onClose(error);
  }
}
