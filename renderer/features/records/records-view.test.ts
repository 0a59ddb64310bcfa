// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { CommandResult, LabCommand } from '../../../engine/contract/commands.ts';
import type { LeaveSignal } from '../../../engine/contract/host.ts';
import type {
  QueryAnswers,
  QueryInput,
  QueryResult,
  RecordView,
  TailInput,
  TailUpdate,
} from '../../../engine/contract/queries.ts';
import { labSnapshot, testEpochMs } from '../../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { PlayedLab } from '../../../engine/lab/lab-host.testkit.ts';
import { playedBridge } from '../../bridge/played-bridge.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { useCommands } from '../../stores/commands.ts';
import { useQueries } from '../../stores/queries.ts';
import RecordsView from './RecordsView.vue';

function record(offset: number, change: Partial<RecordView> = {}): RecordView {
  return {
    topic: 'orders',
    partition: 0,
    offset,
    timestampMs: testEpochMs + offset,
    timestampType: 'CreateTime',
    key: { text: `k${offset}`, encoding: 'utf-8', bytes: 3 },
    value: { text: `{"n":${offset}}`, encoding: 'utf-8', bytes: 9 },
    headers: [],
    batch: {
      baseOffset: offset,
      records: 1,
      bytes: 80,
      compression: 'none',
      leaderEpoch: 0,
      producerId: -1,
      producerEpoch: -1,
      baseSequence: -1,
      transactional: false,
      control: false,
    },
    ...change,
  };
}

/** A log of `orders-0` from 100 to 400, and tails that a test feeds. */
class ReadLab extends PlayedLab {
  readonly asked: QueryInput<'records'>[] = [];
  readonly tails: TailInput[] = [];
  refusal: QueryResult<QueryAnswers['records']> | null = null;
  answer: CommandResult = { ok: true, node: null };
  #feed: ((update: TailUpdate) => void) | null = null;

  constructor() {
    super();
    this.queries.records = (input) => {
      this.asked.push(input);
      return Promise.resolve(this.refusal ?? { ok: true, value: this.#page(input) });
    };
  }

  #page({ from, limit, topic, partition }: QueryInput<'records'>): QueryAnswers['records'] {
    const [logStartOffset, highWatermark] = [100, 400];
    const start = from.by === 'offset' ? from.offset : from.by === 'earliest' ? logStartOffset : highWatermark - limit;
    const count = Math.max(0, Math.min(limit, highWatermark - start));
    const records = Array.from({ length: count }, (_, index) => record(start + index));
    return { topic, partition, records, logStartOffset, highWatermark };
  }

  override execute(command: LabCommand): Promise<CommandResult> {
    this.commands.push(command);
    return Promise.resolve(this.answer);
  }

  override async *tail(input?: TailInput, signal?: LeaveSignal): AsyncGenerator<TailUpdate, void, void> {
    if (input !== undefined) this.tails.push(input);
    const waiting: TailUpdate[] = [];
    let wake = (): void => {};
    this.#feed = (update) => {
      waiting.push(update);
      wake();
    };
    signal?.addEventListener('abort', () => wake());
    const left = (): boolean => signal?.aborted === true;
    while (!left()) {
      yield* waiting.splice(0);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }

  async feed(update: Partial<TailUpdate>): Promise<void> {
    await settled();
    this.#feed?.({ records: [], seen: 0, matched: 0, skipped: 0, error: null, ...update });
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await flushPromises();
}

let pinia: Pinia;
let router: Router;
let lab: ReadLab;
let view: VueWrapper | null = null;

beforeEach(async () => {
  pinia = createPinia();
  setActivePinia(pinia);
  lab = new ReadLab();
  const bridge = await playedBridge(lab);
  useCommands().attach(bridge);
  useQueries().attach(bridge);
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/records/:topic?', component: { render: () => null } },
      { path: '/:any(.*)*', component: { render: () => null } },
    ],
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

async function show(path: string, calm: LabSnapshot = labSnapshot()): Promise<VueWrapper> {
  await router.push(path);
  const topic = router.currentRoute.value.params['topic'];
  view = mount(RecordsView, {
    props: { calm, live: calm, selection: null, ...(typeof topic === 'string' && topic !== '' ? { topic } : {}) },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  await settled();
  return view;
}
const offsets = (wrapper: VueWrapper): string[] =>
  wrapper.findAll('tbody tr').map((row) => row.attributes('data-offset') ?? '');

describe('a page of records', () => {
  it('begins with the newest of the partition in the address', async () => {
    const wrapper = await show('/records/orders?partition=2');
    expect(lab.asked).toEqual([{ topic: 'orders', partition: 2, from: { by: 'latest' }, limit: 100 }]);
    expect([offsets(wrapper)[0], offsets(wrapper).at(-1)]).toEqual(['300', '399']);
    expect(wrapper.find('[data-part="browse"] .strip').text()).toContain('The partition holds 100 to 400');
  });

  it('goes to older and newer pages, as far as there are any', async () => {
    const wrapper = await show('/records/orders');
    expect(wrapper.find('[data-act="newer"]').attributes('disabled')).toBeDefined();
    await wrapper.find('[data-act="older"]').trigger('click');
    await settled();
    expect(router.currentRoute.value.query['from']).toBe('offset:200');
    expect(offsets(wrapper)[0]).toBe('200');
    await wrapper.find('[data-act="older"]').trigger('click');
    await settled();
    expect([offsets(wrapper)[0], wrapper.find('[data-act="older"]').attributes('disabled')]).toEqual(['100', '']);
    await wrapper.find('[data-act="newer"]').trigger('click');
    await settled();
    expect(offsets(wrapper)[0]).toBe('200');
  });

  it('begins where somebody says: an offset or a time', async () => {
    const wrapper = await show('/records/orders');
    await wrapper.find('[data-act="by"]').setValue('offset');
    await wrapper.find('[data-act="offset"]').setValue(123);
    await wrapper.find('form.from').trigger('submit');
    await settled();
    expect(lab.asked.at(-1)?.from).toEqual({ by: 'offset', offset: 123 });
    await wrapper.find('[data-act="by"]').setValue('time');
    await wrapper.find('[data-act="time"]').setValue('2025-06-15T12:00:00');
    await wrapper.find('form.from').trigger('submit');
    await settled();
    expect(lab.asked.at(-1)?.from).toEqual({ by: 'time', timestampMs: new Date('2025-06-15T12:00:00').getTime() });
  });

  it('marks null, empty, hexadecimal and decoded, and control records', async () => {
    const wrapper = await show('/records/orders');
    const odd = [
      record(1, { key: null, value: { text: '', encoding: 'utf-8', bytes: 0 } }),
      record(2, { value: { text: '00ff', encoding: 'hex', bytes: 2 } }),
      record(3, {
        value: { text: 'endTxnMarker: COMMIT', encoding: 'decoded', bytes: 6 },
        batch: { ...record(3).batch, control: true },
      }),
    ];
    lab.refusal = {
      ok: true,
      value: { topic: 'orders', partition: 0, records: odd, logStartOffset: 0, highWatermark: 4 },
    };
    await wrapper.find('[data-act="newest"]').trigger('click');
    await settled();
    const texts = wrapper.findAll('tbody tr').map((row) =>
      row
        .findAll('td')
        .slice(2, 4)
        .map((cell) => cell.text()),
    );
    expect(texts).toEqual([
      ['null', 'empty'],
      ['k2', 'hex00ff'],
      ['k3', 'controldecodedendTxnMarker: COMMIT'],
    ]);
  });

  it('is read by arrows alone: they move and select', async () => {
    const wrapper = await show('/records/orders');
    const rows = wrapper.findAll('tbody tr');
    expect(rows.filter((row) => row.attributes('tabindex') === '0').length).toBe(1);
    await rows[3]?.trigger('keydown', { key: 'ArrowDown' });
    await rows[4]?.trigger('keydown', { key: 'End' });
    expect(wrapper.emitted('select')).toEqual([
      [{ kind: 'record', topic: 'orders', partition: 0, offset: 304 }],
      [{ kind: 'record', topic: 'orders', partition: 0, offset: 399 }],
    ]);
  });

  it('out of range tells what there is and offers the oldest', async () => {
    const error = {
      code: 'OFFSET_OUT_OF_RANGE',
      thing: 'offset',
      value: '7',
      hint: 'orders-0 has offsets 100 to 400.',
    };
    lab.refusal = { ok: false, error };
    const wrapper = await show('/records/orders?from=offset:7');
    expect(wrapper.find('[data-part="error"]').text()).toContain('orders-0 has offsets 100 to 400.');
    lab.refusal = null;
    await wrapper.find('[data-act="oldest"]').trigger('click');
    await settled();
    expect(offsets(wrapper)[0]).toBe('100');
  });

  it('of an empty partition says so', async () => {
    lab.refusal = {
      ok: true,
      value: { topic: 'orders', partition: 0, records: [], logStartOffset: 0, highWatermark: 0 },
    };
    const wrapper = await show('/records/orders');
    expect(wrapper.find('[data-part="empty"]').text()).toBe('No record here yet.');
  });

  it('of a topic that is not there says so, and without one opens the first that is no internal one', async () => {
    const gone = await show('/records/nowhere');
    expect(gone.find('[data-part="unknown"]').text()).toBe('There is no topic nowhere.');
    gone.unmount();
    await show('/records');
    expect(router.currentRoute.value.path).toBe('/records/orders');
  });
});

describe('the live tail', () => {
  it('shows what comes, newest first, of all partitions', async () => {
    const wrapper = await show('/records/orders?live=1');
    expect(lab.tails).toEqual([{ topic: 'orders' }]);
    await lab.feed({ records: [record(1), record(2, { partition: 1 })], seen: 2, matched: 2 });
    await lab.feed({ records: [record(3)], seen: 3, matched: 3 });
    expect(wrapper.findAll('tbody tr').map((row) => row.findAll('td')[0]?.text())).toEqual(['0', '1', '0']);
    expect(offsets(wrapper)).toEqual(['3', '2', '1']);
    await wrapper.find('[data-offset="1"]').trigger('click');
    expect(wrapper.emitted('select')).toEqual([[{ kind: 'record', topic: 'orders', partition: 0, offset: 1 }]]);
    expect(wrapper.text()).toContain('3 seen');
  });

  it('paused stands still and counts what waits; then shows it', async () => {
    const wrapper = await show('/records/orders?live=1');
    await lab.feed({ records: [record(1)], seen: 1, matched: 1 });
    await wrapper.find('[data-act="pause"]').trigger('click');
    await lab.feed({ records: [record(214)], seen: 215, matched: 215, skipped: 213 });
    expect(offsets(wrapper)).toEqual(['1']);
    expect(wrapper.find('[data-part="waiting"]').text()).toBe('+214 waiting');
    await wrapper.find('[data-act="pause"]').trigger('click');
    expect(offsets(wrapper)).toEqual(['214', '1']);
    expect(wrapper.find('[data-part="waiting"]').exists()).toBe(false);
  });

  it('takes another filter while it runs: at once for what is shown, then at the host', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const wrapper = await show('/records/orders?live=1');
    await lab.feed({ records: [record(1), record(22)], seen: 2, matched: 2 });
    await wrapper.find('input.filter').setValue('K22');
    expect(offsets(wrapper)).toEqual(['22']);
    expect(lab.tails.length).toBe(1);
    vi.runAllTimers();
    await settled();
    expect(lab.tails.at(-1)).toEqual({ topic: 'orders', contains: 'K22' });
  });

  it('is cleared, and says what it waits for', async () => {
    const wrapper = await show('/records/orders?live=1');
    await lab.feed({ records: [record(1)], seen: 1, matched: 1 });
    await wrapper.find('[data-act="clear"]').trigger('click');
    expect(wrapper.text()).toContain('Waiting for the next record of orders.');
  });

  it('tells trouble by Kafka’s name and keeps what it has', async () => {
    const wrapper = await show('/records/orders?live=1&partition=1');
    expect(lab.tails).toEqual([{ topic: 'orders', partition: 1 }]);
    await lab.feed({ records: [record(1)], seen: 1, matched: 1, error: 'LEADER_NOT_AVAILABLE' });
    expect(wrapper.find('.notice').text()).toContain('LEADER_NOT_AVAILABLE');
    expect(offsets(wrapper)).toEqual(['1']);
  });

  it('keeps no more rows than it says', async () => {
    const wrapper = await show('/records/orders?live=1');
    for (let round = 0; round < 3; round++) {
      const records = Array.from({ length: 150 }, (_, index) => record(round * 150 + index));
      await lab.feed({ records, seen: (round + 1) * 150, matched: (round + 1) * 150 });
    }
    // What fits on a screen; the others come to who scrolls down to them.
    expect(offsets(wrapper)[0]).toBe('449');
    expect(offsets(wrapper).length).toBeLessThan(60);
    const scroll = wrapper.find('.scroll');
    scroll.element.scrollTop = 1;
    for (let turn = 0; turn < 6; turn++) await scroll.trigger('scroll');
    expect([offsets(wrapper).length, offsets(wrapper).at(-1)]).toEqual([200, '250']);
    expect(wrapper.text()).toContain('the newest 200 are shown');
  });
});

describe('the console producer', () => {
  async function opened(): Promise<VueWrapper> {
    const wrapper = await show('/records/orders');
    await wrapper.find('[data-act="console"]').trigger('click');
    return wrapper;
  }

  it('sends what was typed, and the same again', async () => {
    const wrapper = await opened();
    await wrapper.find('[data-part="console"] input[type="checkbox"]').setValue(false);
    await wrapper.find('#console-key').setValue('cust-7');
    await wrapper.find('#console-value').setValue('{"paid":true}');
    await wrapper.find('[data-act="add-header"]').trigger('click');
    await wrapper.find('input[aria-label="header 1"]').setValue('trace');
    await wrapper.find('input[aria-label="value 1"]').setValue('x1');
    await wrapper.find('#console-partition').setValue('1');
    await wrapper.find('#console-count').setValue(5);
    await wrapper.find('[data-part="console"] [data-value="1"]').trigger('click');
    await wrapper.find('[data-part="console"]').trigger('submit');
    await settled();
    const sent = {
      type: 'produceRecords',
      topic: 'orders',
      partition: 1,
      key: 'cust-7',
      value: '{"paid":true}',
      headers: [{ key: 'trace', value: 'x1' }],
      count: 5,
      acks: '1',
    };
    expect(lab.commands).toEqual([sent]);
    expect(wrapper.find('[role="status"]').text()).toBe('5 records written to orders, acknowledged by the leader');
    expect(wrapper.find('[data-act="produce"]').text()).toBe('Produce again');
    await wrapper.find('[data-part="console"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([sent, sent]);
    // The newest page shows them.
    expect(lab.asked.length).toBe(3);
  });

  it('tells a null key and a tombstone from empty ones', async () => {
    const wrapper = await opened();
    await wrapper.find('[data-act="null-value"]').setValue(true);
    await wrapper.find('[data-part="console"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([expect.objectContaining({ key: null, value: null, partition: null })]);
  });

  it('sends nothing that is not JSON where it must be', async () => {
    const wrapper = await opened();
    await wrapper.find('#console-value').setValue('{"paid":');
    await wrapper.find('[data-act="json"]').setValue(true);
    expect(wrapper.find('[data-part="console"]').text()).toContain('Not JSON:');
    await wrapper.find('[data-part="console"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([]);
  });

  it('tells what the broker answered', async () => {
    const error = { code: 'NOT_ENOUGH_REPLICAS', thing: 'partition', value: 'orders-1', hint: 'Fewer than required.' };
    lab.answer = { ok: false, error };
    const wrapper = await opened();
    await wrapper.find('[data-part="console"]').trigger('submit');
    await settled();
    expect(wrapper.find('[data-part="console"] [role="alert"]').text()).toBe(
      'NOT_ENOUGH_REPLICAS: Fewer than required.',
    );
  });
});

describe('the panel to produce', () => {
  async function opened(way: string): Promise<VueWrapper> {
    lab.queries.templatePreview = () =>
      Promise.resolve({ ok: true, value: { records: [{ key: 'k', value: '{"n":1}', headers: [] }] } });
    lab.queries.templates = () =>
      Promise.resolve({
        ok: true,
        value: { templates: [{ name: 'visit', template: { key: null, value: 'v{{number}}', headers: [] } }] },
      });
    const wrapper = await show('/records/orders');
    await wrapper.find('[data-act="console"]').trigger('click');
    await wrapper.find(`[data-part="produce-panel"] [data-value="${way}"]`).trigger('click');
    await settled();
    return wrapper;
  }

  it('makes records from a template that was kept, when it can be read', async () => {
    const wrapper = await opened('template');
    expect(wrapper.find('[data-part="preview"]').text()).toContain('{"n":1}');
    await wrapper.find('[data-act="saved"]').setValue('visit');
    await wrapper.find('[data-part="template-producer"] textarea').setValue('v{{nope}}');
    await wrapper.find('[data-part="template-producer"]').trigger('submit');
    expect(wrapper.find('[data-part="template-producer"] [role="alert"]').text()).toContain(
      'column 4: "nope" is unknown',
    );
    expect(lab.commands).toEqual([]);
    await wrapper.find('[data-part="template-producer"] textarea').setValue('v{{number}}');
    await wrapper.find('[data-part="template-producer"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([
      {
        type: 'produceTemplate',
        topic: 'orders',
        partition: null,
        template: { key: null, value: 'v{{number}}', headers: [] },
        count: 100,
        rate: 0,
        seed: 1,
        acks: 'all',
      },
    ]);
  });

  it('imports the rows of a file, and shows those that it leaves out', async () => {
    const wrapper = await opened('import');
    const input = wrapper.find<HTMLInputElement>('input[type="file"]');
    const text = 'k1\tone\nnothing\nk2\ttwo\n';
    Object.defineProperty(input.element, 'files', { value: [new File([text], 'rows.tsv')] });
    await input.trigger('change');
    await settled();
    expect(wrapper.findAll('[data-part="rows"] tbody tr').map((row) => row.text())).toEqual(['1k1one', '3k2two']);
    expect(wrapper.find('[data-part="row-problems"]').text()).toBe('Line 2 has no tab between key and value.');
    await wrapper.find('[data-part="file-import"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([
      {
        type: 'importRecords',
        topic: 'orders',
        partition: null,
        name: 'rows.tsv',
        text,
        format: 'tab',
        rate: 0,
        acks: 'all',
      },
    ]);
  });

  it('replays a stretch that Shift and a click have chosen', async () => {
    const wrapper = await opened('console');
    await wrapper.setProps({ selection: { kind: 'record', topic: 'orders', partition: 0, offset: 305 } });
    await wrapper.find('tr[data-offset="302"]').trigger('click', { shiftKey: true });
    await settled();
    await wrapper.find('[data-part="replay"]').trigger('submit');
    await settled();
    expect(lab.commands).toEqual([
      {
        type: 'replayRecords',
        topic: 'orders',
        partition: 0,
        fromOffset: 302,
        toOffset: 305,
        to: 'orders',
        toPartition: null,
        rate: 0,
        acks: 'all',
      },
    ]);
  });
});
