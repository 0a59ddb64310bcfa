import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SpaceTime, SpaceTimeAbout, SpaceTimeStep } from '../../contract/wire.ts';
import { RealLab } from '../world/real-lab.testkit.ts';

let real: RealLab;
beforeAll(async () => {
  real = new RealLab(9710, {}, true);
  await real.start();
  await real.execute({ type: 'createTopic', name: 'orders', partitions: 1, replicationFactor: 3 });
  const configs = { 'auto.commit.interval.ms': '500' };
  await real.execute({ type: 'addConsumer', client: 'reader', group: 'billing', topics: ['orders'], configs });
  await real.execute({ type: 'addProducer', client: 'feed', topic: 'orders', recordsPerSecond: 40, acks: 'all' });
  await real.until(({ consumers }) => (consumers[0]?.consumed ?? 0) > 20);
}, 120_000);
afterAll(() => real.stop(), 60_000);

/** Asks again with each picture of the lab until the answer is whole: what threads noted is on its way for a while. */
function told(about: SpaceTimeAbout, isWhole: (answer: SpaceTime) => boolean): Promise<SpaceTime> {
  return new Promise((resolve, reject) => {
    let asking = false;
    const leave = real.lab.subscribe(() => void ask());
    const ask = async (): Promise<void> => {
      if (asking) return;
      asking = true;
      const answer = await real.lab.queries.spaceTime({ about });
      asking = false;
      if (!answer.ok && answer.error.code !== 'not-recorded') reject(new Error(answer.error.hint));
      if (!answer.ok || !isWhole(answer.value)) return;
      leave();
      resolve(answer.value);
    };
    void ask();
  });
}
const has =
  (...steps: SpaceTimeStep[]) =>
  ({ marks }: SpaceTime): boolean =>
    steps.every((step) => marks.some((mark) => mark.step === step));
const atOf = ({ marks }: SpaceTime, step: SpaceTimeStep): number =>
  marks.find((mark) => mark.step === step)?.atMs ?? Number.NaN;

describe('what went over the wire of a real lab', { timeout: 120_000 }, () => {
  it('tells the way of a record with acks=all in the order in which it went', async () => {
    // One that is not written yet: everybody is at work by then.
    const offset = real.snapshot.consumers[0]!.partitions[0]!.position! + 10;
    const about = { kind: 'record', topic: 'orders', partition: 0, offset } as const;
    const story = await told(about, has('sent', 'acked', 'read', 'committed', 'high-watermark'));
    const steps = story.marks.map(({ step }) => step);
    const first = (step: SpaceTimeStep): number => steps.indexOf(step);
    expect(steps.filter((step) => step === 'appended-follower')).toHaveLength(2);
    for (const [before, after] of [
      ['sent', 'drained'],
      ['drained', 'appended-leader'],
      ['appended-leader', 'appended-follower'],
      ['appended-follower', 'high-watermark'],
      ['high-watermark', 'acked'],
      ['high-watermark', 'read'],
      ['read', 'committed'],
    ] as const) {
      expect([before, after, first(before) < first(after)]).toEqual([before, after, true]);
    }
    const leader = `node-${real.partition('orders').leader}`;
    const call = (api: string) => story.calls.filter((each) => each.api === api);
    const [produce] = call('Produce');
    expect(produce).toMatchObject({ from: 'client-feed', to: leader, error: null, fields: { acks: -1 } });
    const moments = [produce!.sentMs, produce!.arrivedMs, produce!.handledMs, produce!.answeredMs, produce!.receivedMs];
    expect(moments).toEqual([...moments].sort((a, b) => a! - b!));
    // Each follower's Fetch that brought it, and the next one, which tells the leader before it answers.
    for (const follower of story.lanes.filter(({ role }) => role === 'follower')) {
      const [carried, next] = call('Fetch').filter(({ from }) => from === follower.id);
      expect(carried!.answeredMs).toBeGreaterThan(produce!.arrivedMs!);
      expect(carried!.subjects.find(({ topic }) => topic === 'orders')!.lastOffset).toBeGreaterThanOrEqual(offset);
      expect(next!.subjects.find(({ topic }) => topic === 'orders')!.fetchOffset).toBeGreaterThan(offset);
      expect(next!.arrivedMs).toBeLessThan(produce!.answeredMs!);
    }
    expect(call('OffsetCommit')[0]).toMatchObject({ from: 'client-reader', group: { group: 'billing' }, error: null });
    expect(story.lanes.map(({ id, role }) => [id, role])).toContainEqual(['client-reader', 'consumer']);
  });

  it('tells a rebalance from the join to the assignment', async () => {
    const number = real.snapshot.groups.find(({ id }) => id === 'billing')!.rebalance!.number;
    await real.execute({ type: 'addConsumer', client: 'second', group: 'billing', topics: ['orders'] });
    await real.until(({ groups }) => {
      const now = groups.find(({ id }) => id === 'billing')?.rebalance;
      return (
        now !== undefined && now !== null && now.number > number && now.endedMs !== null && now.members.length === 2
      );
    });
    const newest = real.snapshot.groups.find(({ id }) => id === 'billing')!.rebalance!.number;
    const isWhole = (answer: SpaceTime): boolean =>
      has('joined', 'generation', 'assigned', 'rebalance-over')(answer) &&
      answer.marks.filter(({ step }) => step === 'assigned').length === 2;
    const story = await told({ kind: 'rebalance', group: 'billing', number: newest }, isWhole);
    expect(atOf(story, 'joined')).toBeLessThan(atOf(story, 'generation'));
    expect(atOf(story, 'generation')).toBeLessThan(atOf(story, 'assigned'));
    expect(story.marks.some(({ step }) => step === 'told-to-rejoin')).toBe(true);
    expect(story.calls.every(({ group }) => group?.group === 'billing')).toBe(true);
    expect(story.budgets[0]).toMatchObject({ until: 'rebalanced' });
  });

  it('tells an election from the last heartbeat to the first write', async () => {
    const was = real.partition('orders').leader;
    await real.execute({ type: 'setSpeed', speed: 4 });
    await real.execute({ type: 'killBroker', node: was });
    await real.until(() => real.partition('orders').leader !== was && real.partition('orders').leader > 0);
    await real.execute({ type: 'setSpeed', speed: 1 });
    const about = { kind: 'election', topic: 'orders', partition: 0 } as const;
    const story = await told(about, has('elected', 'first-produce', 'first-fetch'));
    const now = real.partition('orders').leader;
    expect(story.marks.find(({ step }) => step === 'elected')?.args).toMatchObject({ leader: now });
    expect(story.marks.find(({ step }) => step === 'first-produce')?.lane).toBe(`node-${now}`);
    expect(atOf(story, 'elected')).toBeLessThan(atOf(story, 'first-produce'));
  });
});
