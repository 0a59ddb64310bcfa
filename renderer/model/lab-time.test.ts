import { describe, expect, it } from 'vitest';
import { labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import { outsiders, speedChoices } from './lab-time.ts';

const wall = labSnapshot().time;
const groups = labSnapshot()
  .groups.slice(0, 1)
  .map((group) => ({
    ...group,
    members: group.members.map((member, index) => ({ ...member, client: index === 0 ? null : 'billing-1' })),
  }));

describe('lab time in the window', () => {
  it('has the speed in sight that was chosen, in its place', () => {
    expect(speedChoices(1)).toEqual([0.1, 1, 20]);
    expect(speedChoices(10)).toEqual([0.1, 1, 10, 20]);
  });

  it('names members from outside only while lab time is not wall time', () => {
    expect(groups[0]?.members.length).toBeGreaterThan(0);
    expect(outsiders({ time: wall, groups })).toEqual({ members: 0, groups: [] });
    expect(outsiders({ time: { ...wall, speed: 10 }, groups })).toEqual({ members: 1, groups: [groups[0]?.id] });
    expect(outsiders({ time: { ...wall, paused: true }, groups }).members).toBe(1);
  });
});
