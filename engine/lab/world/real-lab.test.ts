import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RealLab } from './real-lab.testkit.ts';

let real: RealLab;
beforeAll(async () => {
  real = new RealLab(9500);
  await real.start();
}, 120_000);
afterAll(() => real.stop(), 60_000);

const inSync = (topic: string): boolean => real.partition(topic).isr.length === real.partition(topic).replicas.length;
const logEnds = (topic: string): readonly (number | null)[] =>
  real.partition(topic).logs.map((log) => log.logEndOffset);
/** Each has gone through its newest start; what the controller says may still be of the one before. */
const allUnfenced = (): boolean =>
  real.snapshot.brokers.every(
    ({ registration, process, steps }) =>
      registration?.fenced === false && process === 'running' && steps.every(({ state }) => state === 'done'),
  );

async function produce(topic: string, count: number, acks: '1' | 'all' = 'all'): Promise<void> {
  for (let i = 0; i < count; i++) {
    await real.execute({
      type: 'produceRecords',
      topic,
      partition: 0,
      key: null,
      value: `record ${i}`,
      headers: [],
      acks,
      count: 1,
    });
  }
}

function logBytes(node: number, topic: string): number {
  return statSync(join(real.dataDir, `broker-${node}`, `${topic}-0`, '00000000000000000000.log')).size;
}

describe('a real lab', { timeout: 120_000 }, () => {
  it('at ten times its speed a killed broker is fenced ten times sooner, and no sooner by its own clock', async () => {
    await real.execute({ type: 'setSpeed', speed: 10 });
    const wallMs = performance.now();
    const last = real.snapshot.eventCount;
    await real.execute({ type: 'killBroker', node: 3 });
    const killed = await real.eventAfter(last, 'process', 3);
    const fenced = await real.eventAfter(last, 'broker-fenced', 3);
    const tookMs = fenced.atMs - killed.atMs;
    // `broker.session.timeout.ms` is 9 s, less what had passed of it since the last heartbeat.
    expect(tookMs).toBeGreaterThan(6000);
    expect(performance.now() - wallMs).toBeLessThan(tookMs / 2);
    await real.execute({ type: 'startBroker', node: 3 });
    await real.until(allUnfenced);
  });

  it('paused, nothing advances: no heartbeat, no event, no clock', async () => {
    await real.execute({ type: 'pauseTime' });
    const at = real.lab.time.precise();
    const heartbeats = (): readonly unknown[] => real.snapshot.brokers.map((each) => each.lastHeartbeatMs);
    // Samples taken since it stands tell all that was still on its way.
    await real.until(({ brokers }) => brokers.every(({ sampledMs }) => sampledMs === Math.floor(at)));
    const [first, events] = [heartbeats(), real.snapshot.eventCount];
    await real.beats(3);
    expect(heartbeats()).toEqual(first);
    expect(real.snapshot.eventCount).toBe(events);
    expect(real.lab.time.precise()).toBe(at);
    await real.execute({ type: 'resumeTime' });
    const was = heartbeats();
    await real.until(() => heartbeats().every((each, i) => each !== was[i]));
  });

  it('a broker that loses its power keeps what it flushed, loses the rest, and gets that from its leader', async () => {
    await real.execute({ type: 'createTopic', name: 'power', partitions: 1, replicationFactor: 3 });
    await real.until(({ topics }) => topics.some(({ name }) => name === 'power'));
    await real.execute({ type: 'setTopicConfig', topic: 'power', name: 'flush.messages', value: '1' });
    await produce('power', 4);
    await real.execute({ type: 'setTopicConfig', topic: 'power', name: 'flush.messages', value: null });
    await real.until(() => logEnds('power').every((end) => end === 4));
    const flushed = logBytes(1, 'power');
    await produce('power', 3);
    await real.until(() => logEnds('power').every((end) => end === 7));
    const follower = real.partition('power').replicas.find((node) => node !== real.partition('power').leader)!;
    expect(logBytes(follower, 'power')).toBeGreaterThan(flushed);
    await real.execute({ type: 'pauseBroker', node: follower });

    await real.execute({ type: 'injectFault', fault: { kind: 'power-loss', node: follower } });
    expect(logBytes(follower, 'power')).toBe(flushed);
    const told = real.snapshot.faults.find(({ spec }) => spec.kind === 'power-loss');
    expect(told?.vanished?.bytes).toBeGreaterThan(0);

    await real.execute({ type: 'startBroker', node: follower });
    const whole = logBytes(real.partition('power').leader, 'power');
    await real.until(() => allUnfenced() && inSync('power') && logBytes(follower, 'power') === whole);
  });

  it('a cut link between two brokers shrinks the ISR, which is whole again when it is lifted', async () => {
    await real.execute({ type: 'setSpeed', speed: 20 });
    await real.execute({ type: 'createTopic', name: 'cut', partitions: 1, replicationFactor: 3 });
    await real.until(({ topics }) => topics.some(({ name }) => name === 'cut') && inSync('cut'));
    const { leader, replicas } = real.partition('cut');
    const follower = replicas.find((node) => node !== leader && node !== real.snapshot.quorum?.leader)!;
    await real.execute({ type: 'injectFault', fault: { kind: 'cut-link', from: leader, to: follower, both: true } });
    // A follower that has all there is stays in sync however silent it is.
    await produce('cut', 1, '1');
    await real.until(() => !real.partition('cut').isr.includes(follower));
    expect(real.partition('cut').isr).toContain(leader);
    await real.execute({ type: 'liftAllFaults' });
    await real.until(() => inSync('cut'));
  });

  it('a broker whose disk is full ends as a Kafka broker does, stays so, and comes back when there is room', async () => {
    const node = 2;
    await real.execute({ type: 'injectFault', fault: { kind: 'full-disk', node, freeBytes: 0 } });
    const hasEnded = (): boolean =>
      real.snapshot.brokers.some(({ id, process }) => id === node && process === 'failed');
    await real.until(hasEnded);
    await real.execute({ type: 'startBroker', node });
    await real.until(hasEnded);
    const ends = real.snapshot.events.filter(({ kind, change }) => kind === 'process' && change?.now === 'failed');
    expect(ends.map(({ args }) => String(args['detail']).includes('ENOSPC'))).toEqual([true, true]);
    await real.execute({ type: 'liftAllFaults' });
    await real.execute({ type: 'startBroker', node });
    await real.until(allUnfenced);
  });

  it('a disk that is slow makes its broker wait, which can lose its power all the same', async () => {
    await real.execute({ type: 'setSpeed', speed: 1 });
    await real.execute({ type: 'createTopic', name: 'slow', partitions: 1, replicationFactor: 3 });
    await real.until(({ topics }) => topics.some(({ name }) => name === 'slow') && inSync('slow'));
    const { leader } = real.partition('slow');
    await real.execute({ type: 'injectFault', fault: { kind: 'slow-disk', node: leader, delayMs: 300 } });
    const fromMs = real.lab.time.precise();
    await produce('slow', 1, '1');
    expect(real.lab.time.precise() - fromMs).toBeGreaterThan(300);

    await real.execute({ type: 'injectFault', fault: { kind: 'slow-disk', node: leader, delayMs: 3_600_000 } });
    // Its thread stands in the middle of a write from now on; what is told of it grows old.
    void produce('slow', 1, '1').catch(() => {});
    const sampled = (): number | null | undefined => real.snapshot.brokers.find(({ id }) => id === leader)?.sampledMs;
    await real.until(() => real.lab.time.now() - (sampled() ?? 0) > 1500);
    await real.execute({ type: 'injectFault', fault: { kind: 'power-loss', node: leader } });
    expect(real.snapshot.faults.at(-1)?.vanished?.bytes).toBeGreaterThan(0);
    await real.execute({ type: 'liftAllFaults' });
    await real.until(() => allUnfenced() && inSync('slow'));
  });

  it('a skewed clock dates what its broker writes, and nothing that the lab tells', async () => {
    const { leader } = real.partition('power');
    await real.execute({
      type: 'setTopicConfig',
      topic: 'power',
      name: 'message.timestamp.type',
      value: 'LogAppendTime',
    });
    await real.execute({ type: 'injectFault', fault: { kind: 'skewed-clock', node: leader, skewMs: 3_600_000 } });
    await produce('power', 1);
    const page = await real.lab.queries.records({ topic: 'power', partition: 0, from: { by: 'latest' }, limit: 1 });
    const written = page.ok ? page.value.records[0]?.timestampMs : undefined;
    expect(written).toBeGreaterThan(real.lab.time.now() + 3_000_000);
    expect(Math.max(...real.snapshot.events.map(({ atMs }) => atMs))).toBeLessThan(real.lab.time.now() + 1000);
  });
});
