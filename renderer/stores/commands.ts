/** Commands that are on their way, the newest refusal, and the stack of what can be undone. */
import { defineStore } from 'pinia';
import { shallowReadonly, shallowRef } from 'vue';
import type { CommandError, CommandInput, CommandName, CommandResult } from '../../engine/contract/commands.ts';
import type { LabBridge } from '../bridge/lab-bridge.ts';

export interface Refusal {
  readonly command: CommandName;
  readonly error: CommandError;
}
interface Undo {
  readonly name: 'startBroker' | 'resumeBroker';
  readonly node: number;
}

export const useCommands = defineStore('commands', () => {
  /** `killBroker 2`: what was sent and not answered yet. */
  const pending = shallowRef<ReadonlySet<string>>(new Set());
  const refusal = shallowRef<Refusal | null>(null);
  let undoable: readonly Undo[] = [];
  let bridge: LabBridge | null = null;

  async function send<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult> {
    const node = 'node' in input && typeof input.node === 'number' ? input.node : null;
    const key = node === null ? name : `${name} ${node}`;
    if (bridge === null || pending.value.has(key)) {
      return { ok: false, error: { code: 'not-connected', thing: name, value: '', hint: '' } };
    }
    pending.value = new Set([...pending.value, key]);
    const result = await bridge.send(name, input);
    pending.value = new Set([...pending.value].filter((each) => each !== key));
    refusal.value = result.ok ? null : { command: name, error: result.error };
    if (result.ok && node !== null) remember(name, node);
    return result;
  }

  function remember(name: CommandName, node: number): void {
    if (name === 'killBroker' || name === 'stopBroker') undoable = [...undoable, { name: 'startBroker', node }];
    else if (name === 'pauseBroker') undoable = [...undoable, { name: 'resumeBroker', node }];
    else if (name === 'startBroker' || name === 'resumeBroker')
      undoable = undoable.filter((each) => each.node !== node);
  }

  /** Takes back the newest fault that still stands. */
  async function undo(): Promise<void> {
    const newest = undoable.at(-1);
    if (newest !== undefined) await send(newest.name, { node: newest.node });
  }

  return {
    pending: shallowReadonly(pending),
    refusal: shallowReadonly(refusal),
    isPending: (name: CommandName, node: number) => pending.value.has(`${name} ${node}`),
    dismissRefusal: () => (refusal.value = null),
    send,
    undo,
    attach: (line: LabBridge) => (bridge = line),
  };
});
