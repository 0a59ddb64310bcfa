/**
 * Quorums of three and five through crashes with loss of what was not flushed, partitions, frozen members and
 * resignations. After every event the checker of the testkit looks at Raft's promises; what was reported as committed
 * must be there in the end, and once all is healed the quorum must work again. A failing seed is in the test's name.
 */
import { describe, expect, it } from 'vitest';
import type { Dispose } from '../base/disposer.ts';
import { SimQuorum } from './quorum.testkit.ts';

const config = { electionTimeoutMs: 300, fetchTimeoutMs: 600, electionBackoffMaxMs: 300, appendLingerMs: 5 };
const rounds = 60;

async function runChaos(seed: number, voters: number, files: boolean): Promise<SimQuorum> {
  const quorum = new SimQuorum({
    seed,
    voters,
    observers: 1,
    files,
    config: { ...config, cleaningIntervalMs: 500, retentionMaxBytes: 2000 },
  });
  const { world } = quorum;
  const heals: Dispose[] = [];
  let sent = 0;
  await quorum.start();
  for (let round = 0; round < rounds; round++) {
    // Mostly short, so that faults fall into elections; sometimes long enough for one to end.
    await world.run(world.random.integer(world.random.integer(3) === 0 ? 600 : 20));
    for (const { raft } of quorum.alive) {
      const { leaderId, epoch } = raft.leaderAndEpoch();
      if (leaderId !== raft.nodeId) continue;
      for (let i = world.random.integer(4); i > 0; i--)
        raft.prepareAppend(epoch, [new TextEncoder().encode(`record ${sent++}`)]);
    }
    disturb(quorum, heals);
  }
  for (const heal of heals) heal();
  for (const { id, alive, name } of quorum.members.values()) {
    world.node(name).resume();
    if (!alive) quorum.restart(id);
  }
  return quorum;
}

function disturb(quorum: SimQuorum, heals: Dispose[]): void {
  const { random, network } = quorum.world;
  const members = [...quorum.members.values()];
  const some = members[random.integer(members.length)]!;
  switch (random.integer(11)) {
    case 0:
      quorum.crash(some.id);
      break;
    case 8:
      // Back at once: it must still know for whom it voted.
      quorum.crash(some.id);
      quorum.restart(some.id);
      break;
    case 9:
      // The plug of the whole room.
      for (const { id } of members) quorum.crash(id);
      for (const { id } of members) quorum.restart(id);
      break;
    case 1:
    case 2:
      quorum.restart(some.id);
      break;
    case 3: {
      const left = members.filter(() => random.integer(2) === 0).map(({ name }) => name);
      heals.push(
        network.partition(
          left,
          members.map(({ name }) => name).filter((name) => !left.includes(name)),
        ),
      );
      break;
    }
    case 4:
      for (const heal of heals.splice(0)) heal();
      break;
    case 5:
      if (some.alive) {
        quorum.world.node(some.name).pause();
        heals.push(() => quorum.world.node(some.name).resume());
      }
      break;
    case 6:
      if (some.alive) some.raft.resign(some.raft.leaderAndEpoch().epoch);
      break;
    default:
      if (some.alive && some.listener.nextOffset > 0) {
        const { listener, raft } = some;
        const writer = raft.createSnapshot(listener.nextOffset, listener.lastEpoch, 0);
        writer?.append(listener.snapshot());
        writer?.freeze();
      }
  }
}

/** A leader may find that it is none only after it has taken a record: then the next one is asked. */
async function commitOne(quorum: SimQuorum, text: string): Promise<void> {
  const everywhere = (): boolean => quorum.alive.every(({ listener }) => [...listener.texts.values()].includes(text));
  let askedEpoch = -1;
  await quorum.world.until(
    () => {
      const leader = quorum.leader();
      const epoch = leader?.raft.leaderAndEpoch().epoch ?? -1;
      if (leader !== null && epoch > askedEpoch) {
        quorum.append(leader, text);
        askedEpoch = epoch;
      }
      return everywhere();
    },
    10_000,
    'a commit after healing',
  );
}

async function expectHealthy(quorum: SimQuorum): Promise<void> {
  const committed = new Map(quorum.committed);
  await commitOne(quorum, 'the last word');
  quorum.checkLogsAgree();
  for (const { listener } of quorum.alive) {
    for (const [offset, text] of committed) expect(listener.texts.get(offset)).toBe(text);
  }
}

describe.each([
  { voters: 3, files: true, seeds: 25 },
  { voters: 3, files: false, seeds: 15 },
  { voters: 5, files: false, seeds: 15 },
])('a quorum of $voters (files: $files)', ({ voters, files, seeds }) => {
  it.each(Array.from({ length: seeds }, (_, seed) => seed))(
    'keeps its promises and recovers, seed %i',
    async (seed) => {
      const quorum = await runChaos(seed, voters, files);
      await expectHealthy(quorum);
      expect(quorum.committed.size).toBeGreaterThan(0);
    },
  );
});
