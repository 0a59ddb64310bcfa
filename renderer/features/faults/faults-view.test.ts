// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter, type Router } from 'vue-router';
import type { CommandName } from '../../../engine/contract/commands.ts';
import type { FaultView } from '../../../engine/contract/faults.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { brokerView, faultView, labSnapshot, testEpochMs } from '../../../engine/contract/snapshot.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';
import FaultsView from './FaultsView.vue';

const nowMs = testEpochMs + 60_000;
let sent: [CommandName, unknown][] = [];
let pinia: Pinia;
let router: Router;
let view: VueWrapper | null = null;

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date', 'setInterval', 'clearInterval'] });
  window.sessionStorage.clear();
  window.localStorage.clear();
  sent = [];
  pinia = createPinia();
  setActivePinia(pinia);
  router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: '/faults/:losesPower?', name: 'faults', component: FaultsView }],
  });
  useCommands().attach({
    send: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve({ ok: true, node: null, fault: 7 });
    },
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  vi.useRealTimers();
});

function lab(...faults: FaultView[]): LabSnapshot {
  return labSnapshot({ sampledMs: nowMs, faults });
}
function show(calm: LabSnapshot, props: { losesPower?: string } = {}): VueWrapper {
  useLab().applyUpdate({ type: 'snapshot', snapshot: calm });
  view = mount(FaultsView, {
    props: { calm, live: calm, selection: null, ...props },
    global: { plugins: [pinia, i18n, router] },
    attachTo: document.body,
  });
  return view;
}
const cell = (wrapper: VueWrapper, from: string | number, to: string | number) =>
  wrapper.find(`[data-link="${from} ${to}"]`);
const standing = (wrapper: VueWrapper) =>
  wrapper.findAll('[data-part=standing] [data-fault]').map((row) => row.attributes('data-state'));

describe('what stands', () => {
  it('says so when nothing does', () => {
    const wrapper = show(lab());
    expect(wrapper.find('[data-part=standing]').text()).toContain('Nothing is broken on purpose.');
    expect(wrapper.find('[data-part=recent]').text()).toContain('None is over yet.');
    expect(wrapper.find('[data-act=lift-all]').attributes('disabled')).toBeDefined();
  });

  it('is told with state, target, settings and count-down, the newest first; what is over is below', () => {
    const slow = faultView(1, { kind: 'slow-disk', node: 2, delayMs: 50 }, { untilMs: nowMs + 17_240 });
    const armed = faultView(
      2,
      { kind: 'delay-link', from: 1, to: 'billing-1', both: false, delayMs: 100, jitterMs: 20 },
      { state: 'armed', activeMs: nowMs + 5000 },
    );
    const lost = faultView(
      3,
      { kind: 'power-loss', node: 3 },
      {
        state: 'lifted',
        activeMs: nowMs - 9000,
        endedMs: nowMs - 1000,
        vanished: { bytes: 4096, files: 3 },
        reversible: false,
      },
    );
    const wrapper = show(lab(slow, armed, lost));
    expect(standing(wrapper)).toEqual(['armed', 'active']);
    const [first, second] = wrapper.findAll('[data-part=standing] [data-fault]').map((row) => row.text());
    for (const word of ['link delayed', 'broker 1 → billing-1', '+100 ms ± 20 ms', 'begins in 5.0 s', 'Take back']) {
      expect(first).toContain(word);
    }
    for (const word of ['active', 'slow disk', 'broker 2', '+50 ms', 'lifted in 17.2 s', 'you', 'Lift']) {
      expect(second).toContain(word);
    }
    const over = wrapper.find('[data-part=recent] [data-fault="3"]').text();
    for (const word of ['lifted', 'power loss', '8.0 s', '4.1 KB of 3 files vanished', 'what is lost stays lost']) {
      expect(over).toContain(word);
    }
    expect(wrapper.find('[data-part=fault-counts]').text()).toBe('1 active, 1 armed');
  });

  it('tells which newer fault acts in the place of an older one', () => {
    const older = faultView(1, { kind: 'slow-disk', node: 2, delayMs: 50 }, { overruledBy: 2 });
    const wrapper = show(lab(older, faultView(2, { kind: 'slow-disk', node: 2, delayMs: 200 })));
    expect(standing(wrapper)).toEqual(['active', 'waits']);
    expect(wrapper.find('[data-fault="1"]').text()).toContain('fault 2 is newer and acts in its place');
  });

  it('is lifted one by one, or all at once', async () => {
    const wrapper = show(lab(faultView(4, { kind: 'pause', node: 1 }), faultView(5, { kind: 'kill', node: 2 })));
    await wrapper.find('[data-fault="4"] [data-act=lift]').trigger('click');
    await wrapper.find('[data-act=lift-all]').trigger('click');
    expect(sent).toEqual([
      ['liftFault', { fault: 4 }],
      ['liftAllFaults', {}],
    ]);
  });
});

describe('the palette of faults', () => {
  it('breaks a broker, a link or a client with one click, with the settings that are shown', async () => {
    const wrapper = show(lab());
    await wrapper.find('[data-broker="2"] [data-act=slow-disk]').trigger('click');
    await wrapper.find('[data-broker="3"] [data-act=skewed-clock]').trigger('click');
    await cell(wrapper, 1, 3).trigger('click');
    await wrapper.find('[data-client=order-feed] [data-act=freeze-client]').trigger('click');
    await wrapper.find('[data-client=billing-1] [data-act=slow-client]').trigger('click');
    expect(sent).toEqual([
      ['injectFault', { fault: { kind: 'slow-disk', node: 2, delayMs: 50 } }],
      ['injectFault', { fault: { kind: 'skewed-clock', node: 3, skewMs: -30_000 } }],
      ['injectFault', { fault: { kind: 'cut-link', from: 1, to: 3, both: true } }],
      ['injectFault', { fault: { kind: 'freeze-client', client: 'order-feed' } }],
      ['injectFault', { fault: { kind: 'slow-client', client: 'billing-1', processingMs: 500 } }],
    ]);
  });

  it('takes other settings, and when it begins and how long it lasts, before the click; and tells its command line', async () => {
    const wrapper = show(lab());
    await wrapper.find('[data-set=after]').setValue('5000');
    await wrapper.find('[data-set=for]').setValue('20000');
    await wrapper
      .findAll('[role=radio]')
      .find((each) => each.text() === 'Delay')!
      .trigger('click');
    await wrapper
      .findAll('[role=radio]')
      .find((each) => each.text() === 'one way')!
      .trigger('click');
    const delay = wrapper
      .findAll('label')
      .findLast((each) => each.text() === 'delay, ms')!
      .find('input');
    await delay.setValue('250');
    await delay.trigger('change');
    await cell(wrapper, 2, 'billing-1').trigger('click');
    expect(sent).toEqual([
      [
        'injectFault',
        {
          fault: { kind: 'delay-link', from: 2, to: 'billing-1', both: false, delayMs: 250, jitterMs: 20 },
          afterMs: 5000,
          forMs: 20_000,
        },
      ],
    ]);
    expect(wrapper.find('[data-part=same-as] code').text()).toBe(
      'npm run --silent lab -- fault delay-link 2 billing-1 --one-way --delay 250ms --jitter 20ms --after 5s --for 20s --data-dir /tmp/lab',
    );
  });

  it('keeps a setting that is no number within its bounds as it was', async () => {
    const wrapper = show(lab());
    const delay = wrapper
      .findAll('label')
      .find((each) => each.text() === 'delay, ms')!
      .find('input');
    await delay.setValue('-5');
    await delay.trigger('change');
    await wrapper.find('[data-broker="2"] [data-act=slow-disk]').trigger('click');
    expect(sent).toEqual([['injectFault', { fault: { kind: 'slow-disk', node: 2, delayMs: 50 } }]]);
    expect((delay.element as HTMLInputElement).value).toBe('50');
  });

  it('shows a broken link both ways, and lifts it by the same click', async () => {
    const wrapper = show(lab(faultView(6, { kind: 'cut-link', from: 1, to: 3, both: true })));
    expect([cell(wrapper, 1, 3), cell(wrapper, 3, 1)].map((each) => each.attributes('aria-pressed'))).toEqual([
      'true',
      'true',
    ]);
    expect(cell(wrapper, 1, 2).attributes('aria-pressed')).toBe('false');
    expect(cell(wrapper, 3, 1).attributes('aria-label')).toBe('broker 3 to broker 1: link cut. Lift');
    await cell(wrapper, 3, 1).trigger('click');
    expect(sent).toEqual([['liftFault', { fault: 6 }]]);
  });

  it('has one tab stop for all links; arrows move and leave out the diagonal', async () => {
    const wrapper = show(lab());
    expect(wrapper.findAll('[data-link][tabindex="0"]')).toHaveLength(1);
    (cell(wrapper, 1, 2).element as HTMLElement).focus();
    await cell(wrapper, 1, 2).trigger('keydown', { key: 'ArrowDown' });
    expect(document.activeElement?.getAttribute('data-link')).toBe('3 2');
    expect(wrapper.findAll('[data-link][tabindex="0"]').map((each) => each.attributes('data-link'))).toEqual(['3 2']);
  });

  it('offers nothing that cannot be: a dead broker is not killed, its disk can still be full when it comes back', async () => {
    const dead = { ...lab(), brokers: [brokerView(1), brokerView(2, { process: 'killed' })] };
    const wrapper = show(dead);
    await wrapper.find('[data-broker="2"] [data-act=kill]').trigger('click');
    await wrapper.find('[data-broker="2"] [data-act=pause]').trigger('click');
    await wrapper.find('[data-broker="2"] [data-act=full-disk]').trigger('click');
    expect(sent).toEqual([['injectFault', { fault: { kind: 'full-disk', node: 2, freeBytes: 0 } }]]);
    expect(wrapper.find('[data-client=order-feed] [data-act=slow-client]').exists()).toBe(false);
  });
});

describe('a power loss', () => {
  it('asks first, and tells what may go', async () => {
    const calm = recorded('calm');
    const wrapper = show(calm);
    await wrapper.find('[data-broker="2"] [data-act=power-loss]').trigger('click');
    expect(sent).toEqual([]);
    const dialog = wrapper.find('dialog');
    expect(dialog.text()).toContain('Take broker 2’s power away?');
    const rows = dialog.findAll('[data-partition]').map((each) => each.attributes('data-partition'));
    expect(rows.toSorted()).toEqual(['orders-0', 'orders-1', 'orders-2']);
    await dialog.find('form').trigger('submit');
    expect(sent).toEqual([['injectFault', { fault: { kind: 'power-loss', node: 2 } }]]);
    expect(wrapper.find('dialog').exists()).toBe(false);
  });

  it('is asked for by its address, and does nothing when it is not wanted', async () => {
    await router.push('/faults/3');
    const wrapper = show(lab(), { losesPower: '3' });
    await flushPromises();
    expect(wrapper.find('dialog').text()).toContain('Take broker 3’s power away?');
    (wrapper.find('dialog').element as HTMLDialogElement).close();
    await flushPromises();
    expect(wrapper.find('dialog').exists()).toBe(false);
    expect(router.currentRoute.value.path).toBe('/faults');
    expect(sent).toEqual([]);
  });
});

describe('the past', () => {
  it('cannot be broken', async () => {
    const calm = lab(faultView(4, { kind: 'pause', node: 1 }));
    const wrapper = show(calm);
    useLab().showMoment(nowMs - 5000);
    await flushPromises();
    await wrapper.find('[data-broker="2"] [data-act=kill]').trigger('click');
    await cell(wrapper, 1, 3).trigger('click');
    await wrapper.find('[data-fault="4"] [data-act=lift]').trigger('click');
    expect(sent).toEqual([]);
    expect(wrapper.text()).toContain('The past cannot be changed.');
  });
});
