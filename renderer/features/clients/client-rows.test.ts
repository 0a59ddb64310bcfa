import { describe, expect, it } from 'vitest';
import { consumerView, groupView, labSnapshot, producerView } from '../../../engine/contract/snapshot.testkit.ts';
import { configRows, consumerRows, explicitConfigs, outsideRows } from './client-rows.ts';

const own = consumerView('billing-1');

describe('the clients view', () => {
  it('tells configs that are set from defaults, set ones first', () => {
    const set = consumerView('billing-1', {
      settings: { ...own.settings, commit: 'none', instanceId: 'i-1', configs: { 'session.timeout.ms': '6000' } },
      effective: { 'session.timeout.ms': '6000', 'client.id': 'billing-1', 'check.crcs': 'true' },
    });
    expect(configRows(set).map(({ name, value, isExplicit }) => `${name}=${value} ${isExplicit}`)).toEqual([
      'client.id=billing-1 true',
      'enable.auto.commit=false true',
      'group.id=billing true',
      'group.instance.id=i-1 true',
      'session.timeout.ms=6000 true',
      'check.crcs=true false',
    ]);
  });

  it('has nothing set of a consumer as the Java client makes it, but its group', () => {
    expect(explicitConfigs(own)).toEqual({ 'group.id': 'billing' });
    expect(explicitConfigs(producerView('feed'))).toEqual({ acks: 'all' });
  });

  it('names consumers as their group does', () => {
    const rows = consumerRows(labSnapshot(), 0);
    expect(rows.map(({ client, label }) => `${client.id} ${label}`)).toEqual(['billing-1 c1', 'billing-2 c2']);
  });

  it('tells strangers as their groups know them, with the lag of what they have', () => {
    const lab = labSnapshot();
    const [member] = groupView('billing').members;
    const stranger = { ...member!, client: null, clientId: 'my-app', label: 'm1' };
    const end = lab.partitions.find(({ topic, partition }) => topic === 'orders' && partition === 0)!;
    const highWatermark = end.logs.find(({ node }) => node === end.leader)!.highWatermark!;
    const offsets = [{ topic: 'orders', partition: 0, offset: highWatermark - 7, committedMs: 0, passedMs: null }];
    const shown = { ...lab, groups: [groupView('apps', { members: [stranger], offsets }), groupView('billing')] };
    expect(outsideRows(shown).map((row) => [row.group, row.member.clientId, row.lag])).toEqual([['apps', 'my-app', 7]]);
    expect(outsideRows({ ...shown, partitions: [] }).map(({ lag }) => lag)).toEqual([null]);
  });
});
