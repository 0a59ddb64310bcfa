// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName, CommandResult } from '../../../engine/contract/commands.ts';
import { brokerView, labSnapshot, partitionView, topicView } from '../../../engine/contract/snapshot.testkit.ts';
import type { BrokerView, LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { useCommands } from '../../stores/commands.ts';
import ClusterView from './ClusterView.vue';

const nowMs = 1_750_000_100_000;
let sent: [CommandName, unknown][] = [];
let answer: CommandResult = { ok: true, node: null };
let pinia: Pinia;
let view: VueWrapper | null = null;

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
  sent = [];
  answer = { ok: true, node: null };
  pinia = createPinia();
  setActivePinia(pinia);
  useCommands().attach({
    send: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve(answer);
    },
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

function lab(change: Partial<LabSnapshot> = {}, second: Partial<BrokerView> = {}): LabSnapshot {
  const base = labSnapshot();
  const fresh = { sampledMs: nowMs, lastHeartbeatMs: nowMs };
  return {
    ...base,
    sampledMs: nowMs,
    lab: { ...base.lab, state: 'running' },
    brokers: [brokerView(1, fresh), brokerView(2, { ...fresh, ...second }), brokerView(3, fresh)],
    ...change,
  };
}
function show(snapshot: LabSnapshot): VueWrapper {
  view = mount(ClusterView, {
    props: { calm: snapshot, live: snapshot, selection: null },
    global: { plugins: [pinia, i18n] },
    attachTo: document.body,
  });
  return view;
}
const stateOf = (wrapper: VueWrapper, cell: string): string | undefined =>
  wrapper.find(`[data-cell="${cell}"]`).attributes('data-state');

describe('the cluster view', () => {
  it('shows each replica, the leaders, epochs and ends of their logs', () => {
    const wrapper = show(lab());
    expect(['orders-0@1', 'orders-0@2', 'orders-1@2'].map((cell) => stateOf(wrapper, cell))).toEqual([
      'leader',
      'in-sync',
      'leader',
    ]);
    expect(wrapper.find('[data-cell="orders-0@1"]').text()).toContain('epoch 0');
    expect(wrapper.find('[data-cell="orders-0@1"] .num').text()).toBe('1200');
  });

  it('keeps a killed leader as leader, dead, with the count-down, and then shows the new one', async () => {
    const killed = {
      process: 'killed',
      processSinceMs: nowMs - 4200,
      lastHeartbeatMs: nowMs - 4400,
      sampledMs: nowMs - 4200,
    } as const;
    const wrapper = show(lab({}, killed));
    expect(stateOf(wrapper, 'orders-1@2')).toBe('leader-dead');
    expect(wrapper.find('[data-cell="orders-1@2"]').text()).toContain('seen 4.2 s');
    expect(wrapper.find('[data-part="moment"]').text()).toContain('fencing in4.6 s');
    expect(wrapper.find('[data-broker="2"]').text()).toContain('killed');

    const registration = { brokerEpoch: 2, fenced: true, inControlledShutdown: false, sinceMs: nowMs - 100 };
    const after = lab({}, { ...killed, registration });
    const partitions = after.partitions.map((each) =>
      each.leader === 2
        ? { ...each, leader: 3, leaderEpoch: 1, leaderWas: 2, leaderMovedMs: nowMs - 100, isr: [1, 3] }
        : each,
    );
    await wrapper.setProps({ calm: { ...after, partitions }, live: { ...after, partitions } });
    expect([stateOf(wrapper, 'orders-1@2'), stateOf(wrapper, 'orders-1@3')]).toEqual(['dead', 'leader']);
    expect(wrapper.find('[data-broker="2"]').attributes('data-fenced')).toBe('true');
    expect(wrapper.find('[data-part="moment"]').text()).toContain('Broker 2 fenced, 1 leader moved');
  });

  it('writes a dash for what it does not know', () => {
    const unknown = partitionView(1, 'orders', 0, {
      logs: [1, 2, 3].map((node) => ({
        node,
        logStartOffset: null,
        logEndOffset: null,
        highWatermark: null,
        caughtUpMs: null,
      })),
    });
    const wrapper = show(
      lab({ topics: [topicView('orders')], partitions: [unknown], quorum: null }, { diskBytes: null }),
    );
    expect(wrapper.find('[data-cell="orders-0@2"]').text()).toContain('—');
    expect(wrapper.find('[data-cell="orders-0@2"]').text()).not.toMatch(/LEO|HW/);
    expect(wrapper.find('[data-broker="2"]').text()).toContain('disk —');
    expect(wrapper.find('[data-part="quorum"]').text()).toContain('no voter has told yet');
  });

  it.each([
    ['running', ['stop', 'pause', 'kill']],
    ['paused', ['resume', 'kill']],
    ['shutting-down', ['kill']],
    ['starting', ['kill']],
    ['stopped', ['start']],
    ['killed', ['start']],
    ['failed', ['start']],
  ] as const)('offers for a broker that is %s: %j', (process, acts) => {
    const wrapper = show(lab({}, { process }));
    const buttons = wrapper.findAll('[data-broker="2"] .ctl [data-act]');
    expect(buttons.map((button) => button.attributes('data-act'))).toEqual(acts);
  });

  it('sends what is pressed', async () => {
    const wrapper = show(lab());
    await wrapper.find('[data-broker="2"] [data-act="kill"]').trigger('click');
    await wrapper.find('[data-broker="3"] [data-act="pause"]').trigger('click');
    await wrapper.find('[data-act="add"]').trigger('click');
    expect(sent).toEqual([
      ['killBroker', { node: 2 }],
      ['pauseBroker', { node: 3 }],
      ['addBroker', {}],
    ]);
    expect(wrapper.emitted('select')).toBeUndefined();
  });

  it('says what was refused, with the value and what would be right', async () => {
    answer = {
      ok: false,
      error: { code: 'wrong-state', thing: 'broker', value: '2', hint: 'It is stopping already.' },
    };
    const wrapper = show(lab());
    await wrapper.find('[data-broker="2"] [data-act="stop"]').trigger('click');
    await vi.waitFor(() =>
      expect(wrapper.find('[data-part="refusal"]').text()).toContain('broker 2. It is stopping already.'),
    );
  });

  it('is a grid with one tab stop that arrows, Enter and the broker keys work', async () => {
    const wrapper = show(lab());
    expect(wrapper.findAll('[data-row][tabindex="0"]')).toHaveLength(1);
    const head = wrapper.find<HTMLElement>('[data-broker="1"]');
    head.element.focus();
    await head.trigger('keydown', { key: 'ArrowRight' });
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-broker')).toBe('2'));
    await wrapper.find('[data-broker="2"]').trigger('keydown', { key: 'k', code: 'KeyK' });
    expect(sent).toEqual([['killBroker', { node: 2 }]]);
    await wrapper.find('[data-broker="2"]').trigger('keydown', { key: 'ArrowDown' });
    await wrapper.find('[data-row="topic:orders"]').trigger('keydown', { key: 'ArrowDown' });
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-row')).toBe('p:1'));
    await wrapper.find('[data-row="p:1"][data-column="0"]').trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('select')).toEqual([[{ kind: 'partition', topic: 'orders', partition: 0 }]]);
  });

  it('folds internal topics and tells their states by count', async () => {
    const wrapper = show(lab());
    expect(wrapper.find('[data-cell="__consumer_offsets-0@1"]').exists()).toBe(false);
    const band = wrapper.find('[data-row="topic:__consumer_offsets"]');
    expect(band.text()).toContain('1 full ISR');
    await band.trigger('click');
    expect(wrapper.find('[data-cell="__consumer_offsets-0@1"]').exists()).toBe(true);
  });

  it('puts a port in use in place of the data, with the ways on', async () => {
    const problem = {
      code: 'port-in-use',
      node: 2,
      thing: 'port',
      value: '127.0.0.1:9093',
      hint: 'x',
      sinceMs: nowMs,
      number: 9095,
    } as const;
    const wrapper = show(lab({ problems: [problem] }, { process: 'failed' }));
    expect(wrapper.find('[role="alert"]').text()).toContain('Broker 2 cannot listen on 127.0.0.1:9093');
    await wrapper.find('[data-act="next-port"]').trigger('click');
    await wrapper.find('[data-act="leave"]').trigger('click');
    expect(sent).toEqual([
      ['startBroker', { node: 2, port: 9095 }],
      ['dismissProblem', { node: 2 }],
    ]);
  });

  it('names the process that holds the data directory', () => {
    const problem = {
      code: 'data-dir-held',
      node: null,
      thing: 'data directory',
      value: '/tmp/lab',
      hint: 'x',
      sinceMs: nowMs,
      number: 4711,
    } as const;
    const wrapper = show(lab({ brokers: [], topics: [], partitions: [], quorum: null, problems: [problem] }));
    expect(wrapper.text()).toContain('Another lab holds this data directory');
    expect(wrapper.text()).toContain('Process 4711');
  });

  it('shows the steps of a start', () => {
    const steps = [
      { name: 'data-directory', state: 'done', tookMs: 4 },
      { name: 'log-recovered', state: 'active', tookMs: null },
    ] as const;
    const starting = lab({ topics: [], partitions: [] }, { process: 'starting', steps });
    const wrapper = show({ ...starting, lab: { ...starting.lab, state: 'starting' } });
    expect(wrapper.find('[data-broker="2"]').text()).toContain('data directory4 ms');
    expect(wrapper.text()).toContain('not created yet');
  });
});
