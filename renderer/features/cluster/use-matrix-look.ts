/** How the reader wants the matrix: order and density of rows, kept between visits; the density follows the room until it is pinned. */
import { shallowRef } from 'vue';
import { densities, sorts, type Density, type Sort } from './rows.ts';

const sortKey = 'brokerlab.matrix.sort';
const densityKey = 'brokerlab.matrix.density';

function kept<T extends string>(key: string, known: readonly T[]): T | null {
  const value = window.localStorage.getItem(key);
  return known.find((each) => each === value) ?? null;
}

export function useMatrixLook() {
  const sort = shallowRef<Sort>(kept(sortKey, sorts) ?? 'partition');
  /** Null while it follows the room. */
  const pinned = shallowRef<Density | null>(kept(densityKey, densities));
  return {
    sort,
    pinned,
    setSort(next: Sort): void {
      sort.value = next;
      window.localStorage.setItem(sortKey, next);
    },
    pin(next: Density | null): void {
      pinned.value = next;
      if (next === null) window.localStorage.removeItem(densityKey);
      else window.localStorage.setItem(densityKey, next);
    },
  };
}
