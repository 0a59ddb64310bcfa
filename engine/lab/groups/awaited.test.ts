/** Who is awaited by which timer, with a coordinator in the simulated world. */
import { describe, expect, it } from 'vitest';
import { CoordinatorWorld, type TestMember } from '../../coordinator/coordinator.testkit.ts';
import { consumerView } from '../../contract/snapshot.testkit.ts';
import { groupSamples } from '../../node/group-samples.ts';
import { LabGroups } from './lab-groups.ts';
import { sampleOf } from './tape.testkit.ts';

class Told {
  readonly kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 3000 });
  readonly groups = new LabGroups();
  #events = 0;

  member(name: string): TestMember {
    return this.kit.member({ group: 'g', name, sessionTimeoutMs: 30_000, rebalanceTimeoutMs: 60_000 });
  }
  async run(ms: number): Promise<void> {
    await this.kit.run(ms);
    const events = this.kit.tracer.events;
    const nowMs = this.kit.world.clock.now();
    for (const { event } of events.slice(this.#events)) this.groups.applyEvent(1, nowMs, event);
    this.#events = events.length;
    this.groups.applySample(sampleOf(1, nowMs, groupSamples(this.kit.coordinator, this.kit.world.clock)));
  }
  get awaited(): readonly string[] {
    const nowMs = this.kit.world.clock.now();
    return (this.groups.groups[0]?.rebalance?.members ?? []).map(({ label, state, timer, deadlineMs }) =>
      [label, state, timer, deadlineMs === null ? '' : `${Math.round((deadlineMs - nowMs) / 1000)} s`].join(' ').trim(),
    );
  }
}

describe('members of a rebalance', () => {
  it('wait together for more of them while the group is new', async () => {
    const told = new Told();
    await told.run(10);
    told.member('m1').start();
    await told.run(1000);
    expect(told.awaited).toEqual(['c1 joined group.initial.rebalance.delay.ms 2 s']);
  });

  it('are awaited until their rebalance timeout, or until their session ends where they have fallen silent', async () => {
    const told = new Told();
    await told.run(10);
    const [first, second] = ['m1', 'm2'].map((name) => told.member(name));
    first!.start();
    second!.start();
    await told.run(8000);
    expect(told.groups.groups[0]).toMatchObject({ state: 'Stable', generation: 1 });
    second!.vanish();
    await told.run(15_000);
    told.member('m3').start();
    await told.run(4000);
    expect(told.awaited).toEqual([
      'c1 rejoined',
      expect.stringMatching(/^c2 awaited session\.timeout\.ms \d+ s$/),
      'c3 joined',
    ]);
    await told.run(20_000);
    expect(told.groups.groups[0]).toMatchObject({ state: 'Stable', generation: 2 });
    expect(told.groups.groups[0]?.rebalance?.members.map(({ label, state }) => `${label} ${state}`)).toEqual([
      'c1 rejoined',
      'c2 expired',
      'c3 joined',
    ]);
  });

  it('that are a lab client’s former self are awaited by their session beside the one that took the place', async () => {
    const told = new Told();
    await told.run(10);
    told.groups.applyConsumers([
      consumerView('m1', { settings: settingsOf('g') }),
      consumerView('m2', { settings: settingsOf('g') }),
    ]);
    const [first, second] = ['m1', 'm2'].map((name) => told.member(name));
    first!.start();
    second!.start();
    await told.run(8000);
    second!.vanish();
    await told.run(100);
    told.member('m2').start();
    await told.run(4000);
    expect(told.awaited).toEqual([
      'c1 rejoined',
      'c2 joined',
      expect.stringMatching(/^c2′ awaited session\.timeout\.ms \d+ s$/),
    ]);
  });
});

function settingsOf(group: string) {
  return { ...consumerView('any').settings, group };
}
