/** Lab time by one key or button: stand, go on, one step. */
import { stepMs } from '../model/lab-time.ts';
import { useCommands } from '../stores/commands.ts';
import { useLab } from '../stores/lab.ts';

export function useLabTime() {
  const lab = useLab();
  const commands = useCommands();

  function toggle(): void {
    if (!lab.isLive) return;
    const paused = lab.presentLive?.time.paused === true;
    void commands.send(paused ? 'resumeTime' : 'pauseTime', {});
  }

  /** Of a lab that runs: it stands first. */
  async function step(): Promise<void> {
    if (!lab.isLive) return;
    if (lab.presentLive?.time.paused !== true) await commands.send('pauseTime', {});
    else await commands.send('stepTime', { ms: stepMs });
  }

  return { toggle, step: () => void step() };
}
