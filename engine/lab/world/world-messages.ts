/**
 * The world of one thread (a broker or a lab client) as the host sets it: lab time, who listens where, and the faults that
 * act on its clock, disk and connections. Plain data; lab time is a shared cell, so that all threads read the same.
 */
import type { LinkEnd } from '../../contract/faults.ts';

/** A broker's or controller's listener, for naming the far end of a connection. */
export interface PeerPort {
  readonly port: number;
  readonly node: number;
}

export interface DiskFaults {
  /** Added to each write and flush; 0 for none. */
  readonly delayMs: number;
  /** Null: as fast as it is. */
  readonly bytesPerSecond: number | null;
  /** How many bytes more could be written when this was set; null: as many as there is room for. */
  readonly freeBytes: number | null;
}

/** What holds from `from` to `to`, one way. Several on one way add up; a cut wins. */
export interface LinkFault {
  readonly from: LinkEnd;
  readonly to: LinkEnd;
  readonly cut: boolean;
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly bytesPerSecond: number | null;
}

export interface WorldFaults {
  readonly skewMs: number;
  readonly disk: DiskFaults | null;
  /** Of all links; a thread picks its own. */
  readonly links: readonly LinkFault[];
}

export interface WorldSetup {
  /** Its own end of every link. */
  readonly self: LinkEnd;
  /** Lab time, see `lab-time`. */
  readonly time: SharedArrayBuffer;
  readonly peers: readonly PeerPort[];
  readonly faults: WorldFaults;
  /** Its disk: bytes left and slowness, see `room`. It outlives the thread. */
  readonly room: SharedArrayBuffer;
  /** How far this thread has come, see `pulse`. */
  readonly pulse: SharedArrayBuffer;
  /** Decides the jitter of its links. */
  readonly seed: number;
}

/** To a thread whose world changed. */
export type ToWorld =
  | { readonly type: 'world-faults'; readonly faults: WorldFaults }
  | { readonly type: 'world-peers'; readonly peers: readonly PeerPort[] }
  | { readonly type: 'world-seed'; readonly seed: number }
  /** The cell of lab time has changed: timers are set anew. */
  | { readonly type: 'world-time' };

export const noFaults: WorldFaults = { skewMs: 0, disk: null, links: [] };
