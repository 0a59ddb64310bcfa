import { describe, expect, it } from 'vitest';
import { configEntries } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import { decideUpdateFeatures } from '../update-features.ts';
import { brokerRecord, configRecordOf, topicRecords, viewAfter, viewOf, withoutElr } from '../view.testkit.ts';
import { decideAlterConfigs, decideIncrementalAlterConfigs } from './alter-configs.ts';

const operations = { set: 0, delete: 1, append: 2, subtract: 3 };
type Change = readonly [keyof typeof operations, string, string | null];

const change = (resourceType: number, resourceName: string, ...changes: Change[]) => ({
  resources: [
    {
      resourceType,
      resourceName,
      configs: changes.map(([operation, name, value]) => ({ name, configOperation: operations[operation], value })),
    },
  ],
  validateOnly: false,
});

const clusterWide = configRecordOf(4, '', 'min.insync.replicas', '1');
const view = viewOf([
  clusterWide,
  ...topicRecords('orders', { replicas: [1, 2], isr: [1], elr: [2] }),
  configRecordOf(2, 'orders', 'cleanup.policy', 'delete'),
  configRecordOf(2, 'orders', 'retention.ms', '7'),
]);

describe('incremental changes of configs', () => {
  it.each<[string, ReturnType<typeof change>, [string, string][]]>([
    ['set', change(2, 'orders', ['set', 'segment.ms', '60000']), [['segment.ms', '60000']]],
    ['set to what it is', change(2, 'orders', ['set', 'retention.ms', '7']), []],
    ['delete', change(2, 'orders', ['delete', 'retention.ms', null]), [['retention.ms', '']]],
    ['append', change(2, 'orders', ['append', 'cleanup.policy', 'compact']), [['cleanup.policy', 'delete,compact']]],
    ['append what is there', change(2, 'orders', ['append', 'cleanup.policy', 'delete']), []],
    ['subtract', change(2, 'orders', ['subtract', 'cleanup.policy', 'delete']), [['cleanup.policy', '']]],
    [
      'a broker, even when unchanged',
      change(4, '', ['set', 'min.insync.replicas', '1']),
      [['min.insync.replicas', '1']],
    ],
  ])('%s', (_, request, expected) => {
    const { records, reply } = decideIncrementalAlterConfigs(view, request);
    expect(reply.responses).toMatchObject([{ errorCode: 0, errorMessage: null }]);
    const changed = records.filter((record) => record.type === 'ConfigRecord');
    expect(changed.map((record) => [record.name, record.value ?? ''])).toEqual(expected);
  });

  it.each<[string, ReturnType<typeof change>, keyof typeof ErrorCode, string]>([
    [
      'an absent topic',
      change(2, 'absent', ['set', 'retention.ms', '1']),
      'UNKNOWN_TOPIC_OR_PARTITION',
      "The topic 'absent' does not exist.",
    ],
    [
      'an absent broker',
      change(4, '9', ['set', 'log.cleaner.threads', '1']),
      'BROKER_ID_NOT_REGISTERED',
      'No node with id 9 found.',
    ],
    [
      'an unknown key',
      change(2, 'orders', ['set', 'no.such', '1']),
      'INVALID_CONFIG',
      'Unknown topic config name: no.such',
    ],
    [
      'appending to a number',
      change(2, 'orders', ['append', 'retention.ms', '1']),
      'INVALID_CONFIG',
      "Can't APPEND to key retention.ms because its type is not LIST.",
    ],
    [
      'min.insync.replicas of one broker',
      change(4, '1', ['set', 'min.insync.replicas', '2']),
      'INVALID_CONFIG',
      'Broker-level min.insync.replicas cannot be altered while ELR is enabled.',
    ],
    [
      'removing the cluster-wide min.insync.replicas',
      change(4, '', ['delete', 'min.insync.replicas', null]),
      'INVALID_CONFIG',
      'Cluster-level min.insync.replicas cannot be removed while ELR is enabled.',
    ],
    ['an unknown resource type', change(3, 'x', ['set', 'a', 'b']), 'UNSUPPORTED_VERSION', 'Unknown resource type 3.'],
    [
      'loggers',
      change(8, '1', ['set', 'a', 'b']),
      'INVALID_REQUEST',
      'This node has no loggers whose levels could be altered.',
    ],
  ])('refuse %s', (_, request, code, message) => {
    const { records, reply } = decideIncrementalAlterConfigs(view, request);
    expect(records).toEqual([]);
    expect(reply.responses).toMatchObject([{ errorCode: ErrorCode[code], errorMessage: message }]);
  });

  it('change nothing of a resource of which one change is refused, and all of the others', () => {
    const bad = change(2, 'orders', ['set', 'segment.ms', '1'], ['set', 'no.such', '1']);
    const good = change(4, '2', ['set', 'log.cleaner.threads', '2']);
    const { records, reply } = decideIncrementalAlterConfigs(view, {
      resources: [...bad.resources, ...good.resources],
      validateOnly: false,
    });
    expect(reply.responses.map((it) => it.errorCode)).toEqual([ErrorCode.INVALID_CONFIG, 0]);
    expect(records).toMatchObject([{ resourceType: 4, resourceName: '2' }]);
  });

  it('refuse a resource given twice once', () => {
    const { resources } = change(2, 'orders', ['set', 'segment.ms', '60000']);
    const { records, reply } = decideIncrementalAlterConfigs(view, {
      resources: [...resources, ...resources],
      validateOnly: false,
    });
    expect([records, reply.responses.map((it) => it.errorMessage)]).toEqual([[], ['Duplicate resource.']]);
  });

  it('clear the ELR with another min.insync.replicas', () => {
    const topic = decideIncrementalAlterConfigs(view, change(2, 'orders', ['set', 'min.insync.replicas', '2']));
    expect(topic.records.at(-1)).toMatchObject({ type: 'ClearElrRecord', topicName: 'orders' });
    const cluster = decideIncrementalAlterConfigs(view, change(4, '', ['set', 'min.insync.replicas', '2']));
    expect(cluster.records.at(-1)).toMatchObject({ type: 'ClearElrRecord', topicName: '' });
    expect(viewAfter(view, cluster).image.topics.byName.get('orders')!.partitions.get(0)!.elr).toEqual([]);
  });
});

describe('AlterConfigs', () => {
  it('replaces all that the resource had', () => {
    const decision = decideAlterConfigs(view, {
      resources: [{ resourceType: 2, resourceName: 'orders', configs: [{ name: 'segment.ms', value: '60000' }] }],
      validateOnly: false,
    });
    expect([...configEntries(viewAfter(view, decision).image, 2, 'orders')]).toEqual([['segment.ms', '60000']]);
  });
});

describe('feature levels', () => {
  const update = (feature: string, maxVersionLevel: number, upgradeType = 1) => ({
    timeoutMs: 1,
    featureUpdates: [{ feature, maxVersionLevel, allowDowngrade: false, upgradeType }],
    validateOnly: false,
  });

  it('can be lowered and raised again', () => {
    const lowered = viewAfter(view, decideUpdateFeatures(view, update('group.version', 0, 2)));
    expect(lowered.image.features.has('group.version')).toBe(false);
    const raised = viewAfter(lowered, decideUpdateFeatures(lowered, update('group.version', 1)));
    expect(raised.image.features.get('group.version')).toBe(1);
  });

  it('bring the cluster-wide min.insync.replicas along when ELR is switched on', () => {
    const without = viewOf([withoutElr, brokerRecord(1), configRecordOf(4, '1', 'min.insync.replicas', '3')]);
    const after = viewAfter(
      without,
      decideUpdateFeatures(without, update('eligible.leader.replicas.version', 1)),
    ).image;
    expect(configEntries(after, 4, '').get('min.insync.replicas')).toBe('1');
    expect(configEntries(after, 4, '1').size).toBe(0);
  });

  it.each([
    [update('group.version', 0), "Can't downgrade the version of this feature without setting the upgrade type"],
    [update('group.version', 9), 'Local controller 1 only supports versions 0-1'],
    [update('no.such', 1), 'Local controller 1 does not support this feature.'],
    [update('metadata.version', 29, 2), 'Invalid metadata.version 29. Refusing to perform the requested downgrade'],
    [update('group.version', 1, 9), 'The controller does not support the given upgrade type.'],
    [update('kraft.version', 1), 'The voters of this quorum are static.'],
  ])('are refused %#', (request, message) => {
    const { records, reply } = decideUpdateFeatures(view, request);
    expect([records, reply.errorCode]).toEqual([[], ErrorCode.INVALID_UPDATE_VERSION]);
    expect(reply.errorMessage).toContain(message);
  });
});
