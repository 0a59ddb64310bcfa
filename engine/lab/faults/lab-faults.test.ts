import { describe, expect, it } from 'vitest';
import { faultsShownMax, liftedShownMs } from '../../contract/faults.ts';
import { FaultyLab } from './faulty-lab.testkit.ts';

describe('a fault in lab time', () => {
  it('acts at once, counts down and is lifted by itself', async () => {
    const lab = new FaultyLab();
    expect(await lab.inject({ kind: 'kill', node: 2 }, { forMs: 20_000 })).toEqual({ ok: true, node: 2, fault: 1 });
    expect(lab.processes.get(2)).toBe('killed');
    expect(lab.told).toEqual(['1 kill active 20000']);
    await lab.pass(19_999);
    expect(lab.told).toEqual(['1 kill active 1']);
    await lab.pass(1);
    expect(lab.told).toEqual(['1 kill lifted']);
    expect(lab.done).toEqual(['killBroker 2', 'startBroker 2']);
    expect(lab.lines).toEqual(['1 kill: armed > active by you', '1 kill: active > lifted by lab']);
  });

  it('is armed until its time has come, and its end is counted from then', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'skewed-clock', node: 3, skewMs: -30_000 }, { afterMs: 5000, forMs: 1000 });
    expect(lab.told).toEqual(['1 skewed-clock armed 6000']);
    expect(lab.skews.size).toBe(0);
    await lab.pass(5000);
    expect(lab.told).toEqual(['1 skewed-clock active 1000']);
    expect(lab.skews.get(3)).toBe(-30_000);
    await lab.pass(1000);
    expect(lab.told).toEqual(['1 skewed-clock lifted']);
    expect(lab.skews.get(3)).toBe(0);
    expect(lab.lines).toEqual([
      '1 skewed-clock: none > armed by you',
      '1 skewed-clock: armed > active by lab',
      '1 skewed-clock: active > lifted by lab',
    ]);
  });

  it('never acts when it is lifted while it is armed', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'kill', node: 2 }, { afterMs: 5000 });
    expect(await lab.faults.lift(1)).toEqual({ ok: true, node: 2, fault: 1 });
    await lab.pass(10_000);
    expect(lab.done).toEqual([]);
    expect(lab.told).toEqual(['1 kill lifted']);
  });

  it('fails when its target is not in a state for it any more', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'pause', node: 2 }, { afterMs: 5000 });
    lab.became(2, 'stopped');
    await lab.pass(5000);
    expect(lab.told).toEqual(['1 pause failed']);
    expect(lab.views[0]?.detail).toBe('broker 2 stopped: Only a running broker can be paused.');
    expect(lab.done).toEqual([]);
  });

  it('ends with the lab: what is armed never begins, and disks and links are whole', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'cut-link', from: 1, to: 2, both: true });
    await lab.inject({ kind: 'full-disk', node: 1, freeBytes: 0 });
    await lab.inject({ kind: 'kill', node: 2 }, { afterMs: 1000 });
    lab.faults.stop();
    await lab.pass(2000);
    expect(lab.links).toEqual([]);
    expect(lab.disks.get(1)).toBeNull();
    expect(lab.processes.get(2)).toBe('running');
    expect(lab.told).toEqual(['1 cut-link lifted', '2 full-disk lifted', '3 kill lifted']);
    expect(lab.done).toEqual([]);
  });
});

describe('lifting', () => {
  it.each([
    [{ kind: 'kill', node: 2 }, 'startBroker 2'],
    [{ kind: 'stop', node: 2 }, 'startBroker 2'],
    [{ kind: 'pause', node: 2 }, 'resumeBroker 2'],
    [{ kind: 'power-loss', node: 2 }, 'startBroker 2'],
    [{ kind: 'kill-client', client: 'order-feed' }, 'startProducer order-feed'],
    [{ kind: 'stop-client', client: 'billing-1' }, 'startConsumer billing-1'],
    [{ kind: 'freeze-client', client: 'order-feed' }, 'thaw order-feed'],
    [{ kind: 'freeze-client', client: 'billing-1' }, 'thaw billing-1'],
  ] as const)('%o is taken back by %s', async (spec, back) => {
    const lab = new FaultyLab();
    await lab.inject(spec);
    expect(lab.told).toEqual([`1 ${spec.kind} active`]);
    await lab.faults.lift(1);
    expect(lab.done.at(-1)).toBe(back);
    expect(lab.told).toEqual([`1 ${spec.kind} lifted`]);
    expect(lab.lines.filter((line) => line.includes('lifted'))).toEqual([`1 ${spec.kind}: active > lifted by you`]);
  });

  it('does nothing that somebody else did already', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'kill', node: 2 }, { forMs: 1000 });
    await lab.broker({ type: 'startBroker', node: 2 });
    expect(lab.told).toEqual(['1 kill lifted']);
    await lab.pass(2000);
    expect(lab.done).toEqual(['killBroker 2', 'startBroker 2']);
  });

  it('brings back what did not stop in time and was killed in the end', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'stop', node: 2 });
    await lab.inject({ kind: 'stop-client', client: 'billing-1' });
    lab.became(2, 'killed');
    lab.became('billing-1', 'killed');
    expect(lab.told).toEqual(['1 stop active', '2 stop-client active']);
    await lab.faults.liftAll();
    expect(lab.done.slice(-2)).toEqual(['startConsumer billing-1', 'startBroker 2']);
  });

  it('leaves it standing, without an end, when its broker cannot be started', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'kill', node: 2 }, { forMs: 1000 });
    const error = { code: 'port-in-use', thing: 'port', value: '127.0.0.1:9093', hint: 'Another program has it.' };
    lab.refusesStart = { ok: false, error };
    await lab.pass(1000);
    expect(lab.told).toEqual(['1 kill active']);
    expect(lab.views[0]?.detail).toBe('port 127.0.0.1:9093: Another program has it.');
    lab.refusesStart = null;
    expect(await lab.faults.lift(1)).toMatchObject({ ok: true });
    expect(lab.told).toEqual(['1 kill lifted']);
  });

  it('all at once goes from the newest to the oldest', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'kill', node: 2 });
    await lab.inject({ kind: 'cut-link', from: 1, to: 'billing-1', both: false });
    await lab.inject({ kind: 'freeze-client', client: 'billing-2' });
    expect(await lab.faults.liftAll()).toEqual({ ok: true, node: null });
    expect(lab.told).toEqual(['1 kill lifted', '2 cut-link lifted', '3 freeze-client lifted']);
    expect(lab.done.slice(-2)).toEqual(['thaw billing-2', 'startBroker 2']);
  });

  it('of a full disk leaves a broker that ended on it down, and says so', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'full-disk', node: 2, freeBytes: 0 });
    lab.became(2, 'failed');
    expect(lab.told).toEqual(['1 full-disk active']);
    await lab.faults.lift(1);
    expect(lab.disks.get(2)).toBeNull();
    expect(lab.processes.get(2)).toBe('failed');
    expect(lab.views[0]?.detail).toBe('there is room again; start the broker');
  });

  it('tells what a power loss took, and that it stays lost', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'power-loss', node: 2 });
    expect(lab.views[0]).toMatchObject({
      vanished: { bytes: 4096, files: 3 },
      detail: '4096 bytes vanished from 3 files',
      reversible: false,
    });
    expect(lab.events.map(({ args }) => args['detail'])).toEqual(['4096 bytes vanished from 3 files']);
  });
});

describe('faults that stand together', () => {
  it('on one link add up, each way by itself', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'delay-link', from: 1, to: 3, both: true, delayMs: 100, jitterMs: 20 });
    await lab.inject({ kind: 'limit-link', from: 1, to: 3, both: false, bytesPerSecond: 1000 });
    expect(lab.linkWords).toEqual(['1>3 100~20ms', '3>1 100~20ms', '1>3 1000/s']);
    await lab.faults.lift(1);
    expect(lab.linkWords).toEqual(['1>3 1000/s']);
  });

  it('of a client that is cut off reach a broker that is added later', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'cut-client', client: 'billing-1' });
    expect(lab.linkWords).toHaveLength(6);
    lab.became(4, 'starting');
    expect(lab.linkWords).toContain('billing-1>4 cut');
    expect(lab.linkWords).toContain('4>billing-1 cut');
  });

  it('on one disk are one disk; of two slow ones the newer acts, and the older again when that is lifted', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'slow-disk', node: 2, delayMs: 50 });
    await lab.inject({ kind: 'full-disk', node: 2, freeBytes: 1024 });
    await lab.inject({ kind: 'slow-disk', node: 2, delayMs: 200, bytesPerSecond: 5000 });
    expect(lab.disks.get(2)).toEqual({ delayMs: 200, bytesPerSecond: 5000, freeBytes: 1024 });
    expect(lab.views.map((view) => view.overruledBy)).toEqual([3, null, null]);
    await lab.faults.lift(3);
    expect(lab.disks.get(2)).toEqual({ delayMs: 50, bytesPerSecond: null, freeBytes: 1024 });
    expect(lab.views.map((view) => view.overruledBy)).toEqual([null, null, null]);
  });

  it('on one consumer give back the time it took before the first', async () => {
    const lab = new FaultyLab();
    lab.processingMs.set('billing-1', 7);
    await lab.inject({ kind: 'slow-client', client: 'billing-1', processingMs: 500 });
    await lab.inject({ kind: 'slow-client', client: 'billing-1', processingMs: 900 });
    await lab.faults.lift(1);
    expect(lab.processingMs.get('billing-1')).toBe(900);
    await lab.faults.lift(2);
    expect(lab.processingMs.get('billing-1')).toBe(7);
  });

  it('end one another on one thread: a paused broker that is killed is not paused any more', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'pause', node: 2 });
    await lab.inject({ kind: 'kill', node: 2 });
    expect(lab.told).toEqual(['1 pause lifted', '2 kill active']);
  });
});

describe('what the user does with other commands', () => {
  it('is listed as a fault of the same kind until it is taken back', async () => {
    const lab = new FaultyLab();
    const result = await lab.faults.around({ kind: 'kill', node: 2 }, () =>
      lab.broker({ type: 'killBroker', node: 2 }),
    );
    expect(result).toEqual({ ok: true, node: 2, fault: 1 });
    expect(lab.told).toEqual(['1 kill active']);
    await lab.broker({ type: 'startBroker', node: 2 });
    expect(lab.told).toEqual(['1 kill lifted']);
    expect(lab.done).toEqual(['killBroker 2', 'startBroker 2']);
  });

  it('is no fault when the lab refuses it', async () => {
    const lab = new FaultyLab();
    lab.became(2, 'stopped');
    const error = { code: 'wrong-state', thing: 'broker 2', value: 'stopped', hint: 'Start it first.' };
    const refusal = { ok: false, error } as const;
    expect(await lab.faults.around({ kind: 'kill', node: 2 }, async () => refusal)).toEqual(refusal);
    expect(lab.told).toEqual([]);
  });
});

describe('a fault that cannot be', () => {
  it.each([
    [{ kind: 'kill', node: 7 }, 'broker', '7', 'Brokers are 1, 2, 3.'],
    [
      { kind: 'freeze-client', client: 'bilings' },
      'client',
      'bilings',
      'Lab clients are order-feed, billing-1, billing-2.',
    ],
    [{ kind: 'cut-link', from: 1, to: 9, both: true }, 'broker', '9', 'Brokers are 1, 2, 3.'],
    [
      { kind: 'cut-link', from: 1, to: 'nobody', both: true },
      'link end',
      'nobody',
      'Brokers are 1, 2, 3. Lab clients are order-feed, billing-1, billing-2.',
    ],
    [{ kind: 'cut-link', from: 2, to: 2, both: true }, 'link', '2 to 2', 'A link has two different ends.'],
    [
      { kind: 'cut-link', from: 'order-feed', to: 'billing-1', both: true },
      'link',
      'order-feed to billing-1',
      'Clients do not talk to each other: one end is a broker.',
    ],
    [
      { kind: 'slow-client', client: 'order-feed', processingMs: 10 },
      'client',
      'order-feed',
      'A producer has no processing time: only a consumer can be slow.',
    ],
  ] as const)('%o is refused, now and for later', async (spec, thing, value, hint) => {
    const lab = new FaultyLab();
    const error = { ok: false, error: { thing, value, hint } };
    expect(await lab.inject(spec)).toMatchObject(error);
    expect(await lab.inject(spec, { afterMs: 1000 })).toMatchObject(error);
    expect(lab.views).toEqual([]);
    expect(lab.events).toEqual([]);
  });

  it('is refused by the state of its target', async () => {
    const lab = new FaultyLab();
    lab.became(2, 'killed');
    lab.became('billing-1', 'stopped');
    for (const kind of ['kill', 'stop', 'pause', 'power-loss'] as const) {
      expect(await lab.inject({ kind, node: 2 })).toMatchObject({ error: { code: 'wrong-state', value: 'killed' } });
    }
    for (const kind of ['kill-client', 'stop-client', 'freeze-client'] as const) {
      expect(await lab.inject({ kind, client: 'billing-1' })).toMatchObject({ error: { value: 'stopped' } });
    }
    expect(lab.done).toEqual([]);
  });

  it('cannot be lifted when there is no such fault, or when it is over', async () => {
    const lab = new FaultyLab();
    expect(await lab.faults.lift(3)).toMatchObject({ error: { thing: 'fault', value: '3', hint: 'No fault stands.' } });
    await lab.inject({ kind: 'pause', node: 1 });
    expect(await lab.faults.lift(3)).toMatchObject({ error: { hint: 'Faults that stand: 1.' } });
    await lab.faults.lift(1);
    expect(await lab.faults.lift(1)).toMatchObject({ error: { code: 'wrong-state', value: 'lifted' } });
  });
});

describe('what is shown of faults that are over', () => {
  it('is the newest ones, for some time', async () => {
    const lab = new FaultyLab();
    await lab.inject({ kind: 'skewed-clock', node: 1, skewMs: 5 });
    for (let n = 0; n < faultsShownMax + 10; n++) {
      await lab.inject({ kind: 'skewed-clock', node: 2, skewMs: 5 });
      await lab.faults.lift(n + 2);
    }
    expect(lab.views).toHaveLength(faultsShownMax);
    expect(lab.told[0]).toBe('1 skewed-clock active');
    expect(lab.told.at(-1)).toBe(`${faultsShownMax + 11} skewed-clock lifted`);
    await lab.pass(liftedShownMs + 1);
    await lab.faults.lift(1);
    expect(lab.told).toEqual(['1 skewed-clock lifted']);
  });
});
