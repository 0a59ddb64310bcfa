import { describe, expect, it } from 'vitest';
import { commandNames, parseCommand } from './commands.ts';
import { labContract } from './router.ts';

describe('commands', () => {
  it('the router has one procedure for each command', () => {
    expect(Object.keys(labContract.commands).sort()).toEqual([...commandNames].sort());
  });

  it('a good command is passed on with its type', () => {
    expect(parseCommand('killBroker', { node: 2 })).toEqual({ ok: true, command: { type: 'killBroker', node: 2 } });
    expect(parseCommand('addBroker', {})).toEqual({ ok: true, command: { type: 'addBroker' } });
    expect(parseCommand('addBroker', { node: 7 })).toEqual({ ok: true, command: { type: 'addBroker', node: 7 } });
    expect(parseCommand('startBroker', { node: 2, port: 9095 })).toEqual({
      ok: true,
      command: { type: 'startBroker', node: 2, port: 9095 },
    });
  });

  it.each([
    ['killBroker', { node: 'two' }, 'node'],
    ['killBroker', {}, 'node'],
    ['killBroker', { node: 2, force: true }, 'force'],
    ['startBroker', { node: 2, port: 80 }, 'port'],
    ['createTopic', { name: 'a/b', partitions: 1, replicationFactor: 1 }, 'name'],
    ['createTopic', { name: '..', partitions: 1, replicationFactor: 1 }, 'name'],
    ['createTopic', { name: 'orders', partitions: 0, replicationFactor: 1 }, 'partitions'],
    ['eraseDisk', {}, 'command'],
    ['constructor', {}, 'command'],
  ])('%s with %j is refused and names %s', (name, input, thing) => {
    const parsed = parseCommand(name, input);
    expect(parsed).toMatchObject({ ok: false, error: { code: 'invalid', thing } });
  });
});
