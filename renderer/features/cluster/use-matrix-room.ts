/**
 * What fits: whether the producers' column has room, which rows are in the page, and where in all of them the reader is.
 * Beyond sixty rows only those in sight and a few around them are in the page.
 */
import { useVirtualizer } from '@tanstack/vue-virtual';
import { computed, onBeforeUnmount, onMounted, shallowRef, watch, type Ref } from 'vue';
import type { Density, MatrixRow } from './rows.ts';

const virtualFrom = 60;
/** In pixels of the page: below it the accumulators stand in the rows' tooltips. */
const producersFrom = '(min-width: 1100px)';

export interface View {
  /** 0 to 1, of all rows. */
  readonly top: number;
  readonly part: number;
  /** Rows in sight, from 1 on. */
  readonly from: number;
  readonly to: number;
}

export function useMatrixRoom(
  root: Readonly<Ref<HTMLElement | null>>,
  rows: Readonly<Ref<readonly MatrixRow[]>>,
  density: Readonly<Ref<Density>>,
  many: Readonly<Ref<boolean>>,
  projector: Readonly<Ref<boolean>>,
) {
  const wide = window.matchMedia(producersFrom);
  const isWide = shallowRef(wide.matches);
  const onWidth = (): void => {
    isWide.value = wide.matches;
  };
  const producers = computed(() => isWide.value && !many.value);

  /** Pixels of 1rem: asked once for each change of size, not for each row. */
  const rem = shallowRef(remInPixels());
  const view = shallowRef<View>({ top: 0, part: 1, from: 1, to: 1 });
  let frame: number | null = null;
  function onScroll(): void {
    frame ??= requestAnimationFrame(look);
  }
  function look(): void {
    frame = null;
    const grid = root.value;
    if (grid === null || grid.scrollHeight === 0) return;
    rem.value = remInPixels();
    const top = grid.scrollTop / grid.scrollHeight;
    const part = Math.min(1, grid.clientHeight / grid.scrollHeight);
    const all = rows.value.length;
    const from = Math.min(all, Math.floor(top * all) + 1);
    const next = { top, part, from, to: Math.min(all, Math.ceil((top + part) * all)) };
    const was = view.value;
    if (was.top !== next.top || was.part !== next.part || was.to !== next.to) view.value = next;
  }
  const resized = typeof ResizeObserver === 'undefined' ? null : new ResizeObserver(onScroll);

  onMounted(() => {
    wide.addEventListener('change', onWidth);
    if (root.value !== null) resized?.observe(root.value);
    onScroll();
  });
  onBeforeUnmount(() => {
    wide.removeEventListener('change', onWidth);
    resized?.disconnect();
    if (frame !== null) cancelAnimationFrame(frame);
  });
  watch([() => rows.value.length, density], onScroll, { flush: 'post' });

  function heightOf(row: MatrixRow | undefined): number {
    return Math.round(remsOf(row) * rem.value);
  }
  function remsOf(row: MatrixRow | undefined): number {
    if (row?.kind === 'topic') return 3.4;
    if (density.value === 'heat') return 1;
    if (density.value === 'compact') return 2.2;
    return projector.value ? 8.2 : 6.2;
  }
  const virtual = useVirtualizer(
    computed(() => ({
      count: rows.value.length,
      enabled: rows.value.length > virtualFrom,
      getScrollElement: () => root.value,
      estimateSize: (index: number) => heightOf(rows.value[index]),
      getItemKey: (index: number) => rows.value[index]?.id ?? index,
      overscan: 10,
    })),
  );
  watch([density, rem, projector], () => virtual.value.measure());

  const inPage = computed(() => {
    if (rows.value.length <= virtualFrom) {
      return { rows: rows.value.map((row, index) => ({ row, index })), before: 0, after: 0 };
    }
    const items = virtual.value.getVirtualItems();
    const found = items.map(({ index }) => ({ row: rows.value[index], index }));
    return {
      rows: found.filter((each): each is { row: MatrixRow; index: number } => each.row !== undefined),
      before: items[0]?.start ?? 0,
      after: virtual.value.getTotalSize() - (items.at(-1)?.end ?? 0),
    };
  });

  /** Brings a row into the page. */
  function reveal(id: string): void {
    if (rows.value.length <= virtualFrom) return;
    const index = rows.value.findIndex((row) => row.id === id);
    if (index >= 0) virtual.value.scrollToIndex(index);
  }
  /** `part` of all rows comes to the middle. */
  function scrollTo(part: number): void {
    const grid = root.value;
    if (grid !== null) grid.scrollTop = part * grid.scrollHeight - grid.clientHeight / 2;
  }

  return { producers, inPage, view, reveal, scrollTo, onScroll };
}

function remInPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 10;
}
