/** The selection lives in the address, so that it can be bookmarked, shared and left with the back button. */
import { computed } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import { readSelection, sameSelection, writeSelection, type Selection } from '../model/selection.ts';

export function useSelection() {
  const route = useRoute();
  const router = useRouter();
  const selection = computed(() => readSelection(route.query['at']));

  function select(next: Selection): void {
    if (sameSelection(selection.value, next)) return;
    void router.replace({ query: { ...route.query, at: writeSelection(next) } });
  }

  function leave(): void {
    const { at: _, ...query } = route.query;
    void router.replace({ query });
  }

  return { selection, select, leave };
}
