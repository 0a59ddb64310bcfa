// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { CommandName } from '../../../engine/contract/commands.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { recordedGroups } from '../../model/recorded-groups.testkit.ts';
import type { Selection } from '../../model/selection.ts';
import { useCommands } from '../../stores/commands.ts';
import { useQueries } from '../../stores/queries.ts';
import InspectorPanel from './InspectorPanel.vue';

const { settled, running } = recordedGroups;
let sent: [CommandName, unknown][] = [];
let pinia: Pinia;
let router: Router;
let view: VueWrapper | null = null;

beforeEach(() => {
  sent = [];
  pinia = createPinia();
  setActivePinia(pinia);
  useCommands().attach({
    send: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve({ ok: true, node: null });
    },
  });
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/', component: InspectorPanel },
      { path: '/groups/:group', name: 'group', component: InspectorPanel },
    ],
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

async function show(snapshot: LabSnapshot, selection: Selection): Promise<VueWrapper> {
  vi.useFakeTimers({ now: snapshot.sampledMs, toFake: ['Date'] });
  view = mount(InspectorPanel, {
    props: { calm: snapshot, selection },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  await vi.dynamicImportSettled();
  await flushPromises();
  return view;
}
/** Names and values of a section's pairs. */
function pairs(wrapper: VueWrapper, part: string): Record<string, string> {
  const texts = wrapper.findAll(`[data-part=${part}] .kv > *`).map((each) => each.text().replaceAll(/\s+/g, ' '));
  return Object.fromEntries(texts.flatMap((text, index) => (index % 2 === 0 ? [[text, texts[index + 1] ?? '']] : [])));
}
const commandsOf = (wrapper: VueWrapper): string[] => wrapper.findAll('code').map((each) => each.text());

describe('the inspector', () => {
  it('shows a group, its newest rebalance and the tool that shows the same', async () => {
    const wrapper = await show(settled, { kind: 'group', group: 'billing' });
    expect(pairs(wrapper, 'group')).toMatchObject({
      generation: '20',
      assignor: 'cooperative-sticky',
      coordinator: 'broker 2',
      members: 'c1c2c3',
    });
    expect(pairs(wrapper, 'rebalance')).toEqual({ generation: '18 → 20', took: '5.7 s', 'partition-seconds': '3.71' });
    expect(commandsOf(wrapper)[0]).toMatch(
      /^kafka-consumer-groups --bootstrap-server 127\.0\.0\.1:\d+ --group billing --describe$/,
    );
  });

  it('shows a member that is awaited, with what it says of itself', async () => {
    const wrapper = await show(running, { kind: 'member', group: 'billing', label: 'c2' });
    expect(wrapper.find('header').text()).toMatch(/c2\s*billing-2.*awaited by the coordinator/s);
    expect(pairs(wrapper, 'member')).toMatchObject({ 'max.poll.interval.ms': '5 m 0 s', 'leads the group': 'no' });
    expect(pairs(wrapper, 'consumer')['last poll()']).toMatch(/ s of 5 m 0 s$/);
  });

  it('shows a stranger’s member as far as the coordinator knows it', async () => {
    const groups = settled.groups.map((group) => ({
      ...group,
      members: group.members.map((each) => ({ ...each, client: null })),
    }));
    const wrapper = await show({ ...settled, groups }, { kind: 'member', group: 'billing', label: 'c1' });
    expect(wrapper.text()).toContain('Not a lab client');
    expect(wrapper.find('[data-part=actions]').exists()).toBe(false);
  });

  it('shows a consumer, its settings, callbacks and configs, and what makes an ordinary one do the same', async () => {
    const wrapper = await show(settled, { kind: 'consumer', client: 'billing-3' });
    expect(wrapper.find('[data-part=callbacks] li').text()).toMatch(/onPartitionsAssigned\s*orders-2/);
    const set = wrapper.findAll('[data-part=configs] .set dt').map((each) => each.text());
    expect(set).toEqual(['client.id', 'group.id', 'partition.assignment.strategy']);
    expect(wrapper.find('[data-part=configs]').text()).toContain('max.poll.records');
    expect(commandsOf(wrapper)[0]).toContain(
      'group.id=billing\npartition.assignment.strategy=\\\n  org.apache.kafka.clients.consumer.CooperativeStickyAssignor',
    );
  });

  it('sets a consumer: static membership, assignor, commits', async () => {
    const wrapper = await show(settled, { kind: 'consumer', client: 'billing-1' });
    await wrapper.find('[data-act=static]').trigger('click');
    await wrapper.find('[data-value=range]').trigger('click');
    await wrapper.find('[data-value=sync]').trigger('click');
    await wrapper.find('[data-act=killConsumer]').trigger('click');
    expect(sent).toEqual([
      ['setConsumer', { client: 'billing-1', staticMembership: true }],
      ['setConsumer', { client: 'billing-1', assignors: ['range'] }],
      ['setConsumer', { client: 'billing-1', commit: 'sync' }],
      ['killConsumer', { client: 'billing-1' }],
    ]);
  });

  it('shows a producer, sets its acks, keys and rate, and stops it', async () => {
    const wrapper = await show(settled, { kind: 'producer', client: 'order-feed' });
    expect(pairs(wrapper, 'producer')).toMatchObject({ topic: 'orders', failed: '0' });
    expect(wrapper.findAll('[data-part=accumulators] tbody tr')).toHaveLength(3);
    await wrapper.find('[data-part=acks] [data-value="1"]').trigger('click');
    await wrapper.find('[data-value=skewed]').trigger('click');
    await wrapper.find('[data-value="4000"]').trigger('click');
    await wrapper.find('[data-act=stopProducer]').trigger('click');
    expect(sent).toEqual([
      ['setProducer', { client: 'order-feed', acks: '1' }],
      ['setProducer', { client: 'order-feed', keys: 'skewed' }],
      ['setProducer', { client: 'order-feed', recordsPerSecond: 4000 }],
      ['stopProducer', { client: 'order-feed' }],
    ]);
    expect(commandsOf(wrapper)[0]).toContain('client.id=order-feed\nacks=all');
  });

  it('shows what a producer’s configs became, what was sent twice, and measures its batches on disk', async () => {
    const asked: unknown[] = [];
    useQueries().attach({
      ask: (name, input) => {
        asked.push([name, input]);
        const batch = { batches: 2, records: 40, diskBytes: 1000, compression: 'zstd', fromOffset: 0, toOffset: 39 };
        const partitions = [{ topic: 'orders', partition: 0, ...batch, uncompressedBytes: 5000 }];
        return Promise.resolve({ ok: true, value: { partitions } }) as never;
      },
      tail: () => () => {},
    });
    const producers = settled.producers.map((each) => ({
      ...each,
      notices: ["Idempotence will be disabled because acks is set to 1, not set to 'all'."],
      totals: { ...each.totals, failed: 9, noticed: 0, retries: 1 },
      accumulators: each.accumulators.map((partition, index) => ({
        ...partition,
        wireBytes: 2000,
        uncompressedBytes: 8000,
        retries: index,
        reordered: index === 1 ? 3 : 0,
        sequence: { producerEpoch: 2, base: 10, last: 19 },
      })),
    }));
    const wrapper = await show({ ...settled, producers }, { kind: 'producer', client: 'order-feed' });
    expect(wrapper.find('[data-part=notices]').text()).toContain('Idempotence will be disabled');
    expect(pairs(wrapper, 'producer')).toMatchObject({ 'failures noticed': '0 of 9' });
    const cells = (part: string) =>
      wrapper.findAll(`[data-part=${part}] tbody tr`).map((row) => row.findAll('td').map((cell) => cell.text()));
    expect(cells('sequences').map((row) => row.slice(1))).toEqual([
      ['19', '0', '0', '0'],
      ['19', '1', '0', '3'],
      ['19', '2', '0', '0'],
    ]);
    await wrapper.find('[data-act=measure]').trigger('click');
    await flushPromises();
    expect(asked).toEqual([['producerOnDisk', { client: 'order-feed' }]]);
    expect(cells('compression').map((row) => row.slice(1))).toEqual([
      ['4.00× 2.0 KB', '5.00× zstd'],
      ['4.00× 2.0 KB', '—'],
      ['4.00× 2.0 KB', '—'],
    ]);
  });

  it('changes a producer’s send mode as it runs', async () => {
    const wrapper = await show(settled, { kind: 'producer', client: 'order-feed' });
    await wrapper.find('[data-value="fire-and-forget"]').trigger('click');
    expect(sent).toEqual([['setProducer', { client: 'order-feed', sendMode: 'fire-and-forget' }]]);
  });

  it('says by Kafka’s name why a client ended and what it met last', async () => {
    const error = {
      atMs: settled.sampledMs - 1000,
      code: 'ConfigException',
      message: 'Invalid value -1 for configuration linger.ms',
    };
    const producers = settled.producers.map((each) => ({
      ...each,
      state: 'failed' as const,
      failure: error,
      lastError: { ...error, atMs: error.atMs - 500, code: 'TimeoutException' },
    }));
    const wrapper = await show({ ...settled, producers }, { kind: 'producer', client: 'order-feed' });
    expect(wrapper.find('[data-part=failure]').text()).toContain('ConfigException Invalid value -1');
    expect(wrapper.find('[data-part=last-error]').text()).toContain('1.5 s ago');
    expect(wrapper.findAll('[data-part=actions] button').map((each) => each.text())).toEqual(['Start', 'Remove']);
  });
});
