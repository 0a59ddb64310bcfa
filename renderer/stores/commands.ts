/** Commands that are on their way, the newest refusal, and the stack of what can be undone. */
import { defineStore } from 'pinia';
import { computed, shallowReadonly, shallowRef } from 'vue';
import type {
  CommandError,
  CommandInput,
  CommandName,
  CommandResult,
  LabCommand,
} from '../../engine/contract/commands.ts';
import type { LabBridge } from '../bridge/lab-bridge.ts';
import { isSpent, settles, subjectOf, undoOf, type Undo } from '../model/undo.ts';
import { useLab } from './lab.ts';

export interface Refusal {
  readonly command: CommandName;
  readonly error: CommandError;
}

type Sender = Pick<LabBridge, 'send'>;

const undoMax = 100;
/** What has to do with runs and files, not with what the lab does: also while the past or a recorded run is shown. */
const always: ReadonlySet<CommandName> = new Set<CommandName>([
  'openRun',
  'closeRun',
  'exportRun',
  'removeRun',
  'cancelJob',
  'setJournalLimit',
  'runScenario',
  'leaveScenario',
  'saveScenario',
  'removeScenario',
]);

export const useCommands = defineStore('commands', () => {
  const lab = useLab();
  /** `killBroker 2`, `setProducer order-feed`, `addBroker`: what was sent and not answered yet. */
  const pending = shallowRef<ReadonlySet<string>>(new Set());
  const refusal = shallowRef<Refusal | null>(null);
  /** Oldest first. */
  const undos = shallowRef<readonly Undo[]>([]);
  let bridge: Sender | null = null;
  /** A fault that is over has nothing left to take back. */
  const undoable = computed(() => undos.value.findLast((each) => !isSpent(each, lab.presentCalm)) ?? null);

  async function send<N extends CommandName>(name: N, input: CommandInput<N>): Promise<CommandResult> {
    // The pair (name, input) is checked by this function's signature.
    const command = { type: name, ...input } as LabCommand;
    const before = lab.presentLive;
    const result = await dispatch(name, input, command);
    if (!result.ok) return result;
    const undo = undoOf(command, before, result, Date.now());
    const standing = undos.value.filter((each) => !settles(command, each));
    undos.value = undo === null ? standing : [...standing, undo].slice(-undoMax);
    return result;
  }

  async function dispatch<N extends CommandName>(
    name: N,
    input: CommandInput<N>,
    command: LabCommand,
  ): Promise<CommandResult> {
    const key = keyOf(command);
    if (!lab.isLive && !always.has(name)) return refuse(name, lab.isRecorded ? 'recorded' : 'past');
    if (bridge === null) return refuse(name, 'not-connected');
    if (pending.value.has(key)) return { ok: false, error: { code: 'pending', thing: name, value: '', hint: '' } };
    pending.value = new Set([...pending.value, key]);
    const result = await bridge.send(name, input);
    pending.value = new Set([...pending.value].filter((each) => each !== key));
    refusal.value = result.ok ? null : { command: name, error: result.error };
    return result;
  }

  function refuse(command: CommandName, code: string): CommandResult {
    const error = { code, thing: command, value: '', hint: '' };
    refusal.value = { command, error };
    return { ok: false, error };
  }

  /** Takes back the newest change that still stands; it stays on the stack when it could not be sent. */
  async function undo(): Promise<void> {
    const newest = undoable.value;
    if (newest === null || !lab.isLive) return;
    for (const command of newest.commands) {
      const { type, ...input } = command;
      const result = await dispatch(type, input as CommandInput<typeof type>, command);
      if (!result.ok && ['not-connected', 'failed', 'pending'].includes(result.error.code)) return;
    }
    undos.value = undos.value.filter((each) => each !== newest);
  }

  /** Without `of`: whether any command of that name is on its way. `of` is a node, client, group or topic. */
  function isPending(name: CommandName, of?: number | string): boolean {
    if (of !== undefined) return pending.value.has(`${name} ${of}`);
    return [...pending.value].some((key) => key === name || key.startsWith(`${name} `));
  }

  return {
    pending: shallowReadonly(pending),
    refusal: shallowReadonly(refusal),
    /** What `undo()` takes back next: its sentence is `command.<done.type>` with `done` as arguments. */
    undoable,
    isPending,
    dismissRefusal: () => (refusal.value = null),
    /** Another lab or run is shown: what was done to the one before cannot be taken back here. */
    forget: () => {
      undos.value = [];
      refusal.value = null;
    },
    send,
    undo,
    attach: (line: Sender) => (bridge = line),
  };
});

function keyOf(command: LabCommand): string {
  const subject = subjectOf(command);
  return subject === null ? command.type : `${command.type} ${subject.slice(subject.indexOf(' ') + 1)}`;
}
