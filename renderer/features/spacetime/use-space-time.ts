/**
 * The diagram that the address asks for: its data, or why there is none. Of the running lab it is asked again while what it
 * tells goes on: until once more after its last step, for some seconds.
 */
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { SpaceTime, SpaceTimeAbout, SpaceTimeKind, SpaceTimeStep } from '../../../engine/contract/wire.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';
import { readAbout, writeAbout } from './about.ts';

const againMs = 1500;
/** With these nothing more is to come. */
const lastSteps: Readonly<Partial<Record<SpaceTimeKind, SpaceTimeStep>>> = {
  record: 'committed',
  rebalance: 'rebalance-over',
  election: 'first-produce',
};
/** Commits come each five seconds by default. */
const goesOnMs = 15_000;

export function useSpaceTime(heartbeats: () => boolean) {
  const route = useRoute();
  const router = useRouter();
  const queries = useQueries();
  const lab = useLab();

  const about = computed(() => readAbout(route.query));
  const data = shallowRef<SpaceTime | null>(null);
  const error = shallowRef<CommandError | null>(null);
  const loading = shallowRef(false);
  /** What is chosen where nothing is asked for yet. */
  const kind = shallowRef<SpaceTimeKind>(about.value?.kind ?? 'record');
  let turn = 0;

  async function ask(): Promise<void> {
    const wanted = about.value;
    const mine = ++turn;
    if (wanted === null) {
      data.value = null;
      error.value = null;
      loading.value = false;
      return;
    }
    loading.value = true;
    const answer = await queries.ask('spaceTime', { about: wanted, heartbeats: heartbeats() });
    if (mine !== turn) return;
    loading.value = false;
    data.value = answer.ok ? answer.value : null;
    error.value = answer.ok ? null : answer.error;
    if (hasLastStep()) answersWithLast.value += 1;
  }

  /** What went over the wire is recorded a little later than what came of it: one more answer has all of it. */
  const answersWithLast = shallowRef(0);
  function hasLastStep(): boolean {
    const last = about.value === null ? undefined : lastSteps[about.value.kind];
    return data.value?.marks.some(({ step }) => step === last) ?? false;
  }

  watch(
    [() => JSON.stringify(about.value), heartbeats],
    ([now], was) => {
      if (about.value !== null) kind.value = about.value.kind;
      if (now !== was[0]) {
        data.value = null;
        error.value = null;
        answersWithLast.value = 0;
      }
      void ask();
    },
    { immediate: true },
  );

  /** Whether more of it may come. */
  const goesOn = computed(() => {
    const last = about.value === null ? undefined : lastSteps[about.value.kind];
    if (last === undefined || !lab.isLive) return false;
    if (data.value === null) return error.value?.code === 'not-recorded';
    return answersWithLast.value < 2;
  });
  let askedUntil = 0;
  watch(
    () => JSON.stringify(about.value),
    () => (askedUntil = performance.now() + goesOnMs),
    { immediate: true },
  );
  const timer = setInterval(() => {
    if (goesOn.value && !loading.value && performance.now() < askedUntil) void ask();
  }, againMs);
  onBeforeUnmount(() => clearInterval(timer));

  function show(next: SpaceTimeAbout): void {
    void router.push({ path: '/spacetime', query: writeAbout(next) });
  }
  function choose(next: SpaceTimeKind): void {
    if (next === kind.value) return;
    kind.value = next;
    if (about.value !== null) void router.push({ path: '/spacetime' });
  }

  return { about, kind, data, error, loading, ask, show, choose };
}
