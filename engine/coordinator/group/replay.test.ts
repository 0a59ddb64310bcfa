/**
 * What a coordinator remembers is what the log says: after any sequence of requests another one that loads the same log
 * knows the same groups and offsets.
 */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/index.ts';
import { CoordinatorWorld, MemoryLog, type TestMember } from '../coordinator.testkit.ts';

const groups = ['red', 'green', 'blue'];

/** Joins, leaves, deaths, commits, deletions and time, as the seed will have it. */
async function randomHistory(seed: number): Promise<CoordinatorWorld> {
  const kit = new CoordinatorWorld(
    { groupInitialRebalanceDelayMs: 500, offsetsRetentionMs: 60_000, offsetsRetentionCheckIntervalMs: 20_000 },
    new MemoryLog(),
    seed,
  );
  await kit.run(10);
  const random = new SeededRandom(seed);
  const members: TestMember[] = [];
  for (let step = 0; step < 150; step++) {
    const group = groups[random.integer(groups.length)]!;
    const member = members[random.integer(members.length + 1)];
    const memberId = member?.memberId ?? '';
    switch (random.integer(8)) {
      case 0:
      case 1: {
        const name = `m${members.length}`;
        const instanceId = random.integer(3) === 0 ? { instanceId: `static-${random.integer(3)}` } : {};
        const fresh = kit.member({ group, name, sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 6000, ...instanceId });
        fresh.start();
        members.push(fresh);
        break;
      }
      case 2:
        if (member !== undefined) void member.leave();
        break;
      case 3:
        member?.vanish();
        break;
      case 4:
      case 5:
        void kit.commit(
          member?.options.group ?? group,
          { [`t-${random.integer(4)}`]: step },
          {
            memberId,
            generationIdOrMemberEpoch: member?.generation ?? -1,
            groupInstanceId: member?.options.instanceId ?? null,
          },
        );
        break;
      case 6:
        void kit.coordinator.deleteGroups([group]);
        break;
      case 7:
        kit.log.autoCommit = random.integer(3) > 0;
        kit.log.commit();
        break;
    }
    await kit.run(random.integer(4000));
  }
  kit.log.autoCommit = true;
  kit.log.commit();
  // Every rebalance comes to its end.
  for (const member of members) member.vanish();
  await kit.run(15_000);
  return kit;
}

function known({ coordinator }: CoordinatorWorld) {
  return coordinator
    .sample()
    .partitions.flatMap((partition) => partition.groups)
    .map(({ id, state, generation, protocol, leader, members, offsets }) => ({
      id,
      state,
      generation,
      protocol,
      leader,
      members: members.map(({ memberId, instanceId, assignment }) => ({
        memberId,
        instanceId,
        assignment: [...assignment],
      })),
      offsets: offsets.map(({ topic, partition, offset }) => `${topic}-${partition}: ${offset}`).sort(),
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

describe('a coordinator that loads the log of another', () => {
  it.each(Array.from({ length: 20 }, (_, i) => i + 1))('knows the same (seed %i)', async (seed) => {
    const kit = await randomHistory(seed);
    const copy = new MemoryLog();
    copy.load(new Uint8Array(Buffer.concat(kit.log.batches)));
    const next = new CoordinatorWorld({}, copy);
    await next.run(10);
    expect(known(next)).toEqual(known(kit));
  });
});
