/** Commands of lab time, and the line of the event log for each. */
import type { CommandResult, LabCommand } from '../../contract/commands.ts';
import type { LabChange, LabEventDraft } from '../../contract/events.ts';
import { timeCommands } from '../../contract/time.ts';
import { refused } from '../outcome.ts';
import type { LabTime } from './lab-time.ts';

export type TimeCommand = Extract<LabCommand, { type: keyof typeof timeCommands }>;

export function isTimeCommand(command: LabCommand): command is TimeCommand {
  return command.type in timeCommands;
}

/** `tell` is called with what became of it; not at all when it changes nothing. */
export function executeTimeCommand(
  time: LabTime,
  command: TimeCommand,
  tell: (draft: LabEventDraft) => void,
): CommandResult {
  const was = time.view;
  switch (command.type) {
    case 'setSpeed':
      if (command.speed === was.speed) break;
      time.setSpeed(command.speed);
      tell(draft(time, command, { of: 'value', was: `${was.speed}×`, now: `${command.speed}×` }));
      break;
    case 'pauseTime':
      time.pause();
      if (!was.paused) tell(draft(time, command, { of: 'state', was: 'running', now: 'paused' }));
      break;
    case 'resumeTime':
      time.resume();
      if (was.paused) tell(draft(time, command, { of: 'state', was: 'paused', now: 'running' }));
      break;
    case 'stepTime':
      if (!was.paused)
        return refused('wrong-state', 'lab time', 'running', 'Pause it first; a step is of a lab that stands.');
      time.step(command.ms);
      tell(draft(time, command, { of: 'value', was: '+0 ms', now: `+${command.ms} ms` }));
  }
  return { ok: true, node: null };
}

function draft(time: LabTime, { type }: TimeCommand, change: LabChange): LabEventDraft {
  return {
    atMs: time.now(),
    actor: 'lab',
    node: null,
    kind: 'lab-time',
    source: type,
    args: { speed: time.view.speed },
    change,
    metric: null,
    tone: 'notice',
  };
}
