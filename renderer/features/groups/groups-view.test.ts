// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { CommandName } from '../../../engine/contract/commands.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { recordedGroups } from '../../model/recorded-groups.testkit.ts';
import { useCommands } from '../../stores/commands.ts';
import { useQueries } from '../../stores/queries.ts';
import GroupsView from './GroupsView.vue';
import GroupView from './GroupView.vue';

const { settled, running, rebalances } = recordedGroups;
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
  useQueries().attach({
    ask: (name) => {
      if (name !== 'rebalances') throw new Error(`nobody asks for ${name} here`);
      return Promise.resolve({ ok: true, value: { rebalances } } as never);
    },
    tail: () => () => {},
  });
  router = createRouter({
    history: createMemoryHistory(),
    routes: [
      { path: '/spacetime', component: { template: '<p />' } },
      { path: '/groups', name: 'groups', component: GroupsView },
      { path: '/groups/:group', name: 'group', component: GroupView, props: true },
    ],
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

async function showList(snapshot: LabSnapshot): Promise<VueWrapper> {
  vi.useFakeTimers({ now: snapshot.sampledMs, toFake: ['Date'] });
  await router.push('/groups');
  view = mount(GroupsView, {
    props: { calm: snapshot, live: snapshot, selection: null },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  return view;
}
async function showGroup(snapshot: LabSnapshot, group = 'billing'): Promise<VueWrapper> {
  vi.useFakeTimers({ now: snapshot.sampledMs, toFake: ['Date'] });
  await router.push(`/groups/${group}`);
  view = mount(GroupView, {
    props: { calm: snapshot, live: snapshot, selection: null, group },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  await flushPromises();
  return view;
}
/** Texts of a row's cells. */
const cells = (wrapper: VueWrapper, row: string): string[] =>
  wrapper.findAll(`${row} > *`).map((cell) => cell.text().replaceAll(/\s+/g, ' '));

describe('the list of groups', () => {
  it('tells state, members, assignor, lag, coordinator and newest rebalance of each', async () => {
    const wrapper = await showList(settled);
    expect(cells(wrapper, '[data-group=billing]')).toEqual([
      'billing',
      'Stable',
      'c1c2c3',
      'cooperative-sticky',
      '20',
      expect.stringMatching(/^\d+$/),
      'broker 2',
      expect.stringMatching(/^5\.7 s, .* ago$/),
    ]);
  });

  it('leads to the group and selects it', async () => {
    const wrapper = await showList(settled);
    await wrapper.find('[data-group=billing]').trigger('click');
    await flushPromises();
    expect([wrapper.emitted('select'), router.currentRoute.value.path]).toEqual([
      [[{ kind: 'group', group: 'billing' }]],
      '/groups/billing',
    ]);
  });

  it('without a group says so and offers what makes one', async () => {
    const wrapper = await showList({ ...settled, groups: [] });
    expect(wrapper.find('[data-state=empty]').text()).toContain('No group reads from this cluster yet.');
    await wrapper.find('[data-act=add-consumer]').trigger('click');
    expect(sent).toEqual([['addConsumer', { group: 'billing' }]]);
  });

  it('names a coordinator that does not answer', async () => {
    const brokers = settled.brokers.map((each) => (each.id === 2 ? { ...each, process: 'killed' as const } : each));
    const wrapper = await showList({ ...settled, brokers });
    expect(wrapper.find('[data-group=billing]').text()).toContain('broker 2, does not answer');
  });
});

describe('a group', () => {
  it('shows its newest rebalance: phases, assignments, messages', async () => {
    const wrapper = await showGroup(settled);
    expect(wrapper.findAll('[data-part=phases] li').map((step) => step.find('.b').text())).toEqual([
      'Stable 18',
      'PreparingRebalance',
      'CompletingRebalance',
      'Stable 19',
      'second round, PreparingRebalance',
      'CompletingRebalance',
      'Stable 20',
    ]);
    const row = (stage: string) => wrapper.findAll(`[data-stage=${stage}] td`).map((cell) => cell.text());
    expect([row('before'), row('planned'), row('after')]).toEqual([
      ['c1', 'c2', 'c1', ''],
      ['c1', 'c2', 'c1, revoked', 'revoke 1'],
      ['c1', 'c2', 'c3, assigned', 'assign 1'],
    ]);
    const first = wrapper.findAll('[data-part=messages] tbody tr')[0]!;
    expect(first.text()).toMatch(/−0\.002\s*c3\s*JoinGroup v9\s*MEMBER_ID_REQUIRED, member id given/);
  });

  it('measures the gap, beside the eager join of the same group', async () => {
    const wrapper = await showGroup(settled);
    const charts = wrapper.findAll('[data-part=gap-chart]');
    expect(
      charts.map((chart) => [chart.attributes('data-number'), chart.find('.kind').text(), chart.find('.cost').text()]),
    ).toEqual([
      ['10', 'cooperative-sticky', '3.71'],
      ['6', 'range, eager', '0.04'],
    ]);
    expect(charts[0]!.findAll('[data-lane]').map((lane) => lane.attributes('aria-label'))).toEqual([
      'orders-0: c1',
      'orders-1: c2',
      'orders-2: c1, nobody for 3.7 s, c3',
    ]);
    await charts[1]!.find('select').setValue('8');
    expect(wrapper.findAll('[data-part=gap-chart]')[1]!.attributes('data-number')).toBe('8');
  });

  it('shows an earlier rebalance when it is chosen, and the newest again', async () => {
    const wrapper = await showGroup(settled);
    await wrapper.find('[data-part=phases] select').setValue('6');
    expect(wrapper.find('[data-part=gap-chart]').attributes('data-number')).toBe('6');
    expect(wrapper.findAll('[data-part=members] [data-state=synced]')).toHaveLength(3);
    await wrapper.find('[data-part=phases] select').setValue('10');
    expect(wrapper.findAll('[data-part=members] [data-state=member]')).toHaveLength(3);
  });

  it('tells of a running one who is awaited, until when and by which timer', async () => {
    const wrapper = await showGroup(running);
    const states = wrapper
      .findAll('[data-part=members] [data-member]')
      .map((row) => [row.attributes('data-member'), row.attributes('data-state')]);
    expect(states).toEqual([
      ['c1', 'rejoined'],
      ['c2', 'awaited'],
      ['c3', 'joined'],
    ]);
    expect(wrapper.find('[data-part=members] thead').text()).toContain('max.poll.interval.ms');
    expect(wrapper.find('[data-part=phase-ends]').text()).toMatch(/^4 m \d+ s$/);
    expect(wrapper.find('[data-part=holds]').text()).toMatch(/^c2 holds everybody up: it called poll\(\) .* s ago/);
    expect(wrapper.findAll('[data-part=phases] li.ahead').map((step) => step.find('.b').text())).toEqual([
      'CompletingRebalance',
      'Stable',
    ]);
  });

  it('shows committed offsets and the lag', async () => {
    const wrapper = await showGroup(settled);
    const [partition, owner, committed, end, lag] = cells(wrapper, '[data-partition=orders-2]');
    expect([partition, owner]).toEqual(['orders-2', 'c3']);
    expect(Number(lag)).toBe(Number(end) - Number(committed));
  });

  it('changes the assignor and static membership of all lab consumers, and adds one', async () => {
    const wrapper = await showGroup(settled);
    await wrapper.find('[data-value=range]').trigger('click');
    await wrapper.find('[data-act=static]').trigger('click');
    await wrapper.find('[data-act=add-consumer]').trigger('click');
    await flushPromises();
    expect(sent).toEqual([
      ['setGroup', { group: 'billing', assignors: ['range'] }],
      ['setGroup', { group: 'billing', staticMembership: true }],
      ['addConsumer', { group: 'billing' }],
    ]);
  });

  it('closes, freezes and kills its lab consumers', async () => {
    const wrapper = await showGroup(settled);
    const row = wrapper.find('[data-member=c2]');
    for (const act of ['closeConsumer', 'freezeConsumer', 'killConsumer'])
      await row.find(`[data-act=${act}]`).trigger('click');
    expect(sent).toEqual([
      ['closeConsumer', { client: 'billing-2' }],
      ['freezeConsumer', { client: 'billing-2' }],
      ['killConsumer', { client: 'billing-2' }],
    ]);
  });

  it('selects a member with the keyboard', async () => {
    const wrapper = await showGroup(settled);
    await wrapper.find('[data-member=c2] button').trigger('click');
    expect(wrapper.emitted('select')).toEqual([[{ kind: 'member', group: 'billing', label: 'c2' }]]);
  });

  it('without a rebalance says so', async () => {
    const groups = settled.groups.map((each) => ({ ...each, rebalance: null }));
    const wrapper = await showGroup({ ...settled, groups });
    expect(wrapper.find('[data-state=no-rebalance]').text()).toContain('No rebalance since start');
    expect(wrapper.findAll('[data-part=members] [data-member]')).toHaveLength(3);
  });

  it('that is not there leads back to the list', async () => {
    const wrapper = await showGroup(settled, 'audit');
    expect(wrapper.find('[data-state=gone]').text()).toContain('There is no group audit.');
    expect(wrapper.find('[data-state=gone] a').attributes('href')).toBe('/groups');
  });

  it('can be told in Korean', async () => {
    const { ko } = await import('../../messages/ko.ts');
    i18n.global.setLocaleMessage('ko' as 'en', ko as never);
    i18n.global.locale.value = 'ko' as 'en';
    const wrapper = await showGroup(running);
    expect(wrapper.find('[data-part=holds]').text()).toContain('모두가 c2을(를) 기다립니다.');
    i18n.global.locale.value = 'en';
  });
});
