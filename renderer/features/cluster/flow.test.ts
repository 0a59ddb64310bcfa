// @vitest-environment happy-dom
// @vitest-environment-options { "width": 1440, "height": 900 }
import { mount, type DOMWrapper, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CommandName } from '../../../engine/contract/commands.ts';
import { groupView, producerView, topicView } from '../../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';
import ClusterView from './ClusterView.vue';

let sent: [CommandName, unknown][] = [];
let pinia: Pinia;
let view: VueWrapper | null = null;

beforeEach(() => {
  window.localStorage.clear();
  window.sessionStorage.clear();
  sent = [];
  pinia = createPinia();
  setActivePinia(pinia);
  useCommands().attach({
    send: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve({ ok: true, node: null });
    },
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

/** As somebody saw it at that moment. */
function show(snapshot: LabSnapshot): VueWrapper {
  vi.useFakeTimers({ now: snapshot.sampledMs, toFake: ['Date'] });
  view = mount(ClusterView, {
    props: { calm: snapshot, live: snapshot, selection: null },
    global: { plugins: [pinia, i18n] },
    attachTo: document.body,
  });
  return view;
}
const accumulator = (name: string): DOMWrapper<Element> => view!.find(`[data-accumulator="${name}"]`);
const owner = (name: string): DOMWrapper<Element> => view!.find(`[data-owned="${name}"]`);
const orders = (snapshot: LabSnapshot): readonly PartitionView[] =>
  snapshot.partitions.filter((each) => each.topic === 'orders');
const nameOf = ({ topic, partition }: PartitionView): string => `${topic}-${partition}`;

describe('the row of a partition, left to right', () => {
  it('has its accumulator, its replicas and its owner on one line, as recorded from a real lab', () => {
    const calm = recorded('calm');
    show(calm);
    const row = view!.find('[data-owned="orders-0"]').element.parentElement;
    const cells = [...(row?.children ?? [])].map((each) => each.getAttribute('role'));
    expect(cells).toEqual(['gridcell', 'rowheader', 'gridcell', 'gridcell', 'gridcell', 'gridcell']);
    expect(accumulator('orders-0').text()).toContain('/ 16 KB');
    expect(['orders-0', 'orders-1', 'orders-2'].map((name) => owner(name).attributes('data-owner'))).toEqual([
      'c1',
      'c1',
      'c2',
    ]);
    expect(view!.find('[data-row="topic:orders"][data-column="-1"]').text()).toContain('order-feed');
    expect(view!.find('[data-row="topic:orders"][data-group]').text()).toContain('billingStable 1');
  });

  it('shows on both sides what a dead leader and a standing high watermark do', () => {
    const killed = recorded('broker-killed');
    show(killed);
    const led = orders(killed).filter((each) => each.leader === 2);
    const others = orders(killed).filter((each) => each.leader !== 2);
    expect(led.length).toBeGreaterThan(0);
    for (const each of led) {
      expect(owner(nameOf(each)).attributes('data-state')).toBe('no-answer');
      expect(owner(nameOf(each)).find('[data-value=lag]').text()).toBe('—');
    }
    const states = others.map((each) => accumulator(nameOf(each)).attributes('data-state'));
    expect(states.every((state) => state === 'waiting' || state === 'sent' || state === 'filling')).toBe(true);
    const watermarks = others.map(
      (each) => view!.find(`[data-accumulator="${nameOf(each)}"]`).element.nextElementSibling,
    );
    expect(watermarks.map((each) => each?.getAttribute('data-health'))).toContain('stands');
    expect(view!.find('[data-part=groups]').text()).toMatch(/total lag unknown for [123]/);
  });

  it('frames the new leader for ten seconds and tells what the ISR was', async () => {
    const fenced = recorded('broker-fenced');
    show(fenced);
    const moved = orders(fenced).find((each) => each.leaderMovedMs !== null)!;
    const cell = view!.find(`[data-cell="${nameOf(moved)}@${moved.leader}"]`);
    expect(cell.classes()).toContain('moved');
    expect(view!.find(`[data-cell="${nameOf(moved)}@2"]`).attributes('data-state')).toBe('dead');
    const later = { ...fenced, sampledMs: moved.leaderMovedMs! + 10_000 };
    view!.unmount();
    show(later);
    expect(view!.find(`[data-cell="${nameOf(moved)}@${moved.leader}"]`).classes()).not.toContain('moved');
  });

  it('marks partitions that were revoked while a rebalance runs, and new owners after it', () => {
    const running = recorded('rebalancing');
    show(running);
    const state = running.groups[0]!.state;
    expect(view!.find('[data-row="topic:orders"][data-group]').text()).toContain(state);
    view!.unmount();
    const over = recorded('rebalanced');
    show(over);
    const owners = orders(over).map((each) => owner(nameOf(each)).attributes('data-owner'));
    expect(new Set(owners)).toEqual(new Set(['c1', 'c2', 'c3']));
    const joined = orders(over).find((each) => owner(nameOf(each)).attributes('data-owner') === 'c3')!;
    const since = over.groups[0]!.rebalance!.endedMs!;
    const expected = over.sampledMs - since < 10_000 ? 'assigned' : 'plain';
    expect(owner(nameOf(joined)).attributes('data-state')).toBe(expected);
  });

  it('counts down until a frozen consumer is dropped', () => {
    const frozen = recorded('consumer-frozen');
    show(frozen);
    const cells = orders(frozen).map((each) => owner(nameOf(each)));
    const still = cells.filter((cell) => cell.attributes('data-state') === 'frozen');
    expect(still.length).toBeGreaterThan(0);
    expect(still[0]!.text()).toMatch(/frozen, (\d+\.\d s|\d+ m \d+ s) left/);
  });

  it('keeps values that are older than three seconds and says that there is no telemetry', () => {
    const calm = recorded('calm');
    const brokers = calm.brokers.map((each) =>
      each.id === 3 ? { ...each, sampledMs: calm.sampledMs - 4_000 } : { ...each, sampledMs: calm.sampledMs },
    );
    show({ ...calm, brokers });
    const stale = view!.find('[data-cell="orders-0@3"]');
    expect(stale.text()).toContain('no telemetry for 4.0 s');
    expect(stale.find('[data-value=leo]').text()).toMatch(/^\d+$/);
    expect(view!.find('[data-cell="orders-0@1"]').text()).not.toContain('no telemetry');
  });

  it('says that nobody owns a partition, on hatched ground, and never a lag of zero for it', () => {
    const calm = recorded('calm');
    const group = { ...calm.groups[0]!, members: [], offsets: [], state: 'Empty' as const };
    show({ ...calm, groups: [group] });
    expect(owner('orders-0').attributes('data-state')).toBe('no-owner');
    expect(owner('orders-0').classes()).toContain('nobody');
    expect(owner('orders-0').find('[data-value=lag]').text()).toBe('—');
  });

  it('offers a consumer where no group reads a topic', async () => {
    const calm = recorded('calm');
    show({ ...calm, groups: [] });
    expect(owner('orders-0').attributes('data-state')).toBe('no-group');
    const band = view!.find('[data-row="topic:orders"][data-column="4"]');
    expect(band.text()).toContain('No group yet.');
    expect(band.find('[data-act="add-consumer-here"]').exists()).toBe(true);
  });

  it('lets choose among several groups, the worst lag first', async () => {
    const calm = recorded('calm');
    const offsets = orders(calm).map((each) => ({
      topic: each.topic,
      partition: each.partition,
      offset: 1,
      committedMs: calm.sampledMs,
      passedMs: null,
    }));
    const audit = groupView('audit', { members: [], offsets });
    show({ ...calm, groups: [audit, ...calm.groups] });
    const choice = view!.find<HTMLSelectElement>('[data-row="topic:orders"] select');
    expect(choice.element.value).toBe('audit');
    await choice.setValue('billing');
    expect(owner('orders-0').attributes('data-owner')).toBe('c1');
  });

  it('adds up several producers of a topic, or shows one of them', async () => {
    const calm = recorded('calm');
    const first = calm.producers[0]!;
    const filled = first.accumulators.map((each) => ({ ...each, lastSent: null, batchBytes: 2048, batchRecords: 4 }));
    const one = { ...first, accumulators: filled };
    show({ ...calm, producers: [one, producerView('second', { ...one, id: 'second' })] });
    expect(accumulator('orders-0').find('[data-value=batch]').text()).toBe('4.0');
    await view!.find<HTMLSelectElement>('[data-row="topic:orders"] select').setValue('second');
    expect(accumulator('orders-0').find('[data-value=batch]').text()).toBe('2.0');
  });
});

describe('what can be done on the home view', () => {
  it('changes acks and static membership where they are shown', async () => {
    show(recorded('calm'));
    await view!.find('[data-row="topic:orders"] [role=radio][data-value="1"]').trigger('click');
    await view!.find('[data-row="topic:orders"] [role=switch]').trigger('click');
    expect(sent).toEqual([
      ['setProducer', { client: 'order-feed', acks: '1' }],
      ['setGroup', { group: 'billing', staticMembership: true }],
    ]);
    expect(view!.emitted('select')).toBeUndefined();
  });

  it('selects producer, member and group', async () => {
    show(recorded('calm'));
    await accumulator('orders-0').trigger('click');
    await owner('orders-2').trigger('click');
    await view!.find('[data-row="topic:orders"][data-group]').trigger('click');
    expect(view!.emitted('select')).toEqual([
      [{ kind: 'producer', client: 'order-feed' }],
      [{ kind: 'member', group: 'billing', label: 'c2' }],
      [{ kind: 'group', group: 'billing' }],
    ]);
  });

  it('kills, freezes and closes the owner of a partition by menu and by letter', async () => {
    show(recorded('calm'));
    await owner('orders-2').find('[data-act=menu]').trigger('click');
    const items = [...document.querySelectorAll('[role=menuitem]')].map((each) => each.getAttribute('data-act'));
    expect(items).toEqual([
      'closeConsumer',
      'wakeupConsumer',
      'freezeConsumer',
      'killConsumer',
      'fault cut-client billing-2',
      'fault slow-client billing-2 --processing 500ms',
    ]);
    document.querySelector<HTMLElement>('[role=menuitem][data-act=freezeConsumer]')!.click();
    const cell = owner('orders-0');
    (cell.element as HTMLElement).focus();
    await cell.trigger('keydown', { key: 'k', code: 'KeyK' });
    expect(sent).toEqual([
      ['freezeConsumer', { client: 'billing-2' }],
      ['killConsumer', { client: 'billing-1' }],
    ]);
  });

  it('walks with the arrows from the accumulator to the owner', async () => {
    show(recorded('calm'));
    const start = accumulator('orders-0');
    (start.element as HTMLElement).focus();
    await start.trigger('keydown', { key: 'End' });
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-owned')).toBe('orders-0'));
    await owner('orders-0').trigger('keydown', { key: 'ArrowDown' });
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-owned')).toBe('orders-1'));
    await owner('orders-1').trigger('keydown', { key: 'Home' });
    await vi.waitFor(() => expect(document.activeElement?.getAttribute('data-accumulator')).toBe('orders-1'));
    expect(view!.findAll('[data-row][tabindex="0"]')).toHaveLength(1);
  });

  it('leaves the past alone: instead of controls there is the way back', async () => {
    const lab = useLab();
    const calm = recorded('calm');
    lab.applyUpdate({ type: 'snapshot', snapshot: calm });
    lab.showMoment(calm.sampledMs - 5_000);
    show(calm);
    expect(view!.findAll('[data-act=kill], [data-act=stop], [data-act=pause]')).toHaveLength(0);
    await view!.find('[data-row="topic:orders"] [role=radio][data-value="0"]').trigger('click');
    await view!.find('[data-act="add-producer"]').trigger('click');
    expect([sent, view!.find('[data-part="add-producer"]').exists()]).toEqual([[], false]);
    await view!.find('[data-broker="1"] [data-act="go-live"]').trigger('click');
    expect(lab.isLive).toBe(true);
  });
});

describe('a large matrix', () => {
  const wide = (): LabSnapshot => {
    const calm = recorded('calm');
    const [base] = orders(calm);
    const events = Array.from({ length: 40 }, (_, partition) => ({
      ...base!,
      id: 1000 + partition,
      topic: 'events',
      partition,
      isr: partition === 7 ? base!.isr.slice(0, 2) : base!.isr,
    }));
    return { ...calm, topics: [topicView('events')], partitions: events };
  };

  it('folds to one line of counts, the worst first, and unfolds compact', async () => {
    show(wide());
    const band = view!.find('[data-row="topic:events"][data-column="0"]');
    expect(band.text()).toMatch(/1 shrunk.*39 full ISR/);
    await band.trigger('click');
    expect(view!.find('.matrix').classes()).toContain('compact');
    expect(view!.findAll('[data-owned]')).toHaveLength(40);
  });

  it('puts the worst first, and stands still while the pointer is inside', async () => {
    show(wide());
    await view!.find('[data-row="topic:events"][data-column="0"]').trigger('click');
    await view!.find('[data-part=tools] [data-value=worst]').trigger('click');
    const first = (): string | undefined => view!.find('[data-owned]').attributes('data-owned');
    expect(first()).toBe('events-7');
    await view!.find('.around').trigger('pointerenter');
    const healed = wide();
    const partitions = healed.partitions.map((each) => ({
      ...each,
      isr: each.partition === 20 ? each.isr.slice(0, 1) : each.replicas,
    }));
    await view!.setProps({ calm: { ...healed, partitions }, live: { ...healed, partitions } });
    expect(first()).toBe('events-7');
    await view!.find('.around').trigger('pointerleave');
    expect(first()).toBe('events-20');
    await view!.find('[data-part=tools] [data-value=partition]').trigger('click');
  });

  it('paints the row again whose partition changed, and no other', async () => {
    const before = wide();
    show(before);
    await view!.find('[data-row="topic:events"][data-column="0"]').trigger('click');
    await vi.waitFor(() => expect(view!.findAll('[data-owned]')).toHaveLength(40));
    const painted = new Set<string>();
    const observer = new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        const row = element?.closest('.line.partition')?.querySelector('[data-owned]');
        if (row) painted.add(row.getAttribute('data-owned') ?? '');
      }
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
    const shrink = (snapshot: LabSnapshot, number: number): LabSnapshot => ({
      ...snapshot,
      seq: snapshot.seq + 1,
      partitions: snapshot.partitions.map((each) =>
        each.partition === number ? { ...each, leaderEpoch: 9, isr: each.isr.slice(0, 1) } : { ...each },
      ),
    });
    const after = shrink(before, 13);
    await view!.setProps({ calm: after, live: after });
    await vi.waitFor(() => expect([...painted]).toEqual(['events-13']));
    // When the last row has the next snapshot, all of them have had the one before.
    const later = shrink(after, 39);
    await view!.setProps({ calm: later, live: later });
    await vi.waitFor(() => expect([...painted]).toEqual(['events-13', 'events-39']));
    observer.disconnect();
  });

  it('keeps the row height that is pinned', async () => {
    show(wide());
    await view!.find('[data-row="topic:events"][data-column="0"]').trigger('click');
    await view!.find('[data-part=density] [data-value=heat]').trigger('click');
    expect(view!.find('.matrix').classes()).toContain('heat');
    expect(view!.find('[data-act=pin]').attributes('aria-pressed')).toBe('true');
    await view!.find('[data-act=pin]').trigger('click');
    expect(view!.find('.matrix').classes()).toContain('compact');
  });
});

describe('adding clients', () => {
  it('sends a producer for the topic and rate that were filled in', async () => {
    show(recorded('calm'));
    await view!.find('[data-act="add-producer"]').trigger('click');
    await vi.waitFor(() => expect(document.querySelector('dialog form')).not.toBeNull(), { timeout: 5000 });
    const fields = [...document.querySelectorAll<HTMLInputElement>('dialog .field')];
    fields[0]!.value = 'pay-feed';
    fields[0]!.dispatchEvent(new Event('input'));
    fields[2]!.value = '50';
    fields[2]!.dispatchEvent(new Event('input'));
    document.querySelector<HTMLElement>('dialog [role=radio][data-value="1"]')!.click();
    document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual([
      'addProducer',
      {
        client: 'pay-feed',
        topic: 'orders',
        recordsPerSecond: 50,
        recordBytes: 200,
        keys: 'round',
        keyCount: 100,
        acks: '1',
      },
    ]);
    await vi.waitFor(() => expect(document.querySelector('dialog')).toBeNull());
  });

  it('sends a consumer with its own group for a topic that nobody reads', async () => {
    const calm = recorded('calm');
    show({ ...calm, groups: [] });
    await view!.find('[data-act="add-consumer-here"]').trigger('click');
    await vi.waitFor(() => expect(document.querySelector('dialog form')).not.toBeNull(), { timeout: 5000 });
    document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    await vi.waitFor(() => expect(sent).toHaveLength(1));
    expect(sent[0]).toEqual([
      'addConsumer',
      {
        group: 'orders-readers',
        topics: ['orders'],
        commit: 'auto',
        commitOnRevoke: false,
        processingMs: 0,
        processingJitterMs: 0,
        staticMembership: false,
        configs: {},
      },
    ]);
  });
});
