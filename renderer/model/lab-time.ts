/** Lab time as the window offers it, and who does not live by it. */
import type { LabSnapshot } from '../../engine/contract/snapshot.ts';

/** Of lab time, for one press of the key. */
export const stepMs = 1000;

/** The slowest, wall time, the fastest: in sight. */
const inSight: readonly number[] = [0.1, 1, 20];
export const allSpeeds: readonly number[] = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20];

/** What is in sight, with the speed that was chosen from all. */
export function speedChoices(now: number): readonly number[] {
  return inSight.includes(now) ? inSight : [...inSight, now].sort((a, b) => a - b);
}

export interface Outsiders {
  readonly members: number;
  /** Of whose groups, in order. */
  readonly groups: readonly string[];
}

/** Members of groups that are no lab clients, while lab time is not wall time: their clocks and time-outs go on as they are. */
export function outsiders({ time, groups }: Pick<LabSnapshot, 'time' | 'groups'>): Outsiders {
  if (time.speed === 1 && !time.paused) return { members: 0, groups: [] };
  const found = groups
    .map(({ id, members }) => ({ id, count: members.filter(({ client }) => client === null).length }))
    .filter(({ count }) => count > 0);
  return { members: found.reduce((sum, { count }) => sum + count, 0), groups: found.map(({ id }) => id) };
}
