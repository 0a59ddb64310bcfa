/**
 * The scenarios of a recorded Apache Kafka 4.3.1 (recorded-log.json: what its group coordinator logged, times in seconds)
 * played on the simulated clock: the same lines in the same order.
 */
import { describe, expect, it } from 'vitest';
import { CoordinatorWorld, type MemberOptions, type TestMember } from '../../coordinator.testkit.ts';
import { newGroupRecord } from './group-metadata.ts';
import { ClassicGroup } from './classic-group.ts';
import { encodeGroupRecord } from '../records/group-record.ts';
import { buildBatch } from '../../../record/index.ts';
import recorded from './recorded-log.json' with { type: 'json' };

interface Scene {
  readonly group: string;
  readonly kit: CoordinatorWorld;
  start(name: string, options?: Partial<MemberOptions>): TestMember;
  /** Runs until `seconds` after the beginning. */
  until(seconds: number): Promise<void>;
}

const scenarios: Readonly<Record<string, (scene: Scene) => Promise<void>>> = {
  async 'join-leave'({ start, until }) {
    const a = start('A', { sessionTimeoutMs: 6000 });
    await until(8);
    const b = start('B', { sessionTimeoutMs: 6000 });
    await until(13);
    await b.leave();
    await until(22);
    await a.leave();
    await until(30);
  },
  async sigkill({ start, until }) {
    const a = start('A', { sessionTimeoutMs: 6000 });
    await until(1);
    const b = start('B', { sessionTimeoutMs: 6000 });
    await until(7);
    b.vanish();
    await until(25);
    await a.leave();
  },
  async 'max-poll'({ start, until }) {
    const b = start('B', { rebalanceTimeoutMs: 5000 });
    await until(0.5);
    const a = start('A');
    await until(13);
    await b.leave('consumer poll timeout has expired.');
    await until(17);
    b.start();
    await until(25);
    await b.leave();
    await until(30);
    await a.leave();
  },
  async 'static-within'({ start, until }) {
    start('A', { instanceId: 'inst-a', sessionTimeoutMs: 120_000 });
    await until(10);
    const b = start('B', { instanceId: 'inst-b', sessionTimeoutMs: 120_000 });
    await until(20);
    b.vanish();
    await until(40);
    const b2 = start('B2', { instanceId: 'inst-b', sessionTimeoutMs: 120_000 });
    await until(50);
    expect(b2.generation).toBe(b.generation);
    expect(b2.assignment).toBe(b.assignment);
  },
  async 'static-after'({ start, until }) {
    const a = start('A', { instanceId: 'inst-a', sessionTimeoutMs: 6000 });
    await until(7);
    const b = start('B', { instanceId: 'inst-b', sessionTimeoutMs: 6000 });
    await until(15);
    b.vanish();
    await until(30);
    const b2 = start('B2', { instanceId: 'inst-b', sessionTimeoutMs: 6000 });
    await until(38);
    b2.vanish();
    await until(48);
    expect(a.generation).toBe(10);
  },
  async fenced({ start, until }) {
    const a = start('A', { instanceId: 'same', sessionTimeoutMs: 6000 });
    await until(8);
    const a2 = start('A2', { instanceId: 'same', sessionTimeoutMs: 6000 });
    await until(18);
    expect([a.state, a2.state]).toEqual(['fenced', 'stable']);
    expect(a2.joined?.skipAssignment).toBe(true);
    a2.vanish();
    await until(30);
  },
  async eager({ start, until }) {
    const a = start('A', { protocols: ['range'] });
    await until(1);
    const b = start('B');
    await until(9);
    const c = start('C');
    await until(20);
    await c.leave();
    await until(29);
    await a.leave();
    await until(29.1);
    await b.leave();
  },
  async cooperative({ start, until }) {
    const protocols = ['cooperative-sticky'];
    const a = start('A', { protocols });
    await until(2);
    const b = start('B', { protocols });
    await until(9);
    const revoke = (member: TestMember) => () => {
      if (member.generation !== 2) return;
      member.rejoin('need to revoke partitions and re-join');
    };
    a.onStable = revoke(a);
    b.onStable = revoke(b);
    const c = start('C', { protocols });
    await until(20);
    await c.leave();
    await until(29);
    await a.leave();
    await until(29.1);
    await b.leave();
  },
};

/** Member ids as `<prefix 1>`, `<prefix 2>` in the order in which they appear. */
function withoutIds(lines: readonly string[]): string[] {
  const names = new Map<string, string>();
  const id =
    /([A-Za-z][\w-]*?)-(?:\.\.[0-9a-f]{4}|[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})/g;
  return lines.map((line) =>
    line.replace(id, (whole, prefix: string) => {
      const name = names.get(whole) ?? `<${prefix} ${names.size + 1}>`;
      names.set(whole, name);
      return name;
    }),
  );
}

/** A group that has been through `generation` generations and is empty, as the recording's broker had it. */
function emptyGroup(kit: CoordinatorWorld, groupId: string, generation: number): void {
  const record = newGroupRecord(new ClassicGroup(groupId, 0));
  const value = { ...record.value!, protocolType: 'consumer', generation };
  kit.log.append(0, buildBatch([encodeGroupRecord({ ...record, value })]), 0);
}

describe('scenarios recorded of Apache Kafka', () => {
  for (const { title, group, lines } of recorded) {
    it(`logs the same: ${title}`, async () => {
      const kit = new CoordinatorWorld();
      const generation = Number(/with old generation (\d+)/.exec(lines.map((line) => line[1]).join('\n'))?.[1] ?? 0);
      if (generation > 0) emptyGroup(kit, group, generation);
      await kit.run(100);
      const before = kit.lines().length;
      const from = kit.world.nowMs;
      await scenarios[group]!({
        group,
        kit,
        start: (name, options) => {
          const member = kit.member({ group, name, ...options });
          member.start();
          return member;
        },
        until: (seconds) => kit.run(from + seconds * 1000 - kit.world.nowMs),
      });
      const logged = kit
        .lines()
        .slice(before)
        .filter((line) => line.toLowerCase().includes(`group ${group}`));
      expect(withoutIds(logged)).toEqual(withoutIds(lines.map((line) => String(line[1]))));
    });
  }
});
