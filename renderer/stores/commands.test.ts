// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName, CommandResult } from '../../engine/contract/commands.ts';
import { labSnapshot } from '../../engine/contract/snapshot.testkit.ts';
import { useCommands } from './commands.ts';
import { useLab } from './lab.ts';

let sent: string[] = [];
let answer: (result: CommandResult) => void = () => {};
let waits = false;
const done: CommandResult = { ok: true, node: null };

beforeEach(() => {
  setActivePinia(createPinia());
  sent = [];
  waits = false;
  useCommands().attach({
    send: (name: CommandName, input: object) => {
      sent.push([name, ...Object.values(input)].join(' '));
      return waits ? new Promise((resolve) => (answer = resolve)) : Promise.resolve(done);
    },
  });
});

afterEach(() => void vi.useRealTimers());

describe('commands', () => {
  it('take back the newest fault that still stands, then the one before', async () => {
    const commands = useCommands();
    await commands.send('killBroker', { node: 2 });
    await commands.send('pauseBroker', { node: 3 });
    await commands.send('stopBroker', { node: 1 });
    await commands.send('startBroker', { node: 1 });
    sent = [];
    await commands.undo();
    await commands.undo();
    await commands.undo();
    expect(sent).toEqual(['resumeBroker 3', 'startBroker 2']);
  });

  it('are not sent twice while the first is on its way', async () => {
    const commands = useCommands();
    waits = true;
    const first = commands.send('stopBroker', { node: 2 });
    expect(commands.isPending('stopBroker', 2)).toBe(true);
    expect(await commands.send('stopBroker', { node: 2 })).toMatchObject({ ok: false });
    answer(done);
    expect(await first).toEqual(done);
    expect(sent).toEqual(['stopBroker 2']);
    expect(commands.isPending('stopBroker', 2)).toBe(false);
  });

  it('keep the newest refusal until something succeeds', async () => {
    const commands = useCommands();
    waits = true;
    const refused = commands.send('killBroker', { node: 9 });
    const error = { code: 'no-such-broker', thing: 'broker', value: '9', hint: 'Brokers are 1, 2, 3.' };
    answer({ ok: false, error });
    await refused;
    expect(commands.refusal).toEqual({ command: 'killBroker', error });
    waits = false;
    await commands.send('killBroker', { node: 2 });
    expect(commands.refusal).toBeNull();
  });

  it('about clients are taken back to what was before', async () => {
    vi.useFakeTimers({
      toFake: ['requestAnimationFrame', 'cancelAnimationFrame', 'setTimeout', 'clearTimeout', 'Date'],
    });
    useLab().applyUpdate({ type: 'snapshot', snapshot: labSnapshot() });
    vi.advanceTimersByTime(17);
    const commands = useCommands();
    await commands.send('setProducer', { client: 'order-feed', acks: '1' });
    await commands.send('killConsumer', { client: 'billing-1' });
    await commands.send('setGroup', { group: 'billing', staticMembership: true });
    expect(commands.undoable).toMatchObject({ subject: 'group billing', done: { type: 'setGroup' } });
    sent = [];
    for (let times = 0; times < 4; times += 1) await commands.undo();
    expect(sent).toEqual([
      'setConsumer billing-1 false',
      'setConsumer billing-2 false',
      'startConsumer billing-1',
      'setProducer order-feed all',
    ]);
    expect(commands.undoable).toBeNull();
  });

  it('are refused in the past', async () => {
    const commands = useCommands();
    useLab().showMoment(5_000);
    expect(await commands.send('killBroker', { node: 2 })).toMatchObject({ ok: false, error: { code: 'past' } });
    expect(commands.refusal?.error.code).toBe('past');
    expect(sent).toEqual([]);
  });

  it('that could not be sent can still be taken back later', async () => {
    const commands = useCommands();
    await commands.send('killBroker', { node: 2 });
    waits = true;
    const undone = commands.undo();
    answer({ ok: false, error: { code: 'not-connected', thing: '', value: '', hint: '' } });
    await undone;
    expect(commands.undoable?.subject).toBe('broker 2');
  });
});
