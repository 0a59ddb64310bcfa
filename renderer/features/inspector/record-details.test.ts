// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Component } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { QueryAnswers, QueryInput, QueryResult, RecordText } from '../../../engine/contract/queries.ts';
import { labSnapshot, partitionView, testEpochMs, topicView } from '../../../engine/contract/snapshot.testkit.ts';
import { PlayedLab } from '../../../engine/lab/lab-host.testkit.ts';
import { playedBridge } from '../../bridge/played-bridge.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { useQueries } from '../../stores/queries.ts';
import RecordDetails from './RecordDetails.vue';
import TopicDetails from './TopicDetails.vue';

let pinia: Pinia;
let router: Router;
let view: VueWrapper | null = null;
let asked: QueryInput<'records'>[] = [];
let answer: QueryResult<QueryAnswers['records']>;

const text = (value: string): RecordText => ({ text: value, encoding: 'utf-8', bytes: value.length });

function page(offset: number): QueryAnswers['records'] {
  return {
    topic: 'orders',
    partition: 1,
    logStartOffset: 0,
    highWatermark: 1200,
    records: [
      {
        topic: 'orders',
        partition: 1,
        offset,
        timestampMs: testEpochMs,
        timestampType: 'LogAppendTime',
        key: text('cust-7'),
        value: text('{"order":1}'),
        headers: [{ key: 'trace', value: { text: '00ff', encoding: 'hex', bytes: 2 } }],
        batch: {
          baseOffset: 40,
          records: 12,
          bytes: 1536,
          compression: 'zstd',
          leaderEpoch: 3,
          producerId: 2000,
          producerEpoch: 1,
          baseSequence: 2 ** 31 - 2,
          transactional: false,
          control: false,
        },
      },
    ],
  };
}

beforeEach(async () => {
  asked = [];
  answer = { ok: true, value: page(42) };
  pinia = createPinia();
  setActivePinia(pinia);
  const lab = new PlayedLab();
  lab.queries.records = (input) => {
    asked.push(input);
    return Promise.resolve(answer);
  };
  useQueries().attach(await playedBridge(lab));
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:any(.*)*', component: { render: () => null } }],
  });
  await router.push('/records/orders?partition=1');
});
afterEach(() => view?.unmount());

async function show(component: Component, props: Record<string, unknown>): Promise<VueWrapper> {
  view = mount(component, {
    props: { calm: labSnapshot(), nowMs: testEpochMs, ...props },
    global: { plugins: [pinia, i18n, router] },
  });
  await flushPromises();
  await flushPromises();
  return view;
}
const details = (offset = 42): Promise<VueWrapper> =>
  show(RecordDetails, { partition: partitionView(2, 'orders', 1), offset });
/** Values of a list of names and values. */
function values(wrapper: VueWrapper, selector = '.kv'): Record<string, string> {
  const cells = wrapper.findAll(`${selector} > *`).map((cell) => cell.text());
  return Object.fromEntries(cells.flatMap((cell, index) => (index % 2 === 0 ? [[cell, cells[index + 1] ?? '']] : [])));
}

describe('one record', () => {
  it('is read by its offset and shown in full, with its batch', async () => {
    const wrapper = await details();
    expect(asked).toEqual([{ topic: 'orders', partition: 1, from: { by: 'offset', offset: 42 }, limit: 1 }]);
    expect(wrapper.findAll('pre').map((each) => each.text())).toEqual(['cust-7', '{\n  "order": 1\n}']);
    expect(wrapper.find('.headers').text()).toBe('trace00ffhex');
    expect(values(wrapper)).toEqual({
      'base offset': '40',
      records: '12',
      size: '1.5 KB',
      compression: 'zstd',
      'leader epoch': '3',
      'producer id': '2000',
      'producer epoch': '1',
      // The third of its batch, behind 2^31 - 1.
      'sequence of this record': '0',
      transactional: 'no',
    });
    expect(wrapper.find('header').text()).toContain('by the leader (LogAppendTime)');
  });

  it('is shown as it is when asked', async () => {
    const wrapper = await details();
    const buttons = wrapper.findAll('button').filter((button) => button.text() === 'As it is');
    await buttons[0]?.trigger('click');
    expect(wrapper.findAll('pre')[1]?.text()).toBe('{"order":1}');
  });

  it('ends with the same on the command line', async () => {
    const wrapper = await details();
    expect(wrapper.findAll('code').map((each) => each.text())).toEqual([
      String.raw`kcat -C -b 127.0.0.1:9092 -t orders -p 1 -o 42 -c 1 -e -f '%o %T %k %s %h\n'`,
      'kafka-console-consumer --bootstrap-server 127.0.0.1:9092 --topic orders --partition 1 --offset 42 --max-messages 1' +
        ' --formatter-property print.offset=true --formatter-property print.key=true --formatter-property print.headers=true',
    ]);
  });

  it('leads to the one before and the one behind', async () => {
    const wrapper = await details();
    expect(wrapper.findAll('nav a').map((link) => link.attributes('href'))).toEqual([
      '/records/orders?partition=1&at=record:orders:1:41',
      '/records/orders?partition=1&at=record:orders:1:43',
    ]);
  });

  it('that is not there any more says so, with what there is', async () => {
    answer = { ok: true, value: page(50) };
    const wrapper = await details();
    expect(wrapper.text()).toContain('There is no record at offset 42.');
    expect(wrapper.text()).toContain('The partition holds 0 to 1200.');
  });

  it('that cannot be read says why, and is asked for again', async () => {
    const error = { code: 'LEADER_NOT_AVAILABLE', thing: 'partition', value: 'orders-1', hint: 'No leader.' };
    answer = { ok: false, error };
    const wrapper = await details();
    expect(wrapper.find('[role="alert"]').text()).toContain('LEADER_NOT_AVAILABLE: partition orders-1');
    answer = { ok: true, value: page(42) };
    await wrapper.find('[role="alert"] button').trigger('click');
    await flushPromises();
    await flushPromises();
    expect(wrapper.findAll('pre')[0]?.text()).toBe('cust-7');
  });
});

describe('one topic', () => {
  it('tells its counts, who reads and who writes', async () => {
    const wrapper = await show(TopicDetails, { topic: topicView('orders') });
    expect(values(wrapper)).toEqual({
      'topic id': 'id-of-orders',
      partitions: '3',
      'replication factor': '3',
      'min.insync.replicas': '2',
      'records kept': '3600',
      in: '—',
    });
    expect(wrapper.findAll('.names').map((each) => each.text())).toEqual(['billing', 'order-feed']);
  });

  it('that nobody reads or writes says so', async () => {
    const calm = labSnapshot({ groups: [], producers: [] });
    const wrapper = await show(TopicDetails, { calm, topic: topicView('orders') });
    expect(wrapper.text()).toContain('No group reads it.');
    expect(wrapper.text()).toContain('No lab producer writes to it.');
  });
});
