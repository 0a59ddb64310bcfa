/** The list of runs: asked when the view opens, when something about runs has changed, and now and then while one goes on. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { RunSummary } from '../../../engine/contract/runs.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';

const againMs = 5_000;

export function useRuns() {
  const lab = useLab();
  const queries = useQueries();
  /** Null until the first answer. */
  const runs = shallowRef<readonly RunSummary[] | null>(null);
  const error = shallowRef<CommandError | null>(null);
  let asked = 0;

  async function ask(): Promise<void> {
    const mine = ++asked;
    const answer = await queries.ask('runs', {});
    if (mine !== asked) return;
    error.value = answer.ok ? null : answer.error;
    if (answer.ok) runs.value = answer.value.runs;
  }

  /** What makes the list another one. */
  const changes = (): string => {
    const now = lab.presentCalm;
    const jobs = now?.jobs.map((job) => `${job.id} ${job.state}`).join() ?? '';
    return `${lab.line} ${now?.shown.run} ${now?.scenario?.state} ${jobs}`;
  };
  watch(changes, () => void ask(), { immediate: true });
  const timer = setInterval(() => void ask(), againMs);
  onScopeDispose(() => clearInterval(timer));
  return { runs, error, ask };
}
