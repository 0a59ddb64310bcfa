// @vitest-environment happy-dom
import { flushPromises, mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia } from 'pinia';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMemoryHistory, createRouter } from 'vue-router';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import type { Selection } from '../../model/selection.ts';
import { routes } from '../../routes.ts';
import InspectorPanel from './InspectorPanel.vue';

let view: VueWrapper | null = null;
afterEach(() => {
  view?.unmount();
  view = null;
});

async function shown(selection: Selection | null): Promise<string> {
  const pinia = createPinia();
  setActivePinia(pinia);
  const router = createRouter({ history: createMemoryHistory(), routes });
  view = mount(InspectorPanel, {
    props: { calm: recorded('rebalanced'), selection },
    global: { plugins: [pinia, i18n, router] },
  });
  await vi.dynamicImportSettled();
  await flushPromises();
  return view.find('h2').exists() ? view.find('h2').text() : view.text();
}

describe('the inspector', () => {
  it.each<[Selection | null, string]>([
    [null, 'This lab'],
    [{ kind: 'quorum' }, 'Quorum'],
    [{ kind: 'broker', node: 2 }, 'broker 2'],
    [{ kind: 'partition', topic: 'orders', partition: 1 }, 'orders-1'],
    [{ kind: 'replica', topic: 'orders', partition: 1, node: 3 }, 'orders-1'],
    [{ kind: 'group', group: 'billing' }, 'billing'],
    [{ kind: 'member', group: 'billing', label: 'c1' }, 'c1'],
    [{ kind: 'producer', client: 'order-feed' }, 'order-feed'],
    [{ kind: 'consumer', client: 'billing-1' }, 'billing-1'],
    [{ kind: 'topic', topic: 'orders' }, 'orders'],
    [{ kind: 'record', topic: 'orders', partition: 0, offset: 7 }, '7'],
  ])('has details of %j', async (selection, title) => {
    expect(await shown(selection)).toContain(title);
  });

  it.each<Selection>([
    { kind: 'broker', node: 9 },
    { kind: 'replica', topic: 'orders', partition: 1, node: 9 },
    { kind: 'group', group: 'nobody' },
    { kind: 'member', group: 'billing', label: 'c9' },
    { kind: 'producer', client: 'gone' },
    { kind: 'topic', topic: 'deleted' },
  ])('says of %j that it is not there any more', async (selection) => {
    expect(await shown(selection)).toBe('It is not there any more.');
  });
});
