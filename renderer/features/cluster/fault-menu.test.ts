// @vitest-environment happy-dom
// @vitest-environment-options { "width": 1440, "height": 900 }
import { mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextTick } from 'vue';
import type { CommandName } from '../../../engine/contract/commands.ts';
import type { FaultView } from '../../../engine/contract/faults.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { faultView } from '../../../engine/contract/snapshot.testkit.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import { useCommands } from '../../stores/commands.ts';
import { useLab } from '../../stores/lab.ts';
import ClusterView from './ClusterView.vue';

let sent: [CommandName, unknown][] = [];
let pinia: Pinia;
let view: VueWrapper | null = null;
const calm = recorded('calm');
const nowMs = calm.sampledMs;

beforeEach(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date', 'setInterval', 'clearInterval'] });
  sent = [];
  pinia = createPinia();
  setActivePinia(pinia);
  useCommands().attach({
    send: (name, input) => {
      sent.push([name, input]);
      return Promise.resolve({ ok: true, node: null, fault: 9 });
    },
  });
});
afterEach(() => {
  view?.unmount();
  view = null;
  document.body.innerHTML = '';
  vi.useRealTimers();
});

async function show(...faults: FaultView[]): Promise<VueWrapper> {
  const snapshot: LabSnapshot = { ...calm, faults };
  const lab = useLab();
  lab.applyUpdate({ type: 'snapshot', snapshot });
  while (lab.calm === null) await new Promise(requestAnimationFrame);
  view = mount(ClusterView, {
    props: { calm: snapshot, live: snapshot, selection: null },
    global: { plugins: [pinia, i18n] },
    attachTo: document.body,
  });
  return view;
}
const menuOf = (at: string) => view!.find(`${at} [data-act=menu]`);
const entries = (): string[] =>
  [...document.querySelectorAll('[role=menuitem]')].map((each) => each.getAttribute('data-act') ?? '');
const choose = (entry: string): void =>
  document.querySelector<HTMLElement>(`[role=menuitem][data-act="${entry}"]`)!.click();

describe('faults in the matrix', () => {
  it('are in a broker’s menu: its disk, clock, power, and its links to the others', async () => {
    await show();
    await menuOf('[role=columnheader][data-broker="2"]').trigger('click');
    expect(entries()).toEqual([
      'fault power-loss 2',
      'fault slow-disk 2 --delay 50ms',
      'fault full-disk 2',
      'fault skewed-clock 2 --skew -30s',
      'fault cut-link 2 1',
      'fault cut-link 2 3',
    ]);
    choose('fault cut-link 2 3');
    expect(sent).toEqual([['injectFault', { fault: { kind: 'cut-link', from: 2, to: 3, both: true } }]]);
  });

  it('ask before a power loss', async () => {
    await show();
    await menuOf('[role=columnheader][data-broker="2"]').trigger('click');
    choose('fault power-loss 2');
    await nextTick();
    expect(sent).toEqual([]);
    const dialog = document.querySelector('dialog')!;
    expect(dialog.textContent).toContain('Take broker 2’s power away?');
    dialog.querySelector('form')!.dispatchEvent(new Event('submit', { cancelable: true }));
    expect(sent).toEqual([['injectFault', { fault: { kind: 'power-loss', node: 2 } }]]);
  });

  it('are lifted where they were made, and not offered twice', async () => {
    await show(
      faultView(4, { kind: 'slow-disk', node: 2, delayMs: 50 }),
      faultView(5, { kind: 'cut-link', from: 1, to: 2, both: true }),
    );
    await menuOf('[role=columnheader][data-broker="2"]').trigger('click');
    expect(entries()).toEqual([
      'fault power-loss 2',
      'fault full-disk 2',
      'fault skewed-clock 2 --skew -30s',
      'fault cut-link 2 3',
      'lift 4',
      'lift 5',
    ]);
    choose('lift 5');
    expect(sent).toEqual([['liftFault', { fault: 5 }]]);
  });

  it('freeze and cut off a producer from its band', async () => {
    await show();
    await menuOf('[role=gridcell][data-producer=order-feed]').trigger('click');
    expect(entries().filter((each) => each.startsWith('fault'))).toEqual([
      'fault freeze-client order-feed',
      'fault cut-client order-feed',
    ]);
    choose('fault freeze-client order-feed');
    expect(sent).toEqual([['injectFault', { fault: { kind: 'freeze-client', client: 'order-feed' } }]]);
  });

  it('have a flag in the head of the broker and beside the client, with what ends first', async () => {
    const wrapper = await show(
      faultView(1, { kind: 'slow-disk', node: 2, delayMs: 50 }, { untilMs: nowMs + 17_200 }),
      faultView(2, { kind: 'cut-link', from: 2, to: 3, both: true }),
      faultView(3, { kind: 'cut-client', client: 'billing-1' }, { untilMs: nowMs + 4000 }),
      faultView(4, { kind: 'skewed-clock', node: 1, skewMs: -30_000 }, { state: 'lifted', endedMs: nowMs - 20_000 }),
    );
    const flag = (at: string) => wrapper.find(`${at} [data-part=fault-flag]`);
    expect(flag('[data-broker="1"]').exists()).toBe(false);
    expect(flag('[data-broker="2"]').text()).toContain('17.2 s');
    expect(flag('[data-broker="2"]').attributes('title')).toBe('under 2 faults: slow disk +50 ms, link cut');
    expect(flag('[data-broker="3"]').text()).toContain('link cut');
    const owned = wrapper.findAll('[data-owned]').filter((each) => each.find('[data-part=fault-flag]').exists());
    expect(owned.length).toBeGreaterThan(0);
    expect(owned[0]!.find('[data-part=fault-flag]').text()).toContain('4.0 s');
  });

  it('have no flag for a thread that stands still or is gone, unless it comes back by itself', async () => {
    const wrapper = await show(
      faultView(1, { kind: 'pause', node: 1 }),
      faultView(2, { kind: 'kill', node: 2 }, { untilMs: nowMs + 9000 }),
    );
    expect(wrapper.find('[data-broker="1"] [data-part=fault-flag]').exists()).toBe(false);
    expect(wrapper.find('[data-broker="2"] [data-part=fault-flag]').text()).toContain('9.0 s');
  });

  it('are told by the moment strip, which lifts them', async () => {
    const wrapper = await show(
      faultView(
        3,
        { kind: 'limit-link', from: 2, to: 3, both: true, bytesPerSecond: 40_000 },
        { untilMs: nowMs + 8000 },
      ),
    );
    const strip = wrapper.find('[data-part=moment]');
    expect(strip.text()).toContain('link limited 40.0 KB/s, broker 2 ↔ broker 3');
    expect(strip.text()).toContain('lifted in8.0 s');
    await strip.find('[data-act=undo]').trigger('click');
    expect(sent).toEqual([['liftFault', { fault: 3 }]]);
  });
});
