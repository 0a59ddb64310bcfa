import { describe, expect, it } from 'vitest';
import { CoordinatorWorld } from '../coordinator/coordinator.testkit.ts';
import { groupSamples } from './group-samples.ts';

async function world() {
  const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
  await kit.run(10);
  return { kit, sample: () => groupSamples(kit.coordinator, kit.world.clock) };
}

describe('groups in a sample of a node', () => {
  it('are told when something happened to them, and cost nothing until then', async () => {
    const { kit, sample } = await world();
    expect(sample()).toEqual({ groups: [], groupsGone: [] });
    kit.member({ group: 'g', name: 'a', heartbeatMs: 3000 }).start();
    await kit.run(500);
    expect(sample().groups.map(({ id, state }) => `${id} ${state}`)).toEqual(['g Stable']);
    expect(sample().groups).toEqual([]);
    await kit.run(3000);
    expect(sample().groups.map(({ id }) => id)).toEqual(['g']);
  });

  it('have their deadlines on the wall clock', async () => {
    const { kit, sample } = await world();
    kit.member({ group: 'g', name: 'a', sessionTimeoutMs: 10_000 }).start();
    await kit.run(500);
    const { sessionDeadlineMs } = sample().groups[0]!.members[0]!;
    const leftMs = sessionDeadlineMs! - kit.world.clock.now();
    expect(leftMs).toBeGreaterThan(9000);
    expect(leftMs).toBeLessThanOrEqual(10_000);
  });

  it('have no assignment where its bytes cannot be read', async () => {
    const { kit, sample } = await world();
    kit.member({ group: 'g', name: 'a' }).start();
    await kit.run(500);
    // The test's members assign "part 1 of 1".
    expect(sample().groups[0]!.members[0]!.assignment).toEqual([]);
  });

  it('are gone when they were deleted', async () => {
    const { kit, sample } = await world();
    await kit.complete(kit.commit('g', { 'orders-0': 5 }));
    expect(sample().groups[0]?.offsets).toMatchObject([{ topic: 'orders', partition: 0, offset: 5 }]);
    await kit.complete(kit.coordinator.deleteGroups(['g']));
    expect(sample()).toEqual({ groups: [], groupsGone: ['g'] });
  });
});
