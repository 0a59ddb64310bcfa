/** The rates of the run that is shown. They are kept while one looks at other views, and grow where one looks at this one. */
import { shallowRef, watch } from 'vue';
import { useLab } from '../../stores/lab.ts';
import { withPoints, type Rates } from './scenario-rates.ts';

const kept = shallowRef<Rates | null>(null);

export function useRates() {
  const lab = useLab();
  watch(
    () => lab.presentCalm,
    (snapshot) => {
      if (snapshot !== null) kept.value = withPoints(kept.value, snapshot);
    },
    { immediate: true },
  );
  return { rates: kept };
}
