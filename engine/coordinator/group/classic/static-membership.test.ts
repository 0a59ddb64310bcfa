import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../protocol/index.ts';
import { CoordinatorWorld, subscription, type MemberOptions } from '../../coordinator.testkit.ts';

async function staticGroup(instanceIds: readonly string[], options: Partial<MemberOptions> = {}) {
  const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 100 });
  await kit.run(10);
  const members = instanceIds.map((instanceId) => kit.member({ group: 'g', name: instanceId, instanceId, ...options }));
  for (const member of members) member.start();
  await kit.run(500);
  expect(members.map(({ state }) => state)).toEqual(instanceIds.map(() => 'stable'));
  const returning = (instanceId: string, more: Partial<MemberOptions> = {}) => {
    const member = kit.member({ group: 'g', name: `${instanceId}-again`, instanceId, ...options, ...more });
    member.start();
    return member;
  };
  return { kit, members, returning };
}

describe('static membership', () => {
  it('needs no round trip for a member id, which begins with the instance id', async () => {
    const { members } = await staticGroup(['one']);
    expect(members[0]!.errors).toEqual([]);
    expect(members[0]!.memberId).toMatch(/^one-[0-9a-f-]{36}$/);
  });

  it('gives a follower that returns within its session its assignment back, without a rebalance', async () => {
    const { kit, members, returning } = await staticGroup(['one', 'two']);
    members[1]!.vanish();
    await kit.run(20_000);
    const again = returning('two');
    await kit.run(1000);
    expect([again.state, again.generation, again.assignment]).toEqual(['stable', 1, 'part 2 of 2']);
    expect([members[0]!.generation, again.memberId === members[1]!.memberId]).toEqual([1, false]);
    const written = kit.log.records().at(-1);
    expect(written).toMatchObject({
      type: 'group-metadata',
      value: {
        generation: 1,
        leader: members[0]!.memberId,
        members: [{ memberId: members[0]!.memberId }, { memberId: again.memberId }],
      },
    });
  });

  it('spares a returning leader the assignment from version 9 on', async () => {
    const { kit, members, returning } = await staticGroup(['one', 'two']);
    members[0]!.vanish();
    const again = returning('one');
    await kit.run(1000);
    expect(again.joined).toMatchObject({ skipAssignment: true, leader: again.memberId, generationId: 1 });
    expect(again.joined?.members.length).toBe(2);
    expect([again.state, again.assignment]).toEqual(['stable', 'part 1 of 2']);
  });

  it('tells a returning leader of an older version that the old id leads, so that it does not assign', async () => {
    const { kit, members, returning } = await staticGroup(['one', 'two'], { apiVersion: 8 });
    members[0]!.vanish();
    const again = returning('one');
    await kit.run(1000);
    expect(again.joined).toMatchObject({ skipAssignment: false, leader: members[0]!.memberId, members: [] });
    expect([again.state, again.assignment, kit.sampleOf('g')?.leader]).toEqual([
      'stable',
      'part 1 of 2',
      again.memberId,
    ]);
  });

  it('fences the other one when two have the same instance id', async () => {
    const { kit, members, returning } = await staticGroup(['one']);
    const [first] = members;
    const second = returning('one');
    await kit.run(5000);
    expect([first!.state, second.state]).toEqual(['fenced', 'stable']);
    expect(kit.tracer.ofType('group-member').map(({ action, member }) => [action, member])).toEqual([
      ['joined', first!.memberId],
      ['fenced', first!.memberId],
      ['replaced', second.memberId],
    ]);
    const { memberId } = first!;
    const old = { groupId: 'g', generationId: 1, memberId, groupInstanceId: 'one' };
    expect(await kit.complete(kit.coordinator.heartbeat(old))).toEqual({ errorCode: ErrorCode.FENCED_INSTANCE_ID });
    const sync = { ...old, protocolType: null, protocolName: null, assignments: [] };
    expect((await kit.complete(kit.coordinator.syncGroup(sync))).errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
    const commit = await kit.complete(
      kit.commit('g', { 't-0': 1 }, { memberId, groupInstanceId: 'one', generationIdOrMemberEpoch: 1 }),
    );
    expect(commit.topics[0]!.partitions[0]!.errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
    first!.memberId = memberId;
    const join = await kit.complete(kit.coordinator.joinGroup(first!.joinRequest(), first!.caller));
    expect(join.errorCode).toBe(ErrorCode.FENCED_INSTANCE_ID);
    const leave = { groupId: 'g', members: [{ memberId, groupInstanceId: 'one', reason: null }] };
    expect((await kit.complete(kit.coordinator.leaveGroup(leave))).members?.[0]?.errorCode).toBe(
      ErrorCode.FENCED_INSTANCE_ID,
    );
  });

  it('fences one that still waits in a rebalance at once', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 3000 });
    await kit.run(10);
    const first = kit.member({ group: 'g', name: 'a', instanceId: 'one' });
    first.start();
    await kit.run(1000);
    const second = kit.member({ group: 'g', name: 'b', instanceId: 'one' });
    second.start();
    await kit.run(10);
    expect(first.errors).toEqual([ErrorCode.FENCED_INSTANCE_ID]);
    await kit.run(7000);
    expect([second.state, kit.sampleOf('g')?.members.length]).toEqual(['stable', 1]);
  });

  it('rebalances when the returning member makes the group choose another protocol', async () => {
    const { kit, members, returning } = await staticGroup(['one'], { protocols: ['range', 'sticky'] });
    members[0]!.vanish();
    const again = returning('one', { protocols: ['sticky'] });
    await kit.run(1000);
    expect([again.generation, again.joined?.protocolName]).toEqual([2, 'sticky']);
    expect(
      kit.lines().some((line) => line.includes("(reason: Group's selectedProtocol will change because static member")),
    ).toBe(true);
  });

  it('does not rebalance for a returning member with other topics, as long as the protocol stays', async () => {
    const { kit, members, returning } = await staticGroup(['one'], { topics: ['a'] });
    members[0]!.vanish();
    const again = returning('one', { topics: ['b'] });
    await kit.run(1000);
    expect(again.generation).toBe(1);
    expect(kit.log.records().at(-1)).toMatchObject({ value: { members: [{ subscription: subscription(['b']) }] } });
  });

  it('keeps static members that do not rejoin, until their session is over', async () => {
    const { kit, members } = await staticGroup(['one', 'two'], { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 30_000 });
    const [one, two] = members;
    two!.vanish();
    one!.rejoin('again');
    await kit.run(6000);
    expect([one!.generation, kit.sampleOf('g')?.members.length]).toEqual([2, 2]);
    await kit.run(30_000);
    expect(kit.sampleOf('g')?.members.map(({ memberId }) => memberId)).toEqual([one!.memberId]);
  });

  it('elects a member that rejoined when a static leader did not', async () => {
    const { kit, members } = await staticGroup(['one', 'two'], { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 30_000 });
    const [one, two] = members;
    one!.vanish();
    kit.member({ group: 'g', name: 'three', rebalanceTimeoutMs: 5000 }).start();
    await kit.run(8000);
    expect(kit.sampleOf('g')).toMatchObject({ generation: 2, leader: two!.memberId });
    expect(kit.sampleOf('g')?.members.map(({ clientId }) => clientId)).toEqual(['one', 'two', 'three']);
    expect(kit.lines().some((line) => line.includes('was elected as the new leader.'))).toBe(true);
  });

  it('waits on while only static members are left that do not rejoin', async () => {
    const { kit, members } = await staticGroup(['one', 'two'], { rebalanceTimeoutMs: 5000, sessionTimeoutMs: 30_000 });
    const passing = kit.member({ group: 'g', name: 'three', rebalanceTimeoutMs: 5000, sessionTimeoutMs: 6000 });
    for (const member of members) member.vanish();
    passing.start();
    await kit.run(100);
    await passing.leave();
    await kit.run(6000);
    expect(kit.lines()).toContain('Group g could not complete rebalance because no members rejoined.');
    expect(kit.sampleOf('g')?.state).toBe('PreparingRebalance');
    await kit.run(40_000);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Empty', generation: 2 });
  });

  it('lets an administrator remove a static member by its instance id', async () => {
    const { kit, members } = await staticGroup(['one', 'two']);
    members[1]!.vanish();
    const left = await kit.complete(
      kit.coordinator.leaveGroup({
        groupId: 'g',
        members: [
          { memberId: '', groupInstanceId: 'two', reason: 'gone' },
          { memberId: '', groupInstanceId: 'three', reason: null },
        ],
      }),
    );
    expect(left.members).toEqual([
      { memberId: '', groupInstanceId: 'two', errorCode: ErrorCode.NONE },
      { memberId: '', groupInstanceId: 'three', errorCode: ErrorCode.UNKNOWN_MEMBER_ID },
    ]);
    await kit.run(5000);
    expect(kit.sampleOf('g')).toMatchObject({ generation: 2, members: [{ instanceId: 'one' }] });
  });

  it('goes back to the old member id when the new one cannot be written', async () => {
    const { kit, members } = await staticGroup(['one']);
    const [one] = members;
    kit.log.refuse = ErrorCode.NOT_ENOUGH_REPLICAS;
    const second = kit.member({ group: 'g', name: 'b', instanceId: 'one' });
    const refused = await kit.complete(kit.coordinator.joinGroup(second.joinRequest(), second.caller));
    expect(refused).toMatchObject({ errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, memberId: '' });
    expect(kit.sampleOf('g')).toMatchObject({
      leader: one!.memberId,
      members: [{ memberId: one!.memberId, awaiting: null }],
    });
    expect(await kit.complete(one!.heartbeat())).toEqual({ errorCode: ErrorCode.NONE });
  });
});
