/** Asks the journal for two sides, again whenever what is asked for changes: the caller lets time move in steps. */
import { onScopeDispose, shallowRef, watch } from 'vue';
import type { CommandError } from '../../../engine/contract/commands.ts';
import { useQueries } from '../../stores/queries.ts';
import { clientSide, runSide, type Side } from './sides.ts';

export interface Asked {
  readonly what: 'clients' | 'runs';
  readonly sides: readonly {
    readonly id: string;
    readonly title: string;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
}

const buckets = 300;
const settleMs = 120;

export function useSides(asked: () => Asked | null) {
  const queries = useQueries();
  const sides = shallowRef<readonly Side[]>([]);
  const error = shallowRef<CommandError | null>(null);
  const loading = shallowRef(false);
  let timer: ReturnType<typeof setTimeout> | null = null;
  let isOver = false;
  let turn = 0;

  async function side(
    what: Asked['what'],
    { id, title, fromMs, toMs }: Asked['sides'][number],
  ): Promise<Side | CommandError> {
    if (what === 'runs') {
      const run = await queries.ask('runSeries', { run: id, lengthMs: Math.max(1000, toMs - fromMs), buckets });
      return run.ok ? runSide(title, run.value.series, run.value.timeline) : run.error;
    }
    const range = { fromMs: Math.max(0, fromMs), toMs, buckets };
    const [series, timeline] = await Promise.all([
      queries.ask('series', { ...range, clients: [id] }),
      queries.ask('timeline', range),
    ]);
    if (!series.ok) return series.error;
    if (!timeline.ok) return timeline.error;
    return clientSide(id, series.value, timeline.value.flags);
  }

  async function ask(): Promise<void> {
    timer = null;
    const wanted = asked();
    if (wanted === null) {
      sides.value = [];
      return;
    }
    const mine = ++turn;
    loading.value = sides.value.length === 0;
    const found = await Promise.all(wanted.sides.map((each) => side(wanted.what, each)));
    if (isOver || mine !== turn) return;
    loading.value = false;
    const failed = found.find((each): each is CommandError => 'hint' in each);
    error.value = failed ?? null;
    if (failed === undefined) sides.value = found.filter((each): each is Side => 'curves' in each);
  }

  watch(
    () => JSON.stringify(asked()),
    () => {
      if (timer !== null) clearTimeout(timer);
      timer = setTimeout(() => void ask(), settleMs);
    },
    { immediate: true },
  );
  onScopeDispose(() => {
    isOver = true;
    if (timer !== null) clearTimeout(timer);
  });
  return { sides, error, loading };
}
