/** To the event before or after the moment that is shown; from the newest one on it is live again. */
import { labTimeNow } from '../../design/use-clock.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';

export function useEventSteps() {
  const lab = useLab();
  const queries = useQueries();
  let asking = false;

  async function step(direction: 'previous' | 'next'): Promise<void> {
    if (asking || (direction === 'next' && lab.atPresent)) return;
    asking = true;
    const answer = await queries.ask('neighbour', { atMs: lab.atMs ?? labTimeNow(), direction });
    asking = false;
    if (!answer.ok) return;
    const { event } = answer.value;
    if (event !== null) lab.showMoment(event.atMs);
    else if (direction === 'next') lab.goLive();
  }

  return { step };
}
