import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../protocol/index.ts';
import { CoordinatorWorld } from '../../coordinator.testkit.ts';

describe('JoinGroup', () => {
  it('tells a dynamic member its id first, and takes it in when it comes back with it', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a' });
    const first = await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(first).toMatchObject({ errorCode: ErrorCode.MEMBER_ID_REQUIRED, generationId: -1 });
    expect(first.memberId).toMatch(/^a-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(kit.sampleOf('g')).toMatchObject({ state: 'Empty', members: [], pendingMembers: [first.memberId] });

    member.memberId = first.memberId;
    const joined = await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(joined).toMatchObject({
      errorCode: ErrorCode.NONE,
      generationId: 1,
      protocolName: 'range',
      leader: first.memberId,
      memberId: first.memberId,
    });
    expect(kit.world.nowMs).toBe(3010);
  });

  it('takes a member without an id at once below version 4', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 0 });
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a', apiVersion: 3 });
    member.start();
    await kit.run(10);
    expect([member.state, member.errors, member.generation]).toEqual(['stable', [], 1]);
  });

  it('writes that a group exists before it has anything', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a' });
    await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(kit.log.records()).toEqual([
      {
        type: 'group-metadata',
        group: 'g',
        value: {
          protocolType: '',
          generation: 0,
          protocol: null,
          leader: null,
          currentStateTimestamp: 1_750_000_000_010,
          members: [],
        },
      },
    ]);
  });

  it('refuses session timeouts outside the bounds and an empty group id', async () => {
    const kit = new CoordinatorWorld({ groupMinSessionTimeoutMs: 6000, groupMaxSessionTimeoutMs: 60_000 });
    await kit.run(10);
    const codes: number[] = [];
    for (const sessionTimeoutMs of [5999, 6000, 60_000, 60_001]) {
      const member = kit.member({ group: 'g', name: 'a', sessionTimeoutMs });
      codes.push((await kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller))).errorCode);
    }
    const { INVALID_SESSION_TIMEOUT, MEMBER_ID_REQUIRED } = ErrorCode;
    expect(codes).toEqual([INVALID_SESSION_TIMEOUT, MEMBER_ID_REQUIRED, MEMBER_ID_REQUIRED, INVALID_SESSION_TIMEOUT]);
    const unnamed = kit.member({ group: '', name: 'a' });
    expect(await kit.coordinator.joinGroup(unnamed.joinRequest(), unnamed.caller)).toMatchObject({
      errorCode: ErrorCode.INVALID_GROUP_ID,
    });
  });

  it('knows no member id of a group that does not exist, nor a foreign id in one that does', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 0 });
    await kit.run(10);
    const member = kit.member({ group: 'g', name: 'a' });
    member.memberId = 'made-up';
    const join = () => kit.complete(kit.coordinator.joinGroup(member.joinRequest(), member.caller));
    expect(await join()).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId: 'made-up' });
    kit.member({ group: 'g', name: 'b' }).start();
    await kit.run(100);
    expect(await join()).toMatchObject({ errorCode: ErrorCode.UNKNOWN_MEMBER_ID, memberId: 'made-up' });
  });

  it('refuses a protocol type or protocols that the group does not share', async () => {
    const kit = new CoordinatorWorld({ groupInitialRebalanceDelayMs: 0 });
    await kit.run(10);
    kit.member({ group: 'g', name: 'a', protocols: ['range'] }).start();
    await kit.run(100);
    const other = kit.member({ group: 'g', name: 'b', protocols: ['sticky'] });
    const refused = { errorCode: ErrorCode.INCONSISTENT_GROUP_PROTOCOL };
    expect(await kit.complete(kit.coordinator.joinGroup(other.joinRequest(), other.caller))).toMatchObject(refused);
    const connect = {
      ...kit.member({ group: 'g', name: 'c', protocols: ['range'] }).joinRequest(),
      protocolType: 'connect',
    };
    expect(await kit.complete(kit.coordinator.joinGroup(connect, other.caller))).toMatchObject(refused);
    const nothing = { ...connect, groupId: 'new', protocols: [] };
    expect(await kit.complete(kit.coordinator.joinGroup(nothing, other.caller))).toMatchObject(refused);
  });

  it('chooses the protocol that all know and most prefer', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const members = [
      ['range', 'roundrobin', 'sticky'],
      ['sticky', 'roundrobin', 'range'],
      ['roundrobin', 'sticky'],
      ['sticky', 'roundrobin'],
      ['sticky', 'roundrobin'],
    ].map((protocols, i) => kit.member({ group: 'g', name: `m${i}`, protocols }));
    for (const member of members) member.start();
    await kit.run(7000);
    expect(members.map(({ joined }) => joined?.protocolName)).toEqual(members.map(() => 'sticky'));
  });

  it('gives the leader everybody and the others nobody', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const [a, b] = [kit.member({ group: 'g', name: 'a' }), kit.member({ group: 'g', name: 'b' })];
    a.start();
    b.start();
    await kit.run(7000);
    expect([a.joined?.leader, b.joined?.leader]).toEqual([a.memberId, a.memberId]);
    expect([a.joined?.members.map(({ memberId }) => memberId), b.joined?.members]).toEqual([
      [a.memberId, b.memberId],
      [],
    ]);
    expect([a.assignment, b.assignment]).toEqual(['part 1 of 2', 'part 2 of 2']);
  });

  it('takes no more members than group.max.size', async () => {
    const kit = new CoordinatorWorld({ groupMaxSize: 2 });
    await kit.run(10);
    const members = ['a', 'b', 'c'].map((name) => kit.member({ group: 'g', name }));
    for (const member of members) member.start();
    await kit.run(10_000);
    expect(members.map(({ state }) => state)).toEqual(['stable', 'stable', 'out']);
    expect(members[2]!.errors).toContain(ErrorCode.GROUP_MAX_SIZE_REACHED);
    const late = kit.member({ group: 'g', name: 'd' });
    late.start();
    await kit.run(1000);
    expect([late.errors, kit.sampleOf('g')?.generation]).toEqual([[ErrorCode.GROUP_MAX_SIZE_REACHED], 1]);
  });

  it('answers a follower that rejoins unchanged with the current generation, without a rebalance', async () => {
    const kit = new CoordinatorWorld();
    await kit.run(10);
    const [a, b] = [kit.member({ group: 'g', name: 'a' }), kit.member({ group: 'g', name: 'b' })];
    a.start();
    b.start();
    await kit.run(7000);
    b.rejoin('just so');
    await kit.run(100);
    expect([b.generation, b.state, kit.sampleOf('g')?.state]).toEqual([1, 'stable', 'Stable']);
    a.rejoin('topics changed');
    await kit.run(4000);
    expect([a.generation, b.generation]).toEqual([2, 2]);
    expect(kit.lines().at(-3)).toContain(
      `(reason: Leader ${a.memberId} re-joining group during Stable; client reason: topics changed).`,
    );
  });
});
