/**
 * UpdateFeatures (57): raises or lowers finalized feature levels, all of the request or none (`FeatureControlManager`).
 * metadata.version is never lowered, since records of the newer one may be in the log.
 */
import { configEntries, configResourceType, supportedFeatures } from '../metadata/index.ts';
import type { MetadataRecord, SupportedFeature } from '../metadata/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import type { UpdateFeaturesRequest, UpdateFeaturesResponseInput } from '../protocol/index.ts';
import { configRecord } from './configs/alter-resource.ts';
import type { Decision } from './outcome.ts';
import type { ControllerView } from './view.ts';

type Update = UpdateFeaturesRequest['featureUpdates'][number];

const upgrade = 1;
const unsafeDowngrade = 3;
const elrFeature = 'eligible.leader.replicas.version';
const minIsrKey = 'min.insync.replicas';

export function decideUpdateFeatures(
  view: ControllerView,
  request: UpdateFeaturesRequest,
): Decision<UpdateFeaturesResponseInput> {
  const records: MetadataRecord[] = [];
  for (const update of request.featureUpdates) {
    const error = updateError(view, update);
    if (error !== null) return { records: [], reply: failure(error) };
    const { feature, maxVersionLevel: featureLevel } = update;
    records.push({ type: 'FeatureLevelRecord', version: 0, name: feature, featureLevel });
    if (feature === elrFeature && featureLevel > 0) records.push(...elrSafetyRecords(view));
  }
  const results = request.featureUpdates.map(({ feature }) => ({
    feature,
    errorCode: ErrorCode.NONE,
    errorMessage: null,
  }));
  const changes = request.featureUpdates.map((it) => `${it.feature} to ${it.maxVersionLevel}`);
  return {
    records: request.validateOnly ? [] : records,
    reply: { errorCode: ErrorCode.NONE, errorMessage: null, results },
    ...(request.validateOnly ? {} : { why: `features change: ${changes.join(', ')}` }),
  };
}

function failure(message: string): UpdateFeaturesResponseInput {
  return {
    errorCode: ErrorCode.INVALID_UPDATE_VERSION,
    errorMessage: `The update failed for all features since the following feature had an error: ${message}`,
  };
}

function updateError(view: ControllerView, update: Update): string | null {
  const { feature, maxVersionLevel: level } = update;
  const invalid = (why: string) => `Invalid update version ${level} for feature ${feature}. ${why}`;
  const current = view.image.features.get(feature) ?? 0;
  const upgradeType = update.allowDowngrade ? unsafeDowngrade : update.upgradeType;
  if (upgradeType < upgrade || upgradeType > unsafeDowngrade) {
    return invalid('The controller does not support the given upgrade type.');
  }
  if (level < 0) return invalid('A feature version cannot be less than 0.');
  const unsupported = whyUnsupported(view, feature, level);
  if (unsupported !== null) return invalid(unsupported);
  if (feature === 'kraft.version' && level !== current) return invalid('The voters of this quorum are static.');
  if (level < current && upgradeType === upgrade) {
    return invalid(
      "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe downgrade.",
    );
  }
  if (level > current && upgradeType !== upgrade) return invalid("Can't downgrade to a newer version.");
  if (feature !== 'metadata.version' || level >= current) return null;
  return upgradeType === unsafeDowngrade
    ? `Invalid metadata.version ${level}. Unsafe metadata downgrade is not supported in this version.`
    : `Invalid metadata.version ${level}. Refusing to perform the requested downgrade because it might delete metadata information.`;
}

/** Every node must be able to live with the level. */
function whyUnsupported(view: ControllerView, feature: string, level: number): string | null {
  const reason = outsideRange(`Local controller ${view.nodeId}`, supportedFeatures, feature, level);
  if (reason !== null) return reason;
  const { brokers, controllers } = view.image.cluster;
  for (const broker of brokers.values()) {
    const why = outsideRange(`Broker ${broker.id}`, broker.features, feature, level);
    if (why !== null) return why;
  }
  for (const controller of controllers.values()) {
    const why = outsideRange(`Controller ${controller.id}`, controller.features, feature, level);
    if (why !== null) return why;
  }
  return null;
}

function outsideRange(
  who: string,
  features: readonly SupportedFeature[],
  feature: string,
  level: number,
): string | null {
  const range = features.find((it) => it.name === feature);
  const max = range?.maxSupportedVersion ?? 0;
  const min = range?.minSupportedVersion ?? 0;
  if (level >= min && level <= max) return null;
  if (max === 0) return `${who} does not support this feature.`;
  return `${who} only supports versions ${min === max ? String(min) : `${min}-${max}`}`;
}

/** With ELR one cluster-wide min.insync.replicas must exist, and none of a single broker. */
function elrSafetyRecords(view: ControllerView): MetadataRecord[] {
  const cluster = { type: configResourceType.broker, name: '' };
  const records: MetadataRecord[] = [];
  if (!configEntries(view.image, cluster.type, cluster.name).has(minIsrKey)) {
    const ofFile = view.config.configRules.defaultValue(configResourceType.topic, minIsrKey);
    records.push(configRecord(cluster, minIsrKey, ofFile ?? '1'));
  }
  for (const resource of view.image.configs.values()) {
    if (resource.type !== configResourceType.broker || resource.name === '') continue;
    if (resource.entries.has(minIsrKey)) records.push(configRecord(resource, minIsrKey, null));
  }
  return records;
}
