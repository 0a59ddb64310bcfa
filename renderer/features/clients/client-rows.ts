/** The rows of the clients view: the lab's own with what was set of them, and the ones from outside as groups know them. Pure. */
import type { ConsumerView, ProducerView } from '../../../engine/contract/clients.ts';
import type { GroupMemberView } from '../../../engine/contract/groups.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import { consumerLag, type Lag } from '../../model/lag.ts';

export interface ConfigRow {
  readonly name: string;
  readonly value: string;
  readonly isExplicit: boolean;
}

/** Explicit ones first. */
export function configRows(client: ProducerView | ConsumerView): readonly ConfigRow[] {
  const set = explicitConfigs(client);
  const names = [...new Set([...Object.keys(set), ...Object.keys(client.effective)])];
  return names
    .map((name) => ({
      name,
      value: client.effective[name] ?? set[name] ?? '',
      isExplicit: name in set || givenByTheLab.has(name),
    }))
    .sort((a, b) => Number(b.isExplicit) - Number(a.isExplicit) || (a.name < b.name ? -1 : 1));
}

/** The Java client's. */
const defaultAssignors = 'range,cooperative-sticky';
const givenByTheLab = new Set(['bootstrap.servers', 'client.id']);

/** By Kafka's names, those that the lab's own settings stand for among them. */
export function explicitConfigs(client: ProducerView | ConsumerView): Readonly<Record<string, string>> {
  if ('accumulators' in client) return { acks: client.settings.acks, ...client.settings.configs };
  const { group, instanceId, assignors, commit, configs } = client.settings;
  return {
    'group.id': group,
    ...(assignors.join() === defaultAssignors ? {} : { 'partition.assignment.strategy': assignors.join(', ') }),
    ...(instanceId === null ? {} : { 'group.instance.id': instanceId }),
    ...(commit === 'auto' ? {} : { 'enable.auto.commit': 'false' }),
    ...configs,
  };
}

export interface ConsumerRow {
  readonly client: ConsumerView;
  /** `c1`; null while the group does not know it. */
  readonly label: string | null;
  readonly lag: Lag;
}

export function consumerRows(calm: LabSnapshot, nowMs: number): readonly ConsumerRow[] {
  return calm.consumers.map((client) => {
    const group = calm.groups.find(({ id }) => id === client.settings.group) ?? null;
    const label = group?.members.findLast((member) => member.client === client.id)?.label ?? null;
    return { client, label, lag: consumerLag(client, group, nowMs) };
  });
}

export interface OutsideRow {
  readonly group: string;
  readonly member: GroupMemberView;
  /** Committed offsets of what it has against the high watermarks; null when nothing of it is known. */
  readonly lag: number | null;
}

export function outsideRows({ groups, partitions }: LabSnapshot): readonly OutsideRow[] {
  const ends = new Map(
    partitions.map(({ topic, partition, leader, logs }) => [
      `${topic}-${partition}`,
      logs.find(({ node }) => node === leader)?.highWatermark ?? null,
    ]),
  );
  return groups.flatMap(({ id, members, offsets }) =>
    members
      .filter(({ client }) => client === null)
      .map((member) => {
        const has = new Set(
          member.assignment.flatMap((each) => each.partitions.map((partition) => `${each.topic}-${partition}`)),
        );
        const lags = offsets.flatMap(({ topic, partition, offset }) => {
          const end = ends.get(`${topic}-${partition}`) ?? null;
          return has.has(`${topic}-${partition}`) && end !== null ? [Math.max(0, end - offset)] : [];
        });
        return { group: id, member, lag: lags.length === 0 ? null : lags.reduce((sum, each) => sum + each, 0) };
      }),
  );
}
