/**
 * From what a client's thread tells to the window's view of it. Pure of clocks and threads. A view that nothing changed
 * keeps its identity, and so do the accumulators in it.
 */
import { compareAccumulators } from '../../contract/delta.ts';
import type {
  AccumulatorView,
  ClientError,
  ClientName,
  ClientState,
  ConsumerSettings,
  ConsumerView,
  ProducerSettings,
  ProducerView,
} from '../../contract/clients.ts';
import type { FromClient } from './client-messages.ts';
import { RateWindow } from './rate-window.ts';

const rateWindowMs = 3000;

type ProducerTold = Extract<FromClient, { type: 'producer' }>;
type ConsumerTold = Extract<FromClient, { type: 'consumer' }>;

export interface StateChange {
  readonly state: ClientState;
  readonly atMs: number;
  readonly failure: ClientError | null;
}

const ended: ReadonlySet<ClientState> = new Set(['stopped', 'killed', 'failed']);

export class ProducerPicture {
  #view: ProducerView;
  readonly #rate = new RateWindow(rateWindowMs);
  /** Records that leaders had already, by `topic-partition`. */
  readonly #duplicates = new Map<string, number>();

  constructor(id: ClientName, settings: ProducerSettings, nowMs: number) {
    this.#view = {
      id,
      state: 'stopped',
      stateSinceMs: nowMs,
      settings,
      effective: {},
      ...noProducer,
      notices: [],
      accumulators: [],
      lastError: null,
      failure: null,
      sampledMs: null,
    };
  }

  get view(): ProducerView {
    return this.#view;
  }

  setSettings(settings: ProducerSettings): void {
    this.#view = { ...this.#view, settings };
  }

  setEffective(effective: Readonly<Record<string, string>>, notices: readonly string[] = []): void {
    this.#view = { ...this.#view, effective, notices };
  }

  /** A new thread begins from nothing; of one that has ended what it held is gone, what it did stays. */
  setState({ state, atMs, failure }: StateChange): void {
    const view = { ...this.#view, state, stateSinceMs: atMs, failure };
    if (state === 'starting') {
      this.#rate.clear();
      this.#duplicates.clear();
      this.#view = { ...view, ...noProducer, notices: [], accumulators: [], lastError: null };
    } else if (ended.has(state)) {
      const accumulators = view.accumulators.map((each) => ({ ...each, ...emptyAccumulator }));
      this.#view = { ...view, accumulators, inFlightRequests: 0, bufferBytes: 0, recordsPerSecond: 0 };
    } else {
      this.#view = view;
    }
  }

  apply({ atMs, sample }: ProducerTold): void {
    const { totals: counted, accumulators, noticed, ...numbers } = sample;
    const totals = { ...counted, noticed, duplicates: this.#view.totals.duplicates };
    this.#rate.add(atMs, this.#view.settings.acks === '0' ? totals.sent - totals.failed : totals.acknowledged);
    this.#view = {
      ...this.#view,
      ...numbers,
      totals,
      recordsPerSecond: this.#rate.perSecond,
      accumulators: merged(
        this.#view.accumulators,
        accumulators.map((each) => ({ ...each, duplicates: this.#duplicates.get(partitionKey(each)) ?? 0 })),
      ),
      sampledMs: atMs,
    };
  }

  /** A leader had a batch of its already. */
  addDuplicate(topic: string, partition: number, records: number): void {
    const key = partitionKey({ topic, partition });
    const duplicates = (this.#duplicates.get(key) ?? 0) + records;
    this.#duplicates.set(key, duplicates);
    const { totals, accumulators } = this.#view;
    this.#view = {
      ...this.#view,
      totals: { ...totals, duplicates: totals.duplicates + records },
      accumulators: accumulators.map((each) => (partitionKey(each) === key ? { ...each, duplicates } : each)),
    };
  }
}

const partitionKey = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}-${partition}`;

const noProducer = {
  producerId: -1,
  producerEpoch: -1,
  totals: {
    sent: 0,
    acknowledged: 0,
    failed: 0,
    retries: 0,
    batches: { full: 0, linger: 0, flush: 0, close: 0, memory: 0 },
    bytes: 0,
    uncompressedBytes: 0,
    noticed: 0,
    reordered: 0,
    duplicates: 0,
  },
  recordsPerSecond: null,
  ackMs: null,
  heldMs: null,
  inFlightRequests: 0,
  bufferBytes: 0,
} as const satisfies Partial<ProducerView>;

const emptyAccumulator = {
  batchBytes: 0,
  batchRecords: 0,
  waitingBatches: 0,
  inFlightBatches: 0,
  retrying: false,
} as const satisfies Partial<AccumulatorView>;

function merged(was: readonly AccumulatorView[], changed: readonly AccumulatorView[]): readonly AccumulatorView[] {
  if (changed.length === 0) return was;
  const byKey = new Map(was.map((each) => [`${each.topic}-${each.partition}`, each]));
  for (const each of changed) byKey.set(`${each.topic}-${each.partition}`, each);
  return [...byKey.values()].sort(compareAccumulators);
}

export class ConsumerPicture {
  #view: ConsumerView;
  readonly #rate = new RateWindow(rateWindowMs);
  readonly #fetchRate = new RateWindow(rateWindowMs);

  constructor(id: ClientName, settings: ConsumerSettings, nowMs: number) {
    this.#view = {
      id,
      state: 'stopped',
      stateSinceMs: nowMs,
      settings,
      effective: {},
      ...noMember,
      ...nothingDone,
      failure: null,
      sampledMs: null,
    };
  }

  get view(): ConsumerView {
    return this.#view;
  }

  setSettings(settings: ConsumerSettings): void {
    this.#view = { ...this.#view, settings };
  }

  setEffective(effective: Readonly<Record<string, string>>): void {
    this.#view = { ...this.#view, effective };
  }

  setState({ state, atMs, failure }: StateChange): void {
    const view = { ...this.#view, state, stateSinceMs: atMs, failure };
    if (state === 'starting') {
      this.#rate.clear();
      this.#fetchRate.clear();
      this.#view = { ...view, ...noMember, ...nothingDone };
    } else if (ended.has(state)) {
      this.#view = { ...view, ...noMember, recordsPerSecond: 0, fetchesPerSecond: 0 };
    } else if (state === 'frozen') {
      this.#rate.clear();
      this.#fetchRate.clear();
      this.#view = { ...view, recordsPerSecond: 0, fetchesPerSecond: 0 };
    } else {
      this.#view = view;
    }
  }

  addAgain(records: number): void {
    if (records > 0) this.#view = { ...this.#view, again: this.#view.again + records };
  }

  apply({ atMs, sample }: ConsumerTold): void {
    this.#rate.add(atMs, sample.consumed);
    this.#fetchRate.add(atMs, sample.fetches.answered);
    const { partitions, callbacks } = this.#view;
    const told = sample.partitions.map(({ logStartOffset: _start, paused: _paused, ...owned }) => owned);
    this.#view = {
      ...this.#view,
      memberId: sample.memberId,
      memberState: sample.memberState,
      generation: sample.generation,
      isLeader: sample.isLeader,
      coordinator: sample.coordinator,
      partitions: told.length === 0 && partitions.length === 0 ? partitions : told,
      lastHeartbeatMs: sample.lastHeartbeatMs,
      lastPollMs: sample.lastPollMs,
      consumed: sample.consumed,
      recordsPerSecond: this.#rate.perSecond,
      fetches: sample.fetches,
      fetchesPerSecond: this.#fetchRate.perSecond,
      commits: sample.commits,
      callbacks: JSON.stringify(sample.callbacks) === JSON.stringify(callbacks) ? callbacks : sample.callbacks,
      lastError: sample.lastError,
      sampledMs: atMs,
    };
  }
}

const noMember = {
  memberId: null,
  memberState: 'unjoined',
  generation: -1,
  isLeader: false,
  coordinator: null,
  partitions: [],
} as const satisfies Partial<ConsumerView>;

const nothingDone = {
  lastHeartbeatMs: null,
  lastPollMs: null,
  consumed: 0,
  recordsPerSecond: null,
  fetches: { answered: 0, empty: 0, bytes: 0, lastBytes: null, lastMs: null, inFlight: 0 },
  fetchesPerSecond: null,
  again: 0,
  commits: 0,
  callbacks: [],
  lastError: null,
} as const satisfies Partial<ConsumerView>;
