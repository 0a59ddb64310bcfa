/** A quorum as a whole: election, replication, change of leader, snapshots, over the simulated network. */
import { describe, expect, it } from 'vitest';
import { SimQuorum } from './quorum.testkit.ts';

describe('a quorum of three', () => {
  it('elects one leader from empty directories, and all know it', async () => {
    const quorum = new SimQuorum({ seed: 1, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    await quorum.world.run(100);
    expect(quorum.alive.map((member) => member.raft.leaderAndEpoch())).toEqual(
      Array.from({ length: 3 }, () => ({ leaderId: leader.id, epoch: 1 })),
    );
    expect(quorum.alive.map((member) => member.listener.leaders.at(-1))).toEqual(
      Array.from({ length: 3 }, () => ({ leaderId: leader.id, epoch: 1 })),
    );
  });

  it('commits what its leader appends, in order, on every member', async () => {
    const quorum = new SimQuorum({ seed: 2, voters: 3, observers: 1 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    expect(quorum.append(leader, 'a', 'b')).toBe(2);
    expect(quorum.append(leader, 'c')).toBe(3);
    await quorum.untilCommitted(3);
    for (const member of quorum.alive) {
      expect([...member.listener.texts]).toEqual([
        [1, 'a'],
        [2, 'b'],
        [3, 'c'],
      ]);
    }
  });
});
