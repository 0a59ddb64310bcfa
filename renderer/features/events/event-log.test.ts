// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper, RouterLinkStub } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LabEvent } from '../../../engine/contract/events.ts';
import type { QueryInput } from '../../../engine/contract/queries.ts';
import { eventOf } from '../../../engine/contract/snapshot.testkit.ts';
import { PlayedLab } from '../../../engine/lab/lab-host.testkit.ts';
import type { LabBridge } from '../../bridge/lab-bridge.ts';
import { playedBridge } from '../../bridge/played-bridge.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';
import EventLog from './EventLog.vue';

let pinia: Pinia;
let bridge: LabBridge | null = null;
let view: VueWrapper | null = null;
let asked: QueryInput<'events'>[] = [];
let history: readonly LabEvent[] = [];
let more = false;

beforeEach(async () => {
  window.sessionStorage.clear();
  window.localStorage.clear();
  vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'] });
  pinia = createPinia();
  setActivePinia(pinia);
  asked = [];
  history = [];
  more = false;
  const played = new PlayedLab();
  played.queries.events = (input) => {
    asked.push(input);
    return Promise.resolve({ ok: true, value: { events: history, more } });
  };
  bridge = await playedBridge(played);
  useQueries().attach(bridge);
});
afterEach(() => {
  view?.unmount();
  view = null;
  bridge?.close();
  useLab().goLive();
  vi.useRealTimers();
});

const first = recorded('rebalanced');
async function show(events: readonly LabEvent[] = first.events): Promise<VueWrapper> {
  useLab().applyUpdate({ type: 'snapshot', snapshot: { ...first, seq: 1, events, eventCount: events.length } });
  vi.advanceTimersByTime(17);
  view = mount(EventLog, {
    global: { plugins: [pinia, i18n], stubs: { RouterLink: RouterLinkStub } },
    attachTo: document.body,
  });
  await flushPromises();
  return view;
}
/** More events, told in one delta, and the pace of a reader. */
async function tell(events: readonly LabEvent[]): Promise<void> {
  const lab = useLab();
  const seq = (lab.presentLive?.seq ?? 0) + 1;
  const eventCount = (lab.presentLive?.eventCount ?? 0) + events.length;
  lab.applyUpdate({ type: 'delta', delta: { seq, sampledMs: first.sampledMs, events, eventCount } });
  await vi.advanceTimersByTimeAsync(300);
  await flushPromises();
}
const kinds = (wrapper: VueWrapper): (string | undefined)[] =>
  wrapper.findAll('.line').map((line) => line.attributes('data-kind'));
const newest = Math.max(...first.events.map((event) => event.id));
const after = (id: number, change: Partial<LabEvent> = {}): LabEvent =>
  eventOf(newest + id, { atMs: first.sampledMs + id * 1_000, ...change });
const batches = (id: number): LabEvent =>
  after(id, { kind: 'batches-sent', actor: 'client', node: null, args: { client: 'order-feed' } });

describe('the event log', () => {
  it('shows what happened, newest first, with who did it; traffic when it is asked for', async () => {
    const wrapper = await show();
    expect(kinds(wrapper).length).toBeGreaterThan(5);
    expect(kinds(wrapper)).not.toContain('offsets-committed');
    await tell([
      batches(1),
      after(2, { kind: 'client-process', actor: 'client', node: null, args: { client: 'billing-9' } }),
    ]);
    const line = wrapper.find('.line');
    expect([line.attributes('data-kind'), line.text().includes('billing-9')]).toEqual(['client-process', true]);
    await wrapper.find('[data-act="filter"]').trigger('click');
    await wrapper.find('[data-topic="traffic"]').trigger('click');
    await flushPromises();
    expect(kinds(wrapper)).toContain('batches-sent');
  });

  it('narrows to words, also in the journal, and says when nothing matches', async () => {
    const wrapper = await show();
    await wrapper.find('[data-act="filter"]').trigger('click');
    await wrapper.find('input').setValue('no such words');
    await flushPromises();
    expect(asked.at(-1)).toMatchObject({ text: 'no such words' });
    expect(wrapper.find('[data-part="no-match"]').text()).toContain('No event matches.');
    await wrapper.find('[data-part="no-match"] [data-act="clear-filter"]').trigger('click');
    await flushPromises();
    expect(kinds(wrapper).length).toBeGreaterThan(5);
  });

  it('asks the journal for what came before, below what it has', async () => {
    history = [eventOf(1, { atMs: 1, kind: 'problem' })];
    const wrapper = await show(first.events.slice(-3));
    expect(asked).toMatchObject([{ beforeId: first.events.at(-3)?.id, limit: 200 }]);
    expect(kinds(wrapper).at(-1)).toBe('problem');
  });

  it('stands still while it is held, counts what it misses, and catches up', async () => {
    const wrapper = await show();
    const tail = wrapper.find('[data-act="tail"]');
    await tail.trigger('click');
    const before = kinds(wrapper);
    await tell([after(1), after(2)]);
    expect([tail.text(), kinds(wrapper)]).toEqual(['tail +2', before]);
    await tail.trigger('click');
    expect([tail.text(), wrapper.find('.line').attributes('data-event')]).toEqual(['tail on', String(newest + 2)]);
  });

  it('does not move what is read when older lines come below it', async () => {
    more = true;
    const wrapper = await show(first.events.slice(-12));
    await wrapper.find('[data-act="tail"]').trigger('click');
    const before = kinds(wrapper);
    await tell([after(1), after(2)]);
    history = [eventOf(1, { atMs: 1, kind: 'problem' })];
    more = false;
    const scroller = wrapper.find('.scroll');
    Object.defineProperty(scroller.element, 'scrollHeight', { value: 200 });
    await scroller.trigger('scroll');
    await flushPromises();
    expect(kinds(wrapper)).toEqual([...before, 'problem']);
  });

  it('folds what comes faster than it can be read, and keeps few lines in the page', async () => {
    const wrapper = await show();
    await tell(Array.from({ length: 214 }, (_, index) => after(1, { id: newest + 1 + index })));
    expect(wrapper.find('.line').text()).toContain('× 214');
    await tell(Array.from({ length: 400 }, (_, index) => after(index + 10, { id: newest + 300 + index })));
    expect(wrapper.findAll('.line').length).toBeLessThan(40);
  });

  it('leads to a line’s moment by click, and by arrows and Enter', async () => {
    const wrapper = await show();
    const lines = wrapper.findAll('.line');
    const momentOf = (index: number): number => {
      const id = Number(lines[index]?.attributes('data-event'));
      return first.events.find((event) => event.id === id)?.atMs ?? 0;
    };
    const [second, third] = [momentOf(1), momentOf(2)];
    await lines[2]?.trigger('click');
    expect(useLab().atMs).toBe(third);
    useLab().goLive();
    await flushPromises();
    const grid = wrapper.find('[role="grid"]');
    await grid.trigger('keydown', { key: 'ArrowDown' });
    await grid.trigger('keydown', { key: 'Enter' });
    expect(useLab().atMs).toBe(second);
  });
});
