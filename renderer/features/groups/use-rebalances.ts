/** The rebalances of a group since the lab started, newest first: asked for again whenever one begins or ends. */
import { computed, shallowRef, watch } from 'vue';
import type { GroupView, RebalanceView } from '../../../engine/contract/groups.ts';
import { useQueries } from '../../stores/queries.ts';

const limit = 50;

export function useRebalances(group: () => GroupView | undefined, atMs: () => number) {
  const queries = useQueries();
  const asked = shallowRef<readonly RebalanceView[]>([]);
  const loading = shallowRef(true);

  watch(
    () => {
      const view = group();
      return view === undefined
        ? ''
        : `${view.id}\0${view.rebalance?.number ?? 0} ${view.rebalance?.gaps.filter(({ toMs }) => toMs !== null).length ?? 0}`;
    },
    async (key) => {
      const id = key.slice(0, Math.max(0, key.indexOf('\0')));
      if (id === '') return;
      const answer = await queries.ask('rebalances', { group: id, limit });
      // Another group may be shown by now.
      if (group()?.id !== id) return;
      if (answer.ok) asked.value = answer.value.rebalances;
      loading.value = false;
    },
    { immediate: true },
  );

  /** As of the moment that is shown, the newest one as it stands there. */
  const history = computed(() => {
    const view = group();
    const newest = view?.rebalance ?? null;
    const others = asked.value.filter(
      (each) => each.group === view?.id && each.number !== newest?.number && each.startedMs <= atMs(),
    );
    return newest === null ? [] : [newest, ...others.filter((each) => each.number < newest.number)];
  });
  return { history, loading };
}
