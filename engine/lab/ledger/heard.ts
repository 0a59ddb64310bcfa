/**
 * Which lab time has been heard to the end. Messages between threads take their time by the clock on the wall: in a lab
 * that runs at twenty times the speed a tenth of a second of it is two. What was told at a lab time has come when that
 * moment is {@link heardAfterMs} ago by the wall.
 */

/** The host gathers for a tenth of a second; the rest is for threads that wait for a processor. */
export const heardAfterMs = 1500;
/** Nobody is waited for any longer. */
export const forgottenAfterMs = 10_000;

export class Heard {
  /** In order: a moment by the wall, and the lab time of then. */
  readonly #moments: { readonly wallMs: number; readonly labMs: number }[] = [];

  /** To be called again and again. */
  note(wallMs: number, labMs: number): void {
    this.#moments.push({ wallMs, labMs });
    const kept = this.#moments.findLastIndex((moment) => moment.wallMs <= wallMs - forgottenAfterMs);
    this.#moments.splice(0, kept);
  }

  /** Lab time of `byMs` before the newest moment by the wall, up to {@link forgottenAfterMs}; -Infinity before the first. */
  ago(byMs: number): number {
    const now = this.#moments.at(-1)?.wallMs ?? 0;
    return this.#moments.findLast(({ wallMs }) => wallMs <= now - byMs)?.labMs ?? Number.NEGATIVE_INFINITY;
  }
}
