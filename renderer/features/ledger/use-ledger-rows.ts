/**
 * The rows that are in the page: a stretch of the ledger, the newest one or one that the reader scrolled to. It is asked
 * for again while the lab lives, so that fates move; older and newer rows come when somebody scrolls there.
 */
import { onScopeDispose, shallowRef, watch, type Ref } from 'vue';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { LedgerPage, LedgerRow } from '../../../engine/contract/ledger.ts';
import type { QueryInput } from '../../../engine/contract/queries.ts';
import type { LabEvent } from '../../../engine/contract/events.ts';
import { useQueries } from '../../stores/queries.ts';

export type LedgerQueryInput = Omit<QueryInput<'ledger'>, 'after' | 'before' | 'limit'>;

const everyMs = 1000;
const pageRows = 200;
/** Before a moment, when rows around it are opened. */
const nearMs = 150;
/** In the page at once; what is further away goes. */
const rowsMax = 1000;

export interface LedgerStretch {
  readonly rows: readonly LedgerRow[];
  readonly marks: readonly LabEvent[];
  readonly older: boolean;
  readonly newer: boolean;
}

/** `input` null: there is nothing to ask for. `fromStart`: it begins with the first record, not with the newest. */
export function useLedgerRows(input: Ref<LedgerQueryInput | null>, fromStart: Ref<boolean>) {
  const queries = useQueries();
  const stretch = shallowRef<LedgerStretch | null>(null);
  const error = shallowRef<CommandError | null>(null);
  /** Follows the newest rows. */
  const tails = shallowRef(true);
  let asked = 0;
  let asking = false;

  async function ask(more: Pick<QueryInput<'ledger'>, 'after' | 'before' | 'limit'>): Promise<LedgerPage | null> {
    const now = input.value;
    if (now === null) return null;
    const turn = ++asked;
    asking = true;
    const answer = await queries.ask('ledger', { ...now, ...more });
    asking = false;
    if (turn !== asked) return null;
    error.value = answer.ok ? null : answer.error;
    return answer.ok ? answer.value : null;
  }

  /** Where a stretch that does not begin at the newest begins: around a moment a little before it. */
  async function startRow(): Promise<number> {
    const now = input.value;
    if (now?.show?.only !== 'around') return 0;
    const answer = await queries.ask('ledger', { ...now, show: { ...now.show, spanMs: nearMs }, after: 0, limit: 1 });
    const first = answer.ok ? answer.value.rows[0] : undefined;
    return Math.max(0, (first?.row ?? 0) - 1);
  }

  /** The same stretch as it is now, or the newest one. */
  async function refresh(): Promise<void> {
    const first = stretch.value?.rows[0]?.row;
    const count = stretch.value?.rows.length ?? 0;
    const same = !tails.value && first !== undefined;
    const limit = Math.min(rowsMax, Math.max(pageRows, count));
    const page = await ask(tails.value ? { limit } : { after: same ? first - 1 : await startRow(), limit });
    if (page !== null) stretch.value = page;
  }

  async function older(): Promise<void> {
    const now = stretch.value;
    const first = now?.rows[0];
    if (now === null || first === undefined || !now.older || asking) return;
    const page = await ask({ before: first.row, limit: pageRows });
    if (page === null || stretch.value !== now) return;
    const rows = [...page.rows, ...now.rows];
    const cut = rows.length > rowsMax;
    if (cut) tails.value = false;
    stretch.value = {
      rows: rows.slice(0, rowsMax),
      marks: together(page.marks, now.marks),
      older: page.older,
      newer: cut || now.newer,
    };
  }

  async function newer(): Promise<void> {
    const now = stretch.value;
    const last = now?.rows.at(-1);
    if (now === null || last === undefined || !now.newer || asking) return;
    const page = await ask({ after: last.row, limit: pageRows });
    if (page === null || stretch.value !== now) return;
    const rows = [...now.rows, ...page.rows];
    stretch.value = {
      rows: rows.slice(-rowsMax),
      marks: together(now.marks, page.marks),
      older: rows.length > rowsMax || now.older,
      newer: page.newer,
    };
  }

  async function toEnd(): Promise<void> {
    tails.value = true;
    await refresh();
  }

  watch(
    () => JSON.stringify(input.value),
    () => {
      stretch.value = null;
      error.value = null;
      tails.value = !fromStart.value;
      void refresh();
    },
    { immediate: true },
  );
  const timer = setInterval(() => {
    if (!asking) void refresh();
  }, everyMs);
  onScopeDispose(() => clearInterval(timer));

  return { stretch, error, tails, refresh, older, newer, toEnd };
}

function together(before: readonly LabEvent[], behind: readonly LabEvent[]): readonly LabEvent[] {
  const known = new Set(before.map(({ id }) => id));
  return [...before, ...behind.filter(({ id }) => !known.has(id))];
}
