import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../protocol/index.ts';
import { CoordinatorWorld, type MemberOptions } from '../../coordinator.testkit.ts';

/** A stable group of members by these names, made without a delay. */
async function stableGroup(names: readonly string[], options: Partial<MemberOptions> = {}, config = {}) {
  const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100, ...config });
  await kit.run(10);
  const members = names.map((name) => kit.member({ group: 'g', name, ...options }));
  for (const member of members) member.start();
  await kit.run(500);
  expect(members.map(({ state }) => state)).toEqual(names.map(() => 'stable'));
  return { kit, members };
}

describe('a rebalance', () => {
  it('is delayed while members come to an empty group, up to the rebalance timeout', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 3000 });
    await kit.run(10);
    const members = Array.from({ length: 5 }, (_, i) =>
      kit.member({ group: 'g', name: `m${i}`, rebalanceTimeoutMs: 8000 }),
    );
    for (const member of members) {
      member.start();
      await kit.run(2000);
    }
    // 3 s, 3 s more for those who came, then what is left of the 8 s.
    expect(members.map(({ generation }) => generation)).toEqual([1, 1, 1, 1, -1]);
    expect(kit.lines().find((line) => line.startsWith('Stabilized'))).toBe(
      'Stabilized group g generation 1 with 4 members.',
    );
  });

  it('grows a group from one to three members and shrinks it by close and by silence', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const [a, b, c] = ['a', 'b', 'c'].map((name) => kit.member({ group: 'g', name, sessionTimeoutMs: 10_000 }));
    a!.start();
    await kit.run(10_000);
    expect(a!.assignment).toBe('part 1 of 1');
    b!.start();
    await kit.run(10_000);
    c!.start();
    await kit.run(10_000);
    expect([a, b, c].map((member) => member!.assignment)).toEqual(['part 1 of 3', 'part 2 of 3', 'part 3 of 3']);
    await b!.leave();
    await kit.run(5000);
    expect([a, c].map((member) => member!.assignment)).toEqual(['part 1 of 2', 'part 2 of 2']);
    c!.vanish();
    await kit.run(9000);
    expect(a!.assignment).toBe('part 1 of 2');
    await kit.run(6000);
    expect([a!.assignment, kit.sampleOf('g')?.members.length]).toEqual(['part 1 of 1', 1]);
    await a!.leave();
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Empty', protocol: null, leader: null });
  });

  it('drops dynamic members that do not rejoin within the rebalance timeout', async () => {
    const { kit, members } = await stableGroup(['a', 'b'], { rebalanceTimeoutMs: 10_000 });
    const [a, b] = members;
    // Alive, but it does not rejoin.
    b!.state = 'syncing';
    const alive = setHeartbeats(kit, b!);
    kit.member({ group: 'g', name: 'c', rebalanceTimeoutMs: 10_000 }).start();
    await kit.run(9000);
    expect(a!.generation).toBe(1);
    await kit.run(3000);
    alive.cancel();
    expect([a!.generation, kit.sampleOf('g')?.members.map(({ clientId }) => clientId)]).toEqual([2, ['a', 'c']]);
    expect(kit.lines()).toContain(`Group g removed dynamic members who haven't joined: [${b!.memberId}]`);
    expect(await kit.complete(b!.heartbeat())).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID });
  });

  it('passes the lead on when the leader is dropped', async () => {
    const { kit, members } = await stableGroup(['a', 'b'], { rebalanceTimeoutMs: 10_000 });
    const [a, b] = members;
    a!.vanish();
    kit.member({ group: 'g', name: 'c', rebalanceTimeoutMs: 10_000 }).start();
    await kit.run(15_000);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Stable', generation: 2, leader: b!.memberId });
  });

  it('removes members that do not sync within the rebalance timeout', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
    await kit.run(10);
    const a = kit.member({ group: 'g', name: 'a', rebalanceTimeoutMs: 8000, apiVersion: 3 });
    const b = kit.member({ group: 'g', name: 'b', rebalanceTimeoutMs: 8000, apiVersion: 3 });
    a.start();
    const joined = kit.coordinator.joinGroup(b.joinRequest(), b.caller);
    const { memberId } = await kit.complete(joined);
    await kit.run(7900);
    expect(kit.sampleOf('g')?.members.length).toBe(2);
    await kit.run(3200);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Stable', generation: 2, members: [{ memberId: a.memberId }] });
    expect(
      kit.lines().some((line) => line.includes(`(reason: Removing [${memberId}] on pending sync request expiration).`)),
    ).toBe(true);
  });

  it('forgets a member id that nobody comes back with', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
    await kit.run(10);
    const lost = kit.member({ group: 'g', name: 'lost', sessionTimeoutMs: 6000 });
    await kit.complete(kit.coordinator.joinGroup(lost.joinRequest(), lost.caller));
    const a = kit.member({ group: 'g', name: 'a' });
    a.start();
    await kit.run(1000);
    expect(a.generation).toBe(1);
    // A pending member holds back every later rebalance until its session is over.
    a.rejoin('again');
    await kit.run(4000);
    expect([a.state, kit.sampleOf('g')?.pendingMembers.length]).toEqual(['joining', 1]);
    await kit.run(2000);
    expect([a.state, a.generation, kit.sampleOf('g')?.pendingMembers]).toEqual(['stable', 2, []]);
  });

  it('answers those who wait to sync when the next rebalance begins', async () => {
    const { kit, members } = await stableGroup(['a', 'b']);
    const [a, b] = members;
    // The leader stays away, so that b waits in CompletingRebalance.
    a!.rejoin('');
    await kit.run(0);
    a!.vanish();
    await kit.run(4000);
    expect([b!.state, kit.sampleOf('g')?.state]).toEqual(['syncing', 'CompletingRebalance']);
    kit.member({ group: 'g', name: 'c' }).start();
    await kit.run(100);
    expect(b!.errors.at(-1)).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    expect(b!.state).toBe('joining');
  });

  it('ends a session that is not heard of, and keeps one that commits offsets', async () => {
    const { kit, members } = await stableGroup(['a'], { sessionTimeoutMs: 10_000, heartbeatMs: 1_000_000 });
    const [a] = members;
    const commit = () =>
      kit.complete(kit.commit('g', { 't-0': 1 }, { memberId: a!.memberId, generationIdOrMemberEpoch: a!.generation }));
    await kit.run(9000);
    expect((await commit()).topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NONE);
    await kit.run(9000);
    expect((await commit()).topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.NONE);
    await kit.run(11_000);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Empty', generation: 2 });
    expect((await commit()).topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it('checks member, generation and protocol of heartbeats and syncs', async () => {
    const { kit, members } = await stableGroup(['a']);
    const [a] = members;
    const beat = { groupId: 'g', generationId: 1, memberId: a!.memberId, groupInstanceId: null };
    const heartbeats = [
      [beat, ErrorCode.NONE],
      [{ ...beat, generationId: 2 }, ErrorCode.ILLEGAL_GENERATION],
      [{ ...beat, memberId: 'b' }, ErrorCode.UNKNOWN_MEMBER_ID],
      [{ ...beat, groupId: 'other' }, ErrorCode.UNKNOWN_MEMBER_ID],
      [{ ...beat, groupId: '' }, ErrorCode.INVALID_GROUP_ID],
      [{ ...beat, groupInstanceId: 'nobody' }, ErrorCode.UNKNOWN_MEMBER_ID],
    ] as const;
    for (const [request, errorCode] of heartbeats) {
      expect(await kit.complete(kit.coordinator.heartbeat(request))).toEqual({ errorCode });
    }
    const sync = { ...beat, protocolType: 'consumer', protocolName: 'range', assignments: [] };
    const syncs = [
      [sync, ErrorCode.NONE],
      [{ ...sync, generationId: 0 }, ErrorCode.ILLEGAL_GENERATION],
      [{ ...sync, protocolName: 'sticky' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
      [{ ...sync, protocolType: 'connect' }, ErrorCode.INCONSISTENT_GROUP_PROTOCOL],
      [{ ...sync, memberId: 'b' }, ErrorCode.UNKNOWN_MEMBER_ID],
      [{ ...sync, groupId: 'other' }, ErrorCode.UNKNOWN_MEMBER_ID],
    ] as const;
    for (const [request, errorCode] of syncs) {
      expect((await kit.complete(kit.coordinator.syncGroup(request))).errorCode).toBe(errorCode);
    }
  });

  it('gives an empty assignment to members that the leader forgot', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 0 });
    await kit.run(10);
    const a = kit.member({ group: 'g', name: 'a', apiVersion: 3 });
    const joined = await kit.complete(kit.coordinator.joinGroup(a.joinRequest(), a.caller));
    const synced = await kit.complete(
      kit.coordinator.syncGroup({
        groupId: 'g',
        generationId: 1,
        memberId: joined.memberId,
        groupInstanceId: null,
        protocolType: null,
        protocolName: null,
        assignments: [],
      }),
    );
    expect([synced.errorCode, synced.assignment.length]).toEqual([ErrorCode.NONE, 0]);
    expect(kit.lines().some((line) => line.startsWith('Setting empty assignments for members'))).toBe(true);
  });

  it('lets members leave, pending and unknown ones included', async () => {
    const { kit, members } = await stableGroup(['a', 'b']);
    const pending = kit.member({ group: 'g', name: 'c' });
    const { memberId } = await kit.complete(kit.coordinator.joinGroup(pending.joinRequest(), pending.caller));
    const leaving = [members[1]!.memberId, memberId, 'nobody'];
    const left = await kit.complete(
      kit.coordinator.leaveGroup({
        groupId: 'g',
        members: leaving.map((id) => ({ memberId: id, groupInstanceId: null, reason: null })),
      }),
    );
    expect(left.members?.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.NONE,
      ErrorCode.NONE,
      ErrorCode.UNKNOWN_MEMBER_ID,
    ]);
    members[1]!.vanish();
    await kit.run(5000);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Stable', generation: 2, pendingMembers: [] });
  });

  it('tells the window of every change', async () => {
    const { kit, members } = await stableGroup(['a']);
    await members[0]!.leave();
    const states = kit.tracer.ofType('group-state').map(({ was, now, generation }) => `${was} > ${now} ${generation}`);
    expect(states).toEqual([
      'Empty > PreparingRebalance 0',
      'PreparingRebalance > CompletingRebalance 1',
      'CompletingRebalance > Stable 1',
      'Stable > PreparingRebalance 1',
      'PreparingRebalance > Empty 2',
    ]);
    expect(kit.tracer.ofType('group-member').map(({ action }) => action)).toEqual(['joined', 'left']);
  });
});

/** Heartbeats that stop at nothing: of a member that is alive and does not rejoin. */
function setHeartbeats(kit: CoordinatorWorld, member: { heartbeat(): Promise<unknown> }) {
  return kit.world.clock.every(2000, () => void member.heartbeat());
}
