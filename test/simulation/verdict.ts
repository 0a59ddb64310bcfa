/** What went wrong in a run, and the story that led there. The first violation ends the run. */
import type { SimWorld } from '../../engine/env/sim/index.ts';

export class Verdict {
  readonly violations: string[] = [];
  /** Faults and milestones, oldest first. */
  readonly story: string[] = [];
  readonly #world: SimWorld;

  constructor(world: SimWorld) {
    this.#world = world;
  }

  tell(text: string): void {
    this.story.push(`${this.#world.nowMs.toFixed(1)} ${text}`);
  }

  violate(text: string): void {
    this.violations.push(`${this.#world.nowMs.toFixed(1)} ${text}`);
  }

  get clean(): boolean {
    return this.violations.length === 0;
  }
}
