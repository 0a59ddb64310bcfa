/**
 * One end of a simulated connection. What it writes travels in `#outgoing`, in order; each segment has its moment of
 * arrival. Segments split and join at random, as TCP's do.
 */
import { assert } from '../../base/assert.ts';
import { concatBytes } from '../../base/text.ts';
import { type Connection, type ConnectionHandlers, NetworkError } from '../network.ts';
import type { NetworkPeer, SimNetwork } from './sim-network.ts';

type Segment =
  { readonly kind: 'data'; readonly bytes: Uint8Array } | { readonly kind: 'end' } | { readonly kind: 'reset' };

const highMarkBytes = 256 * 1024;
const segmentBytesMax = 64 * 1024;

export class SimConnection implements Connection {
  readonly remote: string;
  readonly localPort: number;
  readonly owner: NetworkPeer;
  closed = false;
  queuedBytes = 0;
  readonly #network: SimNetwork;
  #peer: SimConnection | null = null;
  #handlers: ConnectionHandlers | null = null;
  readonly #outgoing: { segment: Segment; atMs: number }[] = [];
  #travelling = false;
  #lastArrivalMs = 0;
  #paused = false;
  #writeEnded = false;
  #readEnded = false;
  #needsDrain = false;
  #closeError: NetworkError | null = null;

  constructor(network: SimNetwork, owner: NetworkPeer, remote: string, localPort: number) {
    this.#network = network;
    this.owner = owner;
    this.remote = remote;
    this.localPort = localPort;
  }

  join(peer: SimConnection): void {
    this.#peer = peer;
    peer.#peer = this;
  }

  get peerName(): string {
    return this.#other.owner.name;
  }

  handle(handlers: ConnectionHandlers): void {
    assert(this.#handlers === null, 'a connection is handled twice');
    this.#handlers = handlers;
    if (this.closed) this.#tellClosed();
    else this.#other.#travel();
  }

  write(parts: readonly Uint8Array[]): boolean {
    if (this.closed || this.#writeEnded) return true;
    const bytes = concatBytes(parts);
    this.queuedBytes += bytes.length;
    for (let at = 0; at < bytes.length;) {
      const rest = Math.min(bytes.length - at, segmentBytesMax);
      const { random } = this.#network;
      const length = rest > 1 && random.chance(0.1) ? 1 + random.integer(rest) : rest;
      this.#send({ kind: 'data', bytes: bytes.subarray(at, at + length) });
      at += length;
    }
    if (this.queuedBytes <= highMarkBytes) return true;
    this.#needsDrain = true;
    return false;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#other.#travel();
  }

  end(): void {
    if (this.closed || this.#writeEnded) return;
    this.#writeEnded = true;
    this.#send({ kind: 'end' });
    this.#closeWhenOver();
  }

  destroy(): void {
    if (this.closed) return;
    this.#outgoing.length = 0;
    this.#writeEnded = true;
    if (!this.#other.closed) this.#send({ kind: 'reset' });
    this.#close(null);
  }

  linkHealed(from: string, to: string): void {
    if (this.owner.name === from && this.peerName === to) this.#travel();
  }

  get #other(): SimConnection {
    assert(this.#peer !== null, 'a connection without its other end');
    return this.#peer;
  }

  #send(segment: Segment): void {
    const latencyMs = this.#network.draw(this.owner.name, this.peerName);
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, this.#network.queue.nowMs + latencyMs);
    this.#outgoing.push({ segment, atMs: this.#lastArrivalMs });
    this.#travel();
  }

  /** Brings the first outgoing segment to the other end, then the next; waits for a healed link and a willing reader. */
  #travel(): void {
    const first = this.#outgoing[0];
    if (this.#travelling || first === undefined) return;
    this.#travelling = true;
    const { queue } = this.#network;
    queue.schedule(Math.max(0, first.atMs - queue.nowMs), this.#other.owner, () => {
      this.#travelling = false;
      this.#arrive();
    });
  }

  #arrive(): void {
    const first = this.#outgoing[0];
    const other = this.#other;
    if (first === undefined) return;
    // A destroyed connection puts its reset in front of a flight that was for earlier bytes.
    if (first.atMs > this.#network.queue.nowMs) return this.#travel();
    if (this.#network.isCut(this.owner.name, other.owner.name)) return;
    if (first.segment.kind !== 'reset' && !other.closed && (other.#paused || other.#handlers === null)) return;
    this.#outgoing.shift();
    other.#receive(first.segment);
    this.#left(first.segment);
    this.#forgetWhenDone();
    this.#travel();
  }

  #left(segment: Segment): void {
    if (segment.kind === 'data') {
      this.queuedBytes -= segment.bytes.length;
      if (this.#needsDrain && this.queuedBytes === 0 && !this.closed) {
        this.#needsDrain = false;
        this.#network.queue.schedule(0, this.owner, () => {
          if (!this.closed) this.#handlers?.onDrain?.();
        });
      }
    }
  }

  #receive(segment: Segment): void {
    if (this.closed) return;
    if (segment.kind === 'data') this.#handlers!.onData(segment.bytes);
    else if (segment.kind === 'end') {
      this.#readEnded = true;
      this.end();
      this.#closeWhenOver();
    } else this.#close(new NetworkError('ECONNRESET', `${this.remote}: ECONNRESET`));
  }

  /** As a socket does that is not half-open: the end from there is answered by one from here. */
  #closeWhenOver(): void {
    if (this.#readEnded && this.#writeEnded) this.#close(null);
  }

  #close(error: NetworkError | null): void {
    if (this.closed) return;
    this.closed = true;
    this.#closeError = error;
    if (error !== null) this.#outgoing.length = 0;
    this.#forgetWhenDone();
    if (this.#handlers !== null) this.#tellClosed();
  }

  #tellClosed(): void {
    this.#network.queue.schedule(0, this.owner, () => this.#handlers!.onClose(this.#closeError));
  }

  /** What was written before an orderly end still travels after it. */
  #forgetWhenDone(): void {
    if (this.closed && this.#outgoing.length === 0) this.#network.forget(this);
  }
}
