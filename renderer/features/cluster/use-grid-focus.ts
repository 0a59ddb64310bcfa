/**
 * Roving focus of the matrix: one tab stop, arrows move it. A place is a row's id and a column; row `head` is the
 * brokers' headers. Rows may be virtual: `reveal` brings one into the page before it is focused.
 */
import { nextTick, shallowRef, type Ref } from 'vue';

export interface Place {
  readonly row: string;
  readonly column: number;
}

export const headRow = 'head';

export function useGridFocus(
  root: Readonly<Ref<HTMLElement | null>>,
  rows: () => readonly { readonly id: string; readonly columns: number }[],
  reveal: (row: string) => void,
) {
  const active = shallowRef<Place>({ row: headRow, column: 1 });

  async function focus(place: Place): Promise<void> {
    active.value = place;
    if (place.row !== headRow) reveal(place.row);
    await nextTick();
    const cell = root.value?.querySelector<HTMLElement>(
      `[data-row="${CSS.escape(place.row)}"][data-column="${place.column}"]`,
    );
    cell?.focus();
  }

  /** Null when the key does not move. */
  function moved(key: string, ctrl: boolean): Place | null {
    const all = rows();
    const at = all.findIndex((row) => row.id === active.value.row);
    const row = all[Math.max(0, at)];
    if (row === undefined) return null;
    const place = (index: number, column: number): Place | null => {
      const target = all[Math.min(all.length - 1, Math.max(0, index))];
      return target === undefined
        ? null
        : { row: target.id, column: Math.min(target.columns - 1, Math.max(0, column)) };
    };
    const { column } = active.value;
    switch (key) {
      case 'ArrowUp':
        return place(at - 1, column);
      case 'ArrowDown':
        return place(at + 1, column);
      case 'ArrowLeft':
        return place(at, column - 1);
      case 'ArrowRight':
        return place(at, column + 1);
      case 'PageUp':
        return place(at - 10, column);
      case 'PageDown':
        return place(at + 10, column);
      case 'Home':
        return place(ctrl ? 0 : at, 0);
      case 'End':
        return place(ctrl ? all.length - 1 : at, Number.MAX_SAFE_INTEGER);
      default:
        return null;
    }
  }

  const isActive = (row: string, column: number): boolean => active.value.row === row && active.value.column === column;

  return { active, focus, moved, isActive };
}
