/** Lab time in the palette: its speeds, standing and going on, one step. */
import type { LabCommand } from '../../../engine/contract/commands.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { allSpeeds, stepMs } from '../../model/lab-time.ts';
import type { PaletteEntry } from './entries.ts';

export function timeEntries({ time }: LabSnapshot): readonly PaletteEntry[] {
  return [
    time.paused ? entry({ type: 'resumeTime' }, 'Space') : entry({ type: 'pauseTime' }, 'Space'),
    ...(time.paused ? [entry({ type: 'stepTime', ms: stepMs }, '.')] : []),
    ...allSpeeds.filter((speed) => speed !== time.speed).map((speed) => entry({ type: 'setSpeed', speed })),
  ];
}

function entry(
  command: Extract<LabCommand, { type: 'pauseTime' | 'resumeTime' | 'stepTime' | 'setSpeed' }>,
  keys: string | null = null,
): PaletteEntry {
  const args: Readonly<Record<string, number>> =
    command.type === 'setSpeed' ? { speed: command.speed } : command.type === 'stepTime' ? { ms: command.ms } : {};
  return {
    id: `time ${command.type} ${Object.values(args).join('')}`.trim(),
    group: 'commands',
    words: [`command.${command.type}`, args],
    keys,
    act: { type: 'command', command },
  };
}
