/**
 * Which replica, segment, batch and record the view shows, as it stands in the address, and what the disk says of them.
 * Questions are asked again when the address changes and, while it follows, every {@link followMs}.
 */
import { computed, onBeforeUnmount, shallowRef, watch } from 'vue';
import { useRoute, useRouter, type LocationQueryRaw } from 'vue-router';
import type { CommandError } from '../../../engine/contract/commands.ts';
import type { QueryResult } from '../../../engine/contract/queries.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import type { BatchBytes, LogBatches, OffsetWay, PartitionFiles } from '../../../engine/contract/storage.ts';
import { useQueries } from '../../stores/queries.ts';

const followMs = 2_000;
/** Batches of a segment that are shown at a time. */
const batchesShown = 40;

interface Replica {
  readonly node: number;
  readonly topic: string;
  readonly partition: number;
}

/** Of one query parameter: a whole number from 0 on, or null. */
function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  return Number.isSafeInteger(number) ? number : null;
}

export function useReplica(calm: () => LabSnapshot, path: () => { topic?: string; partition?: string }) {
  const route = useRoute();
  const router = useRouter();
  const queries = useQueries();

  const partitionView = computed(() => {
    const { partitions } = calm();
    const { topic, partition } = path();
    const index = numberIn(partition);
    const own = partitions.find((each) => each.topic === topic && (index === null || each.partition === index));
    return own ?? (topic === undefined ? (partitions[0] ?? null) : null);
  });
  const replica = computed<Replica | null>(() => {
    const view = partitionView.value;
    if (view === null) return null;
    const asked = numberIn(route.query['node']);
    const fallback = view.replicas.includes(view.leader) ? view.leader : view.replicas[0];
    const node = asked !== null && view.replicas.includes(asked) ? asked : fallback;
    return node === undefined ? null : { node, topic: view.topic, partition: view.partition };
  });
  /** For comparing: a new object of the same replica is no other one. */
  const replicaKey = computed(() => JSON.stringify(replica.value));
  const offset = computed(() => numberIn(route.query['offset']));
  const askedSegment = computed(() => numberIn(route.query['segment']));
  const askedPosition = computed(() => numberIn(route.query['position']));

  const files = shallowRef<PartitionFiles | null>(null);
  const error = shallowRef<CommandError | null>(null);
  const way = shallowRef<OffsetWay | null>(null);
  const wayError = shallowRef<CommandError | null>(null);
  const page = shallowRef<LogBatches | null>(null);
  const batch = shallowRef<BatchBytes | null>(null);
  const batchError = shallowRef<CommandError | null>(null);
  /** The batch that holds the offset, on each other replica; null where it is not on disk. */
  const others = shallowRef<ReadonlyMap<number, OffsetWay | null>>(new Map());
  const follows = shallowRef(true);
  const askedMs = shallowRef<number | null>(null);

  const segment = computed(() => {
    const all = files.value?.segments ?? [];
    const wanted = way.value?.segment ?? askedSegment.value;
    return all.find(({ baseOffset }) => baseOffset === wanted) ?? all.at(-1) ?? null;
  });

  async function ask(): Promise<void> {
    const of = replica.value;
    if (of === null) return;
    const key = replicaKey.value;
    const stale = (): boolean => key !== replicaKey.value;
    const listed = await queries.ask('partitionFiles', of);
    if (stale()) return;
    askedMs.value = Date.now();
    error.value = listed.ok ? null : listed.error;
    files.value = listed.ok ? listed.value : null;
    if (!listed.ok) return;
    await find(of, stale);
    if (!stale()) await readBatches(of, stale);
  }

  async function find(of: Replica, stale: () => boolean): Promise<void> {
    const wanted = offset.value;
    if (wanted === null) {
      way.value = null;
      wayError.value = null;
      return;
    }
    if (way.value?.offset === wanted && way.value.file !== '' && !changedBelow()) return;
    const found = await queries.ask('findOffset', { ...of, offset: wanted });
    if (stale() || wanted !== offset.value) return;
    way.value = found.ok ? found.value : null;
    wayError.value = found.ok ? null : found.error;
    const nodes = (partitionView.value?.replicas ?? []).filter((node) => node !== of.node);
    const answers = await Promise.all(
      nodes.map(async (node): Promise<[number, OffsetWay | null]> => {
        const other: QueryResult<OffsetWay> = await queries.ask('findOffset', { ...of, node, offset: wanted });
        return [node, other.ok ? other.value : null];
      }),
    );
    if (!stale() && wanted === offset.value) others.value = new Map(answers);
  }

  /** A log that was cut or cleaned may have another batch there by now. */
  function changedBelow(): boolean {
    const found = way.value;
    return found === null || (segment.value?.bytes ?? 0) < found.batch.position + found.batch.bytes;
  }

  async function readBatches(of: Replica, stale: () => boolean): Promise<void> {
    const at = segment.value;
    if (at === null) return;
    const near = way.value?.batch.position ?? askedPosition.value;
    const from = near ?? 'end';
    const answer = await queries.ask('logBatches', { ...of, segment: at.baseOffset, from, limit: batchesShown });
    if (stale()) return;
    page.value = answer.ok ? answer.value : null;
    const position = near ?? page.value?.batches.at(-1)?.position ?? null;
    if (position === null) {
      batch.value = null;
      batchError.value = null;
      return;
    }
    if (batch.value?.batch.position === position && batch.value.file === page.value?.file && near !== null) return;
    const read = await queries.ask('logBatch', { ...of, segment: at.baseOffset, position });
    if (stale()) return;
    batch.value = read.ok ? read.value : null;
    batchError.value = read.ok ? null : read.error;
  }

  function go(query: LocationQueryRaw): void {
    void router.replace({ path: route.path, query });
  }
  const nodeQuery = (): LocationQueryRaw => (replica.value === null ? {} : { node: replica.value.node });

  watch(
    [replicaKey, () => JSON.stringify(route.query)],
    ([key], [was]) => {
      if (key !== was) {
        files.value = null;
        page.value = null;
        batch.value = null;
        way.value = null;
        others.value = new Map();
      }
      if (offset.value !== way.value?.offset) way.value = null;
      void ask();
    },
    { immediate: true },
  );
  const timer = setInterval(() => {
    if (follows.value) void ask();
  }, followMs);
  onBeforeUnmount(() => clearInterval(timer));

  return {
    partitionView,
    replica,
    offset,
    files,
    error,
    way,
    wayError,
    page,
    batch,
    batchError,
    others,
    segment,
    follows,
    askedMs,
    ask,
    toNode: (node: number) => go({ ...route.query, node }),
    toSegment: (base: number) => go({ ...nodeQuery(), segment: base }),
    toBatch: (base: number, position: number) => go({ ...nodeQuery(), segment: base, position }),
    toOffset: (wanted: number) => go({ ...nodeQuery(), offset: wanted }),
    toEnd: () => go(nodeQuery()),
  };
}
