/** Snapshots in a quorum: made, served, loaded, and the log cleaned behind them. */
import { describe, expect, it } from 'vitest';
import { SimQuorum, TextListener } from './quorum.testkit.ts';
import type { Member } from './quorum.testkit.ts';

/** A snapshot of what the member's listener has, up to where it is. */
function takeSnapshot(member: Member): number {
  const { listener, raft } = member;
  const writer = raft.createSnapshot(listener.nextOffset, listener.lastEpoch, 1_750_000_000_000);
  writer?.append(listener.snapshot());
  writer?.freeze();
  return listener.nextOffset;
}

async function leaderWith(quorum: SimQuorum, records: number): Promise<Member> {
  await quorum.start();
  const leader = await quorum.untilLeader();
  for (let i = 0; i < records; i++) {
    quorum.append(leader, `value ${i}`);
    if (i % 10 === 9) await quorum.world.run(30);
  }
  await quorum.world.until(() => leader.listener.texts.size === records, 5000, 'commit on the leader');
  return leader;
}

describe('snapshots', () => {
  it('bring up a replica that starts from nothing, in parts of the fetch size, and the log continues behind them', async () => {
    const quorum = new SimQuorum({ seed: 1, voters: 3, config: { fetchMaxBytes: 500, electionTimeoutMs: 100 } });
    const leader = await leaderWith(quorum, 100);
    await quorum.untilCommitted(leader.listener.nextOffset - 1);
    const end = takeSnapshot(leader);
    const offset = quorum.append(leader, 'behind the snapshot');
    const observer = quorum.startMember(4);
    await quorum.untilCommitted(offset);
    expect(observer.listener.loadedSnapshots).toEqual([end]);
    expect([...observer.listener.texts]).toEqual([...leader.listener.texts]);
    expect(observer.raft.sample()).toMatchObject({ logStartOffset: end, latestSnapshot: { offset: end, epoch: 1 } });
  });

  it('bring up a voter that was away while the log was cut', async () => {
    const quorum = new SimQuorum({
      seed: 2,
      voters: 3,
      config: { retentionMaxBytes: 1000, cleaningIntervalMs: 1000, electionTimeoutMs: 100 },
    });
    const leader = await leaderWith(quorum, 50);
    await quorum.untilCommitted(leader.listener.nextOffset - 1);
    const away = quorum.alive.find((member) => member !== leader)!;
    const hadBefore = away.listener.nextOffset;
    quorum.crash(away.id);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 20; i++) quorum.append(leader, `round ${round} value ${i}`);
      await quorum.world.run(100);
      takeSnapshot(leader);
    }
    await quorum.world.run(2000);
    expect(leader.raft.sample().logStartOffset).toBeGreaterThan(hadBefore);
    quorum.restart(away.id);
    const back = quorum.member(away.id);
    await quorum.untilCommitted(leader.listener.nextOffset - 1);
    expect(back.listener.loadedSnapshots).toEqual([leader.raft.latestSnapshotId()!.offset]);
    expect([...back.listener.texts]).toEqual([...leader.listener.texts]);
    quorum.checkLogsAgree();
  });

  it('are loaded on a restart, before the records behind them', async () => {
    const quorum = new SimQuorum({ seed: 3, voters: 1 });
    const leader = await leaderWith(quorum, 10);
    const end = takeSnapshot(leader);
    const last = quorum.append(leader, 'later');
    await quorum.untilCommitted(last);
    quorum.crash(1);
    quorum.restart(1);
    await quorum.untilCommitted(last);
    const { listener } = quorum.member(1);
    expect(listener.loadedSnapshots).toEqual([end]);
    expect([...listener.texts.values()].slice(-2)).toEqual(['value 9', 'later']);
  });

  it('are fetched anew when the leader dies half way', async () => {
    const quorum = new SimQuorum({ seed: 4, voters: 3, config: { fetchMaxBytes: 64, electionTimeoutMs: 100 } });
    const leader = await leaderWith(quorum, 100);
    await quorum.untilCommitted(leader.listener.nextOffset - 1);
    for (const member of quorum.alive) takeSnapshot(member);
    const observer = quorum.startMember(4);
    await quorum.world.run(15);
    expect(observer.raft.logEndOffset).toBe(0);
    quorum.crash(leader.id);
    await quorum.world.until(() => observer.listener.texts.size === 100, 30_000, 'the observer to catch up');
    expect(observer.listener.loadedSnapshots).toHaveLength(1);
  });

  it('are not made twice for the same offset, and not beyond the high watermark', async () => {
    const quorum = new SimQuorum({ seed: 5, voters: 1 });
    const leader = await leaderWith(quorum, 3);
    const end = takeSnapshot(leader);
    expect(leader.raft.createSnapshot(end, 1, 0)).toBeNull();
    expect(leader.raft.createSnapshot(end - 1, 1, 0)).toBeNull();
    expect(() => leader.raft.createSnapshot(end + 1, 1, 0)).toThrow('beyond the high watermark');
  });

  it('serve a listener that comes when the log no longer begins at 0', async () => {
    const quorum = new SimQuorum({ seed: 6, voters: 1, config: { retentionMaxBytes: 0, cleaningIntervalMs: 100 } });
    const leader = await leaderWith(quorum, 5);
    takeSnapshot(leader);
    quorum.append(leader, 'x');
    await quorum.world.run(200);
    const end = takeSnapshot(leader);
    await quorum.world.run(200);
    expect(leader.raft.sample().logStartOffset).toBe(end);
    const late = new TextListener();
    leader.raft.register(late);
    await quorum.world.run(1);
    expect([...late.texts.values()]).toEqual(['value 0', 'value 1', 'value 2', 'value 3', 'value 4', 'x']);
  });
});
