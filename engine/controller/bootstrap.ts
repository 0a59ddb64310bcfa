/**
 * What a new active controller writes first (`ActivationRecordsGenerator`): into an empty log the features of the
 * cluster and, with ELR, a cluster-wide `min.insync.replicas`, all inside one metadata transaction; after a failover,
 * the abort of a transaction that its predecessor left open.
 */
import type { MetadataImage, MetadataRecord } from '../metadata/index.ts';
import { configResourceType } from '../metadata/index.ts';
import type { ControllerConfig } from './config.ts';

export function bootstrapRecords(config: ControllerConfig): MetadataRecord[] {
  const features = config.bootstrapFeatures.map(({ name, level }): MetadataRecord => ({
    type: 'FeatureLevelRecord',
    version: 0,
    name,
    featureLevel: level,
  }));
  const elr = config.bootstrapFeatures.some((it) => it.name === 'eligible.leader.replicas.version' && it.level > 0);
  const minIsr: MetadataRecord = {
    type: 'ConfigRecord',
    version: 0,
    resourceType: configResourceType.broker,
    resourceName: '',
    name: 'min.insync.replicas',
    value: config.configRules.defaultValue(configResourceType.topic, 'min.insync.replicas') ?? '1',
  };
  return [
    { type: 'BeginTransactionRecord', version: 0, name: 'Bootstrap records' },
    ...features,
    ...(elr ? [minIsr] : []),
    { type: 'EndTransactionRecord', version: 0 },
  ];
}

/** `openTransaction`: a BeginTransactionRecord without its end is in the log. */
export function activationRecords(
  image: MetadataImage,
  openTransaction: boolean,
  config: ControllerConfig,
): MetadataRecord[] {
  const abort: MetadataRecord = { type: 'AbortTransactionRecord', version: 0, reason: 'Controller failover' };
  const aborted = openTransaction ? [abort] : [];
  return image.features.size === 0 ? [...aborted, ...bootstrapRecords(config)] : aborted;
}
