// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Component } from 'vue';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { CommandResult, LabCommand } from '../../../engine/contract/commands.ts';
import type { ConfigEntry, QueryAnswers, QueryResult } from '../../../engine/contract/queries.ts';
import { PlayedLab } from '../../../engine/lab/lab-host.testkit.ts';
import { brokerView, labSnapshot, partitionView, topicView } from '../../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { playedBridge } from '../../bridge/played-bridge.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';
import TopicsView from './TopicsView.vue';
import TopicView from './TopicView.vue';

let pinia: Pinia;
let router: Router;
let view: VueWrapper | null = null;
let lab: AnsweringLab;
let answer: CommandResult = { ok: true, node: null };
let configs: QueryResult<QueryAnswers['topicConfigs']>;
let asked: unknown[] = [];

class AnsweringLab extends PlayedLab {
  constructor() {
    super();
    this.queries.topicConfigs = (input) => {
      asked.push(input);
      return Promise.resolve(configs);
    };
  }

  override execute(command: LabCommand): Promise<CommandResult> {
    this.commands.push(command);
    return Promise.resolve(answer);
  }
}

function config(name: string, change: Partial<ConfigEntry> = {}): ConfigEntry {
  const fallback = { name: `log.${name}`, value: '604800000', source: 'DEFAULT_CONFIG' } as const;
  return {
    name,
    value: '604800000',
    source: 'DEFAULT_CONFIG',
    readOnly: false,
    sensitive: false,
    type: 'LONG',
    documentation: `What ${name} does.`,
    synonyms: [fallback],
    ...change,
  };
}
const own = config('retention.ms', {
  value: '60000',
  source: 'DYNAMIC_TOPIC_CONFIG',
  synonyms: [
    { name: 'retention.ms', value: '60000', source: 'DYNAMIC_TOPIC_CONFIG' },
    { name: 'log.retention.ms', value: '604800000', source: 'DEFAULT_CONFIG' },
  ],
});

beforeEach(async () => {
  asked = [];
  answer = { ok: true, node: null };
  configs = { ok: true, value: { configs: [own, config('segment.ms')] } };
  pinia = createPinia();
  setActivePinia(pinia);
  lab = new AnsweringLab();
  const bridge = await playedBridge(lab);
  useCommands().attach(bridge);
  useQueries().attach(bridge);
  const nothing: Component = { render: () => null };
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/:any(.*)*', component: nothing }],
  });
  await router.push('/topics');
});
afterEach(() => {
  view?.unmount();
  view = null;
  document.body.innerHTML = '';
});

function show(component: Component, calm: LabSnapshot, props: Record<string, unknown> = {}): VueWrapper {
  view = mount(component, {
    props: { calm, live: calm, selection: null, ...props },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  return view;
}
const dialog = (): HTMLElement | null => document.querySelector('[role="dialog"]');
async function opened(): Promise<HTMLElement> {
  await flushPromises();
  await vi.dynamicImportSettled();
  await flushPromises();
  const found = dialog();
  if (found === null) throw new Error('no dialog is open');
  return found;
}

describe('the table of topics', () => {
  it('tells size, replicas, health, records and who reads', () => {
    const wrapper = show(TopicsView, labSnapshot());
    const cells = wrapper.findAll('[data-topic="orders"] td').map((cell) => cell.text());
    expect(cells.slice(0, 8)).toEqual(['orders', '3', '3', '2', '3 full', '—', '3600', 'billing']);
  });

  it('folds internal topics until somebody opens them', async () => {
    const wrapper = show(TopicsView, labSnapshot());
    expect(wrapper.find('[data-topic="__consumer_offsets"]').exists()).toBe(false);
    await wrapper.find('[data-act="internal"]').trigger('click');
    expect(wrapper.find('[data-topic="__consumer_offsets"]').exists()).toBe(true);
  });

  it('names the worst state first', () => {
    const base = labSnapshot();
    const partitions = [
      partitionView(1, 'orders', 0, { leader: -1 }),
      partitionView(2, 'orders', 1, { isr: [2] }),
      partitionView(3, 'orders', 2),
    ];
    const wrapper = show(TopicsView, labSnapshot({ ...base, partitions }));
    const states = wrapper.findAll('[data-topic="orders"] [data-health]').map((each) => each.attributes('data-health'));
    expect(states).toEqual(['offline', 'below-min', 'full']);
  });

  it('writes a dash for records that nobody has told of', () => {
    const logs = [1, 2, 3].map((node) => ({
      node,
      logStartOffset: null,
      logEndOffset: null,
      highWatermark: null,
      caughtUpMs: null,
    }));
    const partitions = [partitionView(1, 'orders', 0), partitionView(2, 'orders', 1, { logs })];
    const wrapper = show(TopicsView, labSnapshot({ partitions, groups: [] }));
    const cells = wrapper.findAll('[data-topic="orders"] td').map((cell) => cell.text());
    expect([cells[6], cells[7]]).toEqual(['—', 'none']);
  });

  it('without topics says what one is and offers to make it', () => {
    const wrapper = show(TopicsView, labSnapshot({ topics: [], partitions: [], groups: [] }));
    expect(wrapper.find('[data-part="no-topics"]').text()).toContain('No topics yet.');
  });

  it('selects a row by pointer and by key', async () => {
    const wrapper = show(TopicsView, labSnapshot());
    await wrapper.find('[data-topic="orders"]').trigger('click');
    await wrapper.find('[data-topic="orders"]').trigger('keydown', { key: ' ' });
    expect(wrapper.emitted('select')).toEqual([
      [{ kind: 'topic', topic: 'orders' }],
      [{ kind: 'topic', topic: 'orders' }],
    ]);
  });

  it('asks before a topic goes, naming its records and readers, and then deletes it', async () => {
    const wrapper = show(TopicsView, labSnapshot());
    await wrapper.find('[data-topic="orders"] [data-act="delete"]').trigger('click');
    const open = await opened();
    expect(lab.commands).toEqual([]);
    expect(open.textContent).toContain('3 600 records of orders go for good, on every broker.');
    expect(open.textContent).toContain('Read by billing');
    expect(open.textContent).toContain('Written by order-feed');
    const submit = open.querySelector<HTMLButtonElement>('[data-act="submit"]');
    expect(submit?.textContent?.trim()).toBe('Delete orders');
    open.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(lab.commands).toEqual([{ type: 'deleteTopic', topic: 'orders' }]);
  });

  it('keeps the dialog open with what the lab answered', async () => {
    answer = {
      ok: false,
      error: { code: 'REQUEST_TIMED_OUT', thing: 'topic', value: 'orders', hint: 'No controller.' },
    };
    const wrapper = show(TopicsView, labSnapshot());
    await wrapper.find('[data-topic="orders"] [data-act="delete"]').trigger('click');
    const open = await opened();
    open.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(dialog()?.querySelector('[role="alert"]')?.textContent).toBe('REQUEST_TIMED_OUT: No controller.');
  });

  it('changes nothing while the past is shown', async () => {
    useLab().applyUpdate({ type: 'snapshot', snapshot: labSnapshot() });
    const wrapper = show(TopicsView, labSnapshot());
    useLab().showMoment(1_750_000_000_000);
    await flushPromises();
    expect(wrapper.find('[data-act="create"]').attributes('disabled')).toBeDefined();
    expect(wrapper.find('[data-act="delete"]').attributes('disabled')).toBeDefined();
  });
});

describe('a new topic', () => {
  async function typed(name: string): Promise<HTMLElement> {
    const wrapper = show(TopicsView, labSnapshot({ topics: [topicView('orders'), topicView('a.b')] }));
    await wrapper.find('[data-act="create"]').trigger('click');
    const open = await opened();
    const input = open.querySelector<HTMLInputElement>('[data-act="name"]');
    if (input === null) throw new Error('no field for the name');
    input.value = name;
    input.dispatchEvent(new Event('input'));
    await opened();
    return open;
  }

  it.each([
    ['orders', 'There is a topic of that name.'],
    ['..', 'A topic is not called "." or "..".'],
    ['a b', '1 to 249 letters, digits, ".", "_" or "-"'],
    ['a_b', 'a.b differs by "." and "_" only'],
  ])('called %s is told what is wrong with it and not sent', async (name, words) => {
    const open = await typed(name);
    expect(open.textContent).toContain(words);
    open.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(lab.commands).toEqual([]);
  });

  it('is created with its counts and then selected', async () => {
    const open = await typed('payments');
    expect(open.textContent).toContain('--create --topic payments --partitions 3 --replication-factor 3');
    open.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(lab.commands).toEqual([
      { type: 'createTopic', name: 'payments', partitions: 3, replicationFactor: 3, configs: {} },
    ]);
    expect(view?.emitted('select')).toEqual([[{ kind: 'topic', topic: 'payments' }]]);
  });
});

describe('one topic', () => {
  it('shows its partitions with leader, ISR and bounds', () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    const cells = wrapper.findAll('[data-partition="1"] td').map((cell) => cell.text());
    expect(cells.slice(0, 8)).toEqual(['1', '2', '0', '1, 2, 3', '1231, 2, 3', '0', '1200', '1200']);
  });

  it('marks a leader that does not answer', () => {
    const brokers = [brokerView(1), brokerView(2, { process: 'killed' }), brokerView(3)];
    const wrapper = show(TopicView, labSnapshot({ brokers }), { topic: 'orders' });
    expect(wrapper.find('[data-partition="1"] .c-fault').text()).toBe('2');
  });

  it('that is gone says so', () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'nowhere' });
    expect(wrapper.find('[data-part="gone"]').text()).toContain('There is no topic nowhere.');
  });

  it('warns that keys move before partitions are added', async () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    await wrapper.find('[data-act="add"]').trigger('click');
    const open = await opened();
    expect(open.querySelector('[data-part="keys-move"]')?.textContent).toContain('about 75 %');
    open.querySelector('form')?.dispatchEvent(new Event('submit', { cancelable: true }));
    await flushPromises();
    expect(lab.commands).toEqual([{ type: 'addPartitions', topic: 'orders', count: 4 }]);
  });

  it('shows configs with value, source, default and what they do', async () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    await flushPromises();
    expect(asked).toEqual([{ topic: 'orders' }]);
    const cells = wrapper.findAll('[data-config="retention.ms"] td').map((cell) => cell.text());
    expect(cells).toEqual(['retention.msWhat retention.ms does.', '60000', 'this topic', '604800000', 'ResetEdit']);
  });

  it('shows only changed configs when asked', async () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    await flushPromises();
    await wrapper.find('[data-part="configs"] input[type="checkbox"]').setValue(true);
    expect(wrapper.findAll('[data-config]').map((row) => row.attributes('data-config'))).toEqual(['retention.ms']);
  });

  it('edits a config in place, shows the refusal there, and resets', async () => {
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    await flushPromises();
    await wrapper.find('[data-config="segment.ms"] [data-act="edit"]').trigger('click');
    await wrapper.find('[data-config="segment.ms"] form input').setValue('abc');
    answer = {
      ok: false,
      error: { code: 'INVALID_CONFIG', thing: 'topic', value: 'orders', hint: 'Not a number of type LONG' },
    };
    await wrapper.find('[data-config="segment.ms"] form').trigger('submit');
    await flushPromises();
    expect(wrapper.find('[data-config="segment.ms"] [role="alert"]').text()).toBe(
      'INVALID_CONFIG: Not a number of type LONG',
    );
    expect(wrapper.find('[data-config="segment.ms"]').text()).toContain('--alter --add-config segment.ms=abc');
    answer = { ok: true, node: null };
    await wrapper.find('[data-config="retention.ms"] [data-act="reset"]').trigger('click');
    await flushPromises();
    expect(lab.commands).toEqual([
      { type: 'setTopicConfig', topic: 'orders', name: 'segment.ms', value: 'abc' },
      { type: 'setTopicConfig', topic: 'orders', name: 'retention.ms', value: null },
    ]);
    expect(asked.length).toBe(2);
  });

  it('tells why configs are not there and asks again', async () => {
    configs = {
      ok: false,
      error: { code: 'BROKER_NOT_AVAILABLE', thing: 'lab', value: '', hint: 'Start a broker first.' },
    };
    const wrapper = show(TopicView, labSnapshot(), { topic: 'orders' });
    await flushPromises();
    expect(wrapper.find('[data-part="configs"] [role="alert"]').text()).toBe(
      'BROKER_NOT_AVAILABLE: Start a broker first.',
    );
  });
});
