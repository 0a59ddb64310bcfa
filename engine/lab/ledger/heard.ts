/**
 * Which lab time has been heard to the end. Messages between threads take their time by the clock on the wall: in a lab
 * that runs at twenty times the speed a tenth of a second of it is two. What was told at a lab time has come when that
 * moment is {@link heardAfterMs} ago by the wall.
 */

/** The host gathers for a tenth of a second; the rest is for threads that wait for a processor. */
export const heardAfterMs = 1500;

export class Heard {
  /** In order: a moment by the wall, and the lab time of then. */
  readonly #moments: { readonly wallMs: number; readonly labMs: number }[] = [];

  /** Up to which lab time everything has come; to be asked again and again. */
  at(wallMs: number, labMs: number): number {
    this.#moments.push({ wallMs, labMs });
    const later = this.#moments.findIndex((moment) => moment.wallMs > wallMs - heardAfterMs);
    this.#moments.splice(0, later - 1);
    const [first] = this.#moments;
    return first === undefined || first.wallMs > wallMs - heardAfterMs ? Number.NEGATIVE_INFINITY : first.labMs;
  }
}
