/**
 * Files that the window may fetch through the door, each for one time and a little while: a link holds a random ticket,
 * given to who has the contract, and no path of a request ever reaches the disk.
 */
import { randomBytes } from 'node:crypto';
import { basename } from 'node:path';

/** From the click to the request. */
const ticketMs = 60_000;
const ticketsMax = 20;
export const downloadPrefix = '/download/';

export interface Download {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
}

export class Downloads {
  readonly #tickets = new Map<string, Download & { readonly untilMs: number }>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** The path of the link. */
  offer(path: string): string {
    const oldest = this.#tickets.keys().next().value;
    if (this.#tickets.size >= ticketsMax && oldest !== undefined) this.#tickets.delete(oldest);
    const ticket = randomBytes(24).toString('base64url');
    this.#tickets.set(ticket, { path, name: basename(path), untilMs: this.#nowMs() + ticketMs });
    return `${downloadPrefix}${ticket}`;
  }

  /** Null for a ticket that is unknown, used or too old. */
  take(requested: string): Download | null {
    const ticket = requested.slice(downloadPrefix.length);
    const found = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return found === undefined || found.untilMs < this.#nowMs() ? null : { path: found.path, name: found.name };
  }
}
