// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper, RouterLinkStub } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Timeline, TimelineStep } from '../../../engine/contract/queries.ts';
import { eventOf } from '../../../engine/contract/snapshot.testkit.ts';
import { PlayedLab } from '../../../engine/lab/lab-host.testkit.ts';
import type { LabBridge } from '../../bridge/lab-bridge.ts';
import { playedBridge } from '../../bridge/played-bridge.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { useLab } from '../../stores/lab.ts';
import { useQueries } from '../../stores/queries.ts';
import TimelineDock from './TimelineDock.vue';

const now = recorded('broker-killed');
const nowMs = Math.floor(now.sampledMs / 1000) * 1000;
let pinia: Pinia;
let played: PlayedLab;
let bridge: LabBridge | null = null;
let view: VueWrapper | null = null;

beforeEach(async () => {
  window.sessionStorage.clear();
  window.localStorage.clear();
  vi.useFakeTimers({
    now: nowMs,
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'requestAnimationFrame', 'cancelAnimationFrame'],
  });
  pinia = createPinia();
  setActivePinia(pinia);
  played = new PlayedLab();
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

const step = (agoS: number, change: Partial<TimelineStep> = {}): TimelineStep => ({
  atMs: nowMs - agoS * 1000,
  produced: 400,
  consumed: 380,
  underReplicated: 0,
  underMinIsr: 0,
  offline: 0,
  rebalancing: 0,
  ...change,
});
const killed = now.events.find((event) => event.kind === 'process' && event.change?.now === 'killed');

/** The journal's answer is what the test says; `moment` gives the calm picture. */
async function show(timeline: Partial<Timeline> | null = {}): Promise<VueWrapper> {
  played.queries.timeline = ({ fromMs, toMs }) =>
    Promise.resolve(
      timeline === null
        ? { ok: false, error: { code: 'failed', thing: 'journal', value: 'disk full', hint: 'Make room.' } }
        : { ok: true, value: { fromMs, toMs, stepMs: 1_000, steps: [], flags: [], ...timeline } },
    );
  played.queries.moment = ({ atMs }) => Promise.resolve({ ok: true, value: { ...recorded('calm'), sampledMs: atMs } });
  const lab = useLab();
  lab.applyLine('open');
  lab.applyUpdate({ type: 'snapshot', snapshot: { ...now, events: [] } });
  vi.advanceTimersByTime(17);
  view = mount(TimelineDock, {
    global: { plugins: [pinia, i18n], stubs: { RouterLink: RouterLinkStub } },
    attachTo: document.body,
  });
  await settled(200);
  const plot = view.find('.plot').element;
  plot.getBoundingClientRect = () => new DOMRect(0, 0, 1000, 92);
  return view;
}
async function settled(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  await flushPromises();
}
const steps = [
  step(20),
  step(19),
  step(18, { offline: 2, underReplicated: 1 }),
  step(17, { underReplicated: 1 }),
  step(16),
];

describe('the timeline', () => {
  it('draws what the journal has: curves, the ISR as bands, faults as flags', async () => {
    expect(killed).toBeDefined();
    const event = { ...(killed ?? eventOf(1)), atMs: nowMs - 18_000 };
    const wrapper = await show({ steps, flags: [{ atMs: event.atMs, endedMs: null, kind: 'fault', event }] });
    expect(wrapper.findAll('.curve').map((path) => path.attributes('d')?.split(/[ML]/).length)).toEqual([6, 6]);
    expect(wrapper.findAll('rect[height="7"]').map((band) => band.classes()[0])).toEqual([
      'full',
      'offline',
      'shrunk',
      'full',
    ]);
    const flag = wrapper.find('[data-flag="fault"]');
    expect([flag.text(), flag.classes().includes('standing')]).toEqual(['kill broker 2', true]);
  });

  it('goes to the moment that is clicked, drags along, and back to now from its right edge', async () => {
    const wrapper = await show({ steps });
    const slider = wrapper.find('[role="slider"]');
    slider.element.setPointerCapture = () => {};
    expect(slider.attributes('aria-valuenow')).toBe(String(nowMs));
    await slider.trigger('pointerdown', { button: 0, pointerId: 1, clientX: 500 });
    await settled(20);
    // Five minutes across, 2.5 % of them ahead of now.
    expect(useLab().atMs).toBe(nowMs - 142_500);
    await slider.trigger('pointermove', { clientX: 600 });
    await settled(20);
    expect(useLab().atMs).toBe(nowMs - 112_500);
    expect(useLab().calm?.sampledMs).toBe(nowMs - 112_500);
    expect(slider.attributes('aria-valuetext')).toContain('past');
    await slider.trigger('pointermove', { clientX: 999 });
    expect(useLab().isLive).toBe(true);
  });

  it.each([
    ['ArrowLeft', -1_500],
    ['PageDown', -30_000],
    ['Home', -292_500],
  ])('%s goes %i ms from now, End back to it', async (key, ms) => {
    const wrapper = await show({ steps });
    const started = useLab().presentLive?.lab.startedMs ?? 0;
    const slider = wrapper.find('[role="slider"]');
    await slider.trigger('keydown', { key });
    await settled(20);
    expect(useLab().atMs).toBe(Math.round(Math.max(nowMs + ms, key === 'Home' ? started : 0) / 50) * 50);
    await slider.trigger('keydown', { key: 'End' });
    expect(useLab().isLive).toBe(true);
  });

  it('is zoomed by buttons and wheel from half a minute to the whole run', async () => {
    const wrapper = await show({ steps });
    const span = (): string => wrapper.find('[data-part="span"]').text();
    expect(span()).toBe('last 5 m');
    await wrapper.find('[data-act="zoom-in"]').trigger('click');
    await wrapper.find('[role="slider"]').trigger('wheel', { deltaY: -120 });
    expect(span()).toBe('last 30 s');
    expect(wrapper.find('[data-act="zoom-in"]').attributes('disabled')).toBeDefined();
    for (let times = 0; times < 6; times += 1) await wrapper.find('[data-act="zoom-out"]').trigger('click');
    expect(span()).toBe('whole run');
  });

  it('steps to the event before and on, and from the newest one to now', async () => {
    const wrapper = await show({ steps });
    const at = nowMs - 40_000;
    played.queries.neighbour = ({ direction }) =>
      Promise.resolve({ ok: true, value: { event: direction === 'previous' ? eventOf(3, { atMs: at }) : null } });
    expect(wrapper.find('[data-act="next-event"]').attributes('disabled')).toBeDefined();
    await wrapper.find('[data-act="previous-event"]').trigger('click');
    await settled(20);
    expect(useLab().atMs).toBe(at);
    expect(wrapper.find('[data-part="marker"]').exists()).toBe(true);
    await wrapper.find('[data-act="next-event"]').trigger('click');
    await settled(20);
    expect(useLab().isLive).toBe(true);
  });

  it('says that nothing happened yet, and what is wrong when the journal does not answer', async () => {
    expect((await show({ steps: [] })).text()).toContain('Nothing happened yet.');
    view?.unmount();
    const text = (await show(null)).find('[data-part="timeline-error"]').text();
    expect(text).toBe('The journal does not answer: journal disk full. Make room.');
  });
});
