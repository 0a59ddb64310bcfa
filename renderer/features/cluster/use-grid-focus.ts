/**
 * Roving focus of the matrix: one tab stop, arrows move it. A place is a row's id and a column; row `head` is the
 * brokers' headers. Rows may be virtual: `reveal` brings one into the page before it is focused.
 */
import { nextTick, shallowRef, type Ref } from 'vue';

export interface Place {
  readonly row: string;
  readonly column: number;
}

export interface GridRow {
  readonly id: string;
  /** In their order on the screen. */
  readonly columns: readonly number[];
}

export const headRow = 'head';

export function useGridFocus(
  root: Readonly<Ref<HTMLElement | null>>,
  rows: () => readonly GridRow[],
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
    const at = Math.max(
      0,
      all.findIndex((row) => row.id === active.value.row),
    );
    const columns = all[at]?.columns ?? [];
    const place = (index: number, column: number): Place | null => {
      const target = all[Math.min(all.length - 1, Math.max(0, index))];
      return target === undefined ? null : { row: target.id, column: nearest(target.columns, column) };
    };
    const { column } = active.value;
    const beside = (step: number): number => {
      const index = columns.indexOf(nearest(columns, column)) + step;
      return columns[Math.min(columns.length - 1, Math.max(0, index))] ?? column;
    };
    switch (key) {
      case 'ArrowUp':
        return place(at - 1, column);
      case 'ArrowDown':
        return place(at + 1, column);
      case 'ArrowLeft':
        return place(at, beside(-1));
      case 'ArrowRight':
        return place(at, beside(1));
      case 'PageUp':
        return place(at - 10, column);
      case 'PageDown':
        return place(at + 10, column);
      case 'Home':
        return place(ctrl ? 0 : at, columns[0] ?? column);
      case 'End':
        return place(ctrl ? all.length - 1 : at, columns.at(-1) ?? column);
      default:
        return null;
    }
  }

  return { active, focus, moved };
}

/** The last one that is not right of it: a topic's band reaches over the brokers. */
function nearest(columns: readonly number[], column: number): number {
  return columns.findLast((each) => each <= column) ?? columns[0] ?? column;
}
