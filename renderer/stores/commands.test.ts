// @vitest-environment happy-dom
import { createPinia, setActivePinia } from 'pinia';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CommandName, CommandResult } from '../../engine/contract/commands.ts';
import { useCommands } from './commands.ts';

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
});
