// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { afterEach, describe, expect, it } from 'vitest';
import { faultView } from '../../../engine/contract/snapshot.testkit.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import CommandPalette from './CommandPalette.vue';
import { paletteEntries, type PaletteWorld } from './entries.ts';

let view: VueWrapper | null = null;
afterEach(() => {
  view?.unmount();
  view = null;
});

const views = ['cluster', 'topics', 'topic', 'groups', 'group', 'records'];
const world = (snapshot: LabSnapshot, change: Partial<PaletteWorld> = {}): PaletteWorld => ({
  snapshot,
  views,
  isLive: true,
  canUndo: false,
  ...change,
});
function open(of: PaletteWorld): VueWrapper {
  view = mount(CommandPalette, { props: { world: of }, global: { plugins: [i18n] }, attachTo: document.body });
  return view;
}
async function first(wrapper: VueWrapper, typed: string): Promise<string> {
  await wrapper.find('input').setValue(typed);
  return wrapper.find('[role="option"] .ell').text();
}

describe('the palette', () => {
  it.each([
    ['kill broker 2', 'kill broker 2'],
    ['kb2', 'kill broker 2'],
    ['lab time 20', 'lab time at 20×'],
    ['pause lab', 'pause lab time'],
    ['acks 1', 'order-feed: acks=1'],
    ['static on', 'billing: static membership on'],
    ['add cons bil', 'add a consumer to billing'],
    ['coop', 'billing: assignor cooperative-sticky'],
    ['orders-2', 'orders-2'],
    ['gro bill', 'group billing'],
    ['rec ord', 'records of orders'],
    ['hour', 'timeline: last hour'],
    ['slow disk 3', 'slow disk of broker 3'],
    ['power 2', 'power loss of broker 2'],
    ['cut link 1 3', 'cut link 1 <-> 3'],
    ['delay link 2 billing-1', 'delay link 2 <-> billing-1'],
    ['freeze order', 'freeze order-feed'],
    ['cut off billing-2', 'cut off billing-2'],
    ['한국', 'language: English, 한국어'],
  ])('finds for %s: %s', async (typed, words) => {
    expect(await first(open(world(recorded('calm'))), typed)).toBe(words);
  });

  it('runs what is chosen by arrows and Enter', async () => {
    const wrapper = open(world(recorded('calm')));
    const input = wrapper.find('input');
    await input.setValue('order-feed: acks');
    await input.trigger('keydown', { key: 'ArrowDown' });
    expect(input.attributes('aria-activedescendant')).toBe('palette-1');
    await input.trigger('keydown', { key: 'ArrowUp' });
    await input.trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('act')).toEqual([
      [{ type: 'command', command: { type: 'setProducer', client: 'order-feed', acks: '0' } }],
    ]);
    expect(wrapper.emitted('close')).toHaveLength(1);
  });

  it('injects a fault, lifts those that stand, and asks before a power loss', () => {
    const slow = faultView(4, { kind: 'slow-disk', node: 2, delayMs: 50 });
    const over = faultView(5, { kind: 'kill', node: 3 }, { state: 'lifted' });
    const entries = paletteEntries(world({ ...recorded('calm'), faults: [slow, over] }));
    const act = (id: string) => entries.find((each) => each.id === id)?.act;
    expect(act('fault skewed-clock 1 --skew -30s')).toEqual({
      type: 'command',
      command: { type: 'injectFault', fault: { kind: 'skewed-clock', node: 1, skewMs: -30_000 } },
    });
    expect(act('fault power-loss 1')).toEqual({ type: 'go', path: '/faults/1' });
    expect(act('lift 4')).toEqual({ type: 'command', command: { type: 'liftFault', fault: 4 } });
    expect(act('lift 5')).toBeUndefined();
    expect(new Set(entries.map((each) => each.id)).size).toBe(entries.length);
  });

  it('says that nothing has a name', async () => {
    const wrapper = open(world(recorded('calm')));
    await wrapper.find('input').setValue('qqq zzz');
    expect(wrapper.find('[role="status"]').text()).toBe('Nothing has that name.');
    await wrapper.find('input').trigger('keydown', { key: 'Enter' });
    expect(wrapper.emitted('act')).toBeUndefined();
  });

  it('offers what is possible now', () => {
    const commands = (of: PaletteWorld): string[] =>
      paletteEntries(of).flatMap(({ act }) => (act.type === 'command' ? JSON.stringify(act.command) : []));
    const killed = commands(world(recorded('broker-killed')));
    expect(killed).toContain('{"type":"startBroker","node":2}');
    expect(killed).not.toContain('{"type":"killBroker","node":2}');
    expect(commands(world(recorded('consumer-frozen')))).toContain('{"type":"thawConsumer","client":"billing-2"}');
    expect(commands(world(recorded('calm'), { isLive: false }))).toEqual([]);
  });

  it('has every entry once', () => {
    const ids = paletteEntries(world(recorded('rebalanced'), { canUndo: true })).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
