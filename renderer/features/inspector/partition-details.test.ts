// @vitest-environment happy-dom
import { mount, type VueWrapper } from '@vue/test-utils';
import { createPinia, setActivePinia, type Pinia } from 'pinia';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabSnapshot, PartitionView } from '../../../engine/contract/snapshot.ts';
import { i18n } from '../../messages/index.ts';
import { recorded } from '../../model/recorded-run.testkit.ts';
import BrokerDetails from './BrokerDetails.vue';
import PartitionDetails from './PartitionDetails.vue';
import ReplicaDetails from './ReplicaDetails.vue';
import { partitionNews } from './was-now.ts';

let pinia: Pinia;
let view: VueWrapper | null = null;
beforeEach(() => {
  pinia = createPinia();
  setActivePinia(pinia);
});
afterEach(() => {
  view?.unmount();
  view = null;
});

const led = (snapshot: LabSnapshot, node: number): PartitionView =>
  snapshot.partitions.find((each) => each.topic === 'orders' && each.leader === node)!;
function details(calm: LabSnapshot, partition: PartitionView): VueWrapper {
  view = mount(PartitionDetails, {
    props: { calm, partition, nowMs: calm.sampledMs },
    global: { plugins: [pinia, i18n] },
  });
  return view;
}

describe('the details of a partition', () => {
  it('tell who waits while its leader is dead, and how long the producer will', () => {
    const killed = recorded('broker-killed');
    const wrapper = details(killed, led(killed, 2));
    const clients = wrapper.find('[data-part=clients]').text();
    expect(clients).toContain('Who waits now');
    expect(clients).toMatch(/order-feed\s*\d+ batch/);
    expect(clients).toMatch(/delivery\.timeout\.ms\s*1 m 5\d s left/);
    expect(clients).toMatch(/c\d\s*billing\s*no answer for \d\.\d s/);
    expect(wrapper.find('[data-part=news]').exists()).toBe(false);
  });

  it('tell what was and is after the election, and for how long nobody led', () => {
    const fenced = recorded('broker-fenced');
    const moved = fenced.partitions.find((each) => each.topic === 'orders' && each.leaderWas === 2)!;
    const wrapper = details(fenced, moved);
    expect(wrapper.find('[data-part=news]').text()).toContain(`leader2${moved.leader}`);
    const news = partitionNews(fenced, moved, fenced.sampledMs)!;
    const broker = fenced.brokers.find((each) => each.id === 2)!;
    expect(news.leaderless).toMatchObject({
      broker: 2,
      fencedAfterMs: broker.registration!.sinceMs - broker.processSinceMs,
    });
    expect(news.leaderless!.silentMs).toBe(news.leaderless!.fencedAfterMs + news.leaderless!.electedAfterMs);
    expect(wrapper.find('[data-part=leaderless]').text()).toContain('Without a leader');
  });

  it('keep the news for a minute', () => {
    const fenced = recorded('broker-fenced');
    const moved = fenced.partitions.find((each) => each.leaderWas === 2)!;
    expect(partitionNews(fenced, moved, fenced.sampledMs + 61_000)).toBeNull();
  });

  it('name both ends in calm', () => {
    const calm = recorded('calm');
    expect(details(calm, led(calm, 1)).find('[data-part=clients]').text()).toContain('Both ends');
  });
});

describe('the details of a replica', () => {
  it('tell what the controller will do when it fences a dead leader', () => {
    const killed = recorded('broker-killed');
    const partition = led(killed, 2);
    const log = partition.logs.find((each) => each.node === 2)!;
    view = mount(ReplicaDetails, {
      props: { calm: killed, partition, log, nowMs: killed.sampledMs },
      global: { plugins: [pinia, i18n] },
    });
    const text = view.text();
    expect(text).toContain('leader by metadata, dead in fact');
    expect(text).toContain('until the controller fences 2');
    const next = partition.replicas.find((each) => each !== 2)!;
    const fenced = recorded('broker-fenced').partitions.find((each) => each.id === partition.id)!;
    // What it says comes true.
    expect(fenced.leader).toBe(next);
    expect(text).toContain(`leader2${next}`);
  });
});

describe('the details of a broker', () => {
  it('tell how many leaderships are about to move', () => {
    const killed = recorded('broker-killed');
    const broker = killed.brokers.find((each) => each.id === 2)!;
    view = mount(BrokerDetails, {
      props: { calm: killed, broker, nowMs: killed.sampledMs },
      global: { plugins: [pinia, i18n] },
    });
    const leads = killed.partitions.filter((each) => each.leader === 2).length;
    expect(view.text()).toContain(`Its ${leads} leaderships move`);
  });
});
