/** The scenarios that there are, and the one that is looked at: asked when the view opens and when something changed them. */
import { computed, shallowRef, watch, type Ref } from 'vue';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { ScenarioAnswers, ScenarioSummary } from '../../../engine/contract/scenarios.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';

export type OpenScenario = ScenarioAnswers['scenario'];

export function useLibrary(chosen: Readonly<Ref<string | null>>) {
  const lab = useLab();
  const queries = useQueries();
  /** Null until the first answer. */
  const list = shallowRef<readonly ScenarioSummary[] | null>(null);
  const error = shallowRef<CommandError | null>(null);
  const open = shallowRef<OpenScenario | null>(null);

  async function ask(): Promise<void> {
    const answer = await queries.ask('scenarios', {});
    error.value = answer.ok ? null : answer.error;
    if (answer.ok) list.value = answer.value.scenarios;
    await askOpen();
  }

  async function askOpen(): Promise<void> {
    const name = chosen.value;
    if (name === null) {
      open.value = null;
      return;
    }
    const answer = await queries.ask('scenario', { name });
    if (chosen.value === name) open.value = answer.ok ? answer.value : null;
  }

  /** What may have changed them: another lab is shown, a run came to its end, something was recorded. */
  const changes = (): string => {
    const now = lab.presentCalm;
    return `${lab.line} ${now?.shown.run} ${now?.scenario?.state} ${now?.recording === null}`;
  };
  watch(changes, () => void ask(), { immediate: true });
  watch(chosen, () => void askOpen());

  return {
    list,
    error,
    open,
    ask,
    shipped: computed(() => (list.value ?? []).filter((each) => each.shipped)),
    yours: computed(() => (list.value ?? []).filter((each) => !each.shipped)),
  };
}
