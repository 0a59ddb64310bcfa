/** A quorum as a whole: election, replication, change of leader, observers, over the simulated network. */
import { describe, expect, it } from 'vitest';
import { NotLeaderError } from './index.ts';
import { SimQuorum } from './quorum.testkit.ts';

const lab = { electionTimeoutMs: 100, firstElectionTimeoutMs: 20, electionBackoffMaxMs: 100 };

describe('a quorum of three', () => {
  it('elects one leader from empty directories, and all know it', async () => {
    const quorum = new SimQuorum({ seed: 1, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    await quorum.world.run(100);
    const expected = Array.from({ length: 3 }, () => ({ leaderId: leader.id, epoch: 1 }));
    expect(quorum.alive.map((member) => member.raft.leaderAndEpoch())).toEqual(expected);
    expect(quorum.alive.map((member) => member.listener.leaders.at(-1))).toEqual(expected);
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

  it('tells the leader of its leadership only after the commits of earlier epochs', async () => {
    const quorum = new SimQuorum({ seed: 3, voters: 3 });
    await quorum.start();
    const first = await quorum.untilLeader();
    const last = quorum.append(first, 'before');
    await quorum.untilCommitted(last);
    quorum.crash(first.id);
    await quorum.world.until(() => quorum.leader() !== null, 20_000, 'a second leader');
    const second = quorum.leader()!;
    await quorum.world.until(
      () => second.listener.leaders.some(({ leaderId }) => leaderId === second.id),
      5000,
      'the leader to be told',
    );
    expect(second.listener.texts.get(last)).toBe('before');
    expect(second.listener.nextOffset).toBeGreaterThan(last + 1);
  });

  it('has a leader within 60 ms with the settings of the lab, for 50 seeds', async () => {
    for (let seed = 0; seed < 50; seed++) {
      const quorum = new SimQuorum({ seed, voters: 3, config: lab });
      await quorum.start();
      await quorum.world.until(
        () => quorum.alive.every((m) => m.listener.nextOffset > 0),
        1000,
        `a leader (seed ${seed})`,
      );
      if (quorum.leader()!.raft.leaderAndEpoch().epoch === 1) expect(quorum.world.nowMs).toBeLessThan(60);
      expect(quorum.world.nowMs).toBeLessThan(400);
    }
  });

  it('brings back a crashed leader as a follower and cuts off what only it had', async () => {
    const quorum = new SimQuorum({ seed: 4, voters: 3 });
    await quorum.start();
    const old = await quorum.untilLeader();
    await quorum.untilCommitted(quorum.append(old, 'kept'));
    const others = quorum.alive.filter((member) => member !== old).map((member) => member.name);
    const heal = quorum.world.network.partition([old.name], others);
    const lost = quorum.append(old, 'lost');
    await quorum.world.run(100);
    expect(old.raft.logEndOffset).toBe(lost + 1);
    await quorum.world.until(() => quorum.leader() !== old, 20_000, 'another leader');
    const next = quorum.leader()!;
    const won = quorum.append(next, 'won');
    await quorum.world.run(200);
    heal();
    await quorum.untilCommitted(won);
    expect([...old.listener.texts.values()]).toEqual(['kept', 'won']);
    quorum.checkLogsAgree();
  });

  it('makes a leader that no majority fetches from resign, and its listener hear of it', async () => {
    const quorum = new SimQuorum({ seed: 5, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    const { epoch } = leader.raft.leaderAndEpoch();
    const others = quorum.alive.filter((member) => member !== leader).map((member) => member.name);
    quorum.world.network.partition([leader.name], others);
    await quorum.world.run(2500);
    expect(leader.raft.sample().role).toBe('leader');
    await quorum.world.run(1100);
    expect(leader.raft.sample().role).not.toBe('leader');
    expect(leader.listener.leaders.at(-1)).toMatchObject({ leaderId: null });
    expect(() => leader.raft.prepareAppend(epoch, [new Uint8Array(1)])).toThrow(NotLeaderError);
  });

  it('does not let a cut off follower raise the epoch, and takes it back without an election', async () => {
    const quorum = new SimQuorum({ seed: 6, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    const { epoch } = leader.raft.leaderAndEpoch();
    const lonely = quorum.alive.find((member) => member !== leader)!;
    const others = quorum.alive.filter((member) => member !== lonely).map((member) => member.name);
    const heal = quorum.world.network.partition([lonely.name], others);
    await quorum.world.run(20_000);
    expect(['prospective', 'follower']).toContain(lonely.raft.sample().role);
    const offset = quorum.append(leader, 'meanwhile');
    await quorum.world.run(100);
    heal();
    await quorum.untilCommitted(offset);
    expect(quorum.alive.map((member) => member.raft.leaderAndEpoch())).toEqual(
      Array.from({ length: 3 }, () => ({ leaderId: leader.id, epoch })),
    );
  });

  it('hands over within a few round trips when its leader stops', async () => {
    const quorum = new SimQuorum({ seed: 7, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    await quorum.world.run(1000);
    const before = quorum.world.nowMs;
    await quorum.world.complete(leader.raft.stop());
    expect(leader.listener.isShutDown).toBe(true);
    leader.alive = false;
    await quorum.world.until(() => quorum.leader() !== null, 5000, 'a successor');
    expect(quorum.world.nowMs - before).toBeLessThan(50);
  });

  it('stops all members fast although nobody is left to hand over to', async () => {
    const quorum = new SimQuorum({ seed: 8, voters: 3 });
    await quorum.start();
    await quorum.untilLeader();
    await quorum.untilCommitted(0);
    const before = quorum.world.nowMs;
    await quorum.world.complete(Promise.all(quorum.alive.map((member) => member.raft.stop())));
    expect(quorum.world.nowMs - before).toBeLessThan(300);
  });

  it('elects another when its leader is asked to resign', async () => {
    const quorum = new SimQuorum({ seed: 9, voters: 3 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    leader.raft.resign(leader.raft.leaderAndEpoch().epoch);
    await quorum.world.until(() => (quorum.leader() ?? leader) !== leader, 5000, 'another leader');
    expect(quorum.leader()!.raft.leaderAndEpoch().epoch).toBe(2);
  });

  it('has a leader again soon after all were killed and started with the settings of the lab', async () => {
    const quorum = new SimQuorum({ seed: 10, voters: 3, config: lab });
    await quorum.start();
    const leader = await quorum.untilLeader();
    const offset = quorum.append(leader, 'durable');
    await quorum.untilCommitted(offset);
    for (const { id } of quorum.alive) quorum.crash(id);
    await quorum.world.run(1000);
    for (const id of [1, 2, 3]) quorum.restart(id);
    const before = quorum.world.nowMs;
    await quorum.untilCommitted(offset + 1);
    expect(quorum.world.nowMs - before).toBeLessThan(300);
    expect([...quorum.member(1).listener.texts.values()]).toEqual(['durable']);
  });

  it('needs few messages when nothing happens', async () => {
    const quorum = new SimQuorum({ seed: 11, voters: 3, observers: 1 });
    await quorum.start();
    await quorum.untilLeader();
    await quorum.world.run(5000);
    const before = quorum.world.queue.executed;
    await quorum.world.run(10_000);
    // Three replicas fetch twice a second; each fetch is a handful of events.
    expect(quorum.world.queue.executed - before).toBeLessThan(10 * 3 * 2 * 20);
  });
});

describe('an observer', () => {
  it('finds the leader by asking any voter, and the next one when that is gone', async () => {
    const quorum = new SimQuorum({ seed: 12, voters: 3, observers: 1 });
    await quorum.start();
    const first = await quorum.untilLeader();
    await quorum.untilCommitted(quorum.append(first, 'a'));
    const observer = quorum.member(4);
    expect(observer.raft.sample()).toMatchObject({ voter: false, role: 'follower', leaderId: first.id });
    quorum.crash(first.id);
    await quorum.world.until(() => quorum.leader() !== null, 20_000, 'a second leader');
    const second = quorum.leader()!;
    await quorum.untilCommitted(quorum.append(second, 'b'));
    expect([...observer.listener.texts.values()]).toEqual(['a', 'b']);
  });

  it('does not count for the high watermark', async () => {
    const quorum = new SimQuorum({ seed: 13, voters: 3, observers: 1 });
    await quorum.start();
    const leader = await quorum.untilLeader();
    await quorum.untilCommitted(0);
    for (const id of quorum.voters.ids) if (id !== leader.id) quorum.crash(id);
    const offset = quorum.append(leader, 'a');
    await quorum.world.run(1000);
    expect(quorum.member(4).raft.logEndOffset).toBe(offset + 1);
    expect(leader.raft.highWatermark).toBe(offset);
  });
});

describe('a sole voter', () => {
  it('leads at once and commits alone', async () => {
    const quorum = new SimQuorum({ seed: 14, voters: 1 });
    await quorum.start();
    await quorum.world.run(1);
    const leader = quorum.leader()!;
    const offset = quorum.append(leader, 'a');
    await quorum.untilCommitted(offset, 100);
    quorum.crash(1);
    quorum.restart(1);
    await quorum.world.until(() => quorum.leader() !== null, 100, 'its return');
    expect(quorum.leader()!.raft.leaderAndEpoch()).toEqual({ leaderId: 1, epoch: 2 });
    await quorum.untilCommitted(offset + 1, 100);
    expect([...quorum.member(1).listener.texts.values()]).toEqual(['a']);
  });
});

describe('a late listener', () => {
  it('gets all that is committed, then the leader', async () => {
    const quorum = new SimQuorum({ seed: 15, voters: 1 });
    await quorum.start();
    await quorum.world.run(1);
    const leader = quorum.leader()!;
    await quorum.untilCommitted(quorum.append(leader, 'a'));
    const { TextListener } = await import('./quorum.testkit.ts');
    const late = new TextListener();
    const dispose = leader.raft.register(late);
    await quorum.world.run(1);
    expect([...late.texts.values()]).toEqual(['a']);
    expect(late.leaders).toEqual([{ leaderId: 1, epoch: 1 }]);
    dispose();
    await quorum.untilCommitted(quorum.append(leader, 'b'));
    expect([...late.texts.values()]).toEqual(['a']);
  });
});
