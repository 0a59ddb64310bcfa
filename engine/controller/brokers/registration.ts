/**
 * Brokers and controllers make themselves known, and brokers are forgotten: BrokerRegistration (62),
 * ControllerRegistration (70), UnregisterBroker (64); `ClusterControlManager`.
 *
 * A broker's epoch is the offset at which its registration begins, so it grows with every incarnation. The same
 * incarnation that registers again keeps its epoch and its fencing.
 */
import type { Uuid } from '../../base/ids.ts';
import { isReservedDirectory } from '../../metadata/index.ts';
import type { BrokerRegistration, MetadataRecord, SupportedFeature } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { BrokerRegistrationRequest, ControllerRegistrationRequest } from '../../protocol/index.ts';
import { refuse } from '../outcome.ts';
import type { Decision, Refusal } from '../outcome.ts';
import { previousIncarnationGone, unregisterBroker } from '../partitions/leader-updates.ts';
import type { ControllerView } from '../view.ts';

export interface BrokerRegistered {
  readonly brokerEpoch: number;
}

export function decideBrokerRegistration(
  view: ControllerView,
  request: BrokerRegistrationRequest,
): Decision<BrokerRegistered> | Refusal {
  const { brokerId, incarnationId } = request;
  const existing = view.image.cluster.brokers.get(brokerId);
  const refusal =
    checkIdentity(view, request, existing) ??
    checkLogDirs(view, request) ??
    checkFeatures(view, brokerFeatures(request));
  if (refusal !== null) return refusal;
  const sameIncarnation = existing?.incarnationId === incarnationId;
  const brokerEpoch: number = sameIncarnation ? existing.epoch : view.nextOffset;
  const cleanShutdown = existing !== undefined && existing.epoch === request.previousBrokerEpoch;
  const cleanup = sameIncarnation ? [] : previousIncarnationGone(view, brokerId, cleanShutdown);
  const record: MetadataRecord = {
    type: 'RegisterBrokerRecord',
    version: 4,
    brokerId,
    isMigratingZkBroker: false,
    incarnationId,
    brokerEpoch,
    endPoints: request.listeners,
    features: brokerFeatures(request),
    rack: request.rack,
    fenced: sameIncarnation ? existing.fenced : true,
    inControlledShutdown: sameIncarnation ? existing.inControlledShutdown : false,
    logDirs: request.logDirs,
    cordonedLogDirs: null,
  };
  const how = existing === undefined ? 'first registration' : sameIncarnation ? 'same incarnation' : 'new incarnation';
  return {
    records: [...cleanup, record],
    reply: { brokerEpoch },
    contact: { broker: brokerId, epoch: brokerEpoch, metadataOffset: -1, inControlledShutdown: false },
    why: `broker ${brokerId} registers with epoch ${brokerEpoch}: ${how}${stopWords(existing, sameIncarnation, cleanShutdown)}`,
  };
}

function stopWords(existing: BrokerRegistration | undefined, same: boolean, clean: boolean): string {
  if (existing === undefined || same) return '';
  return clean ? ', the one before stopped cleanly' : ', the one before did not stop cleanly: it leaves ISR and ELR';
}

function checkIdentity(
  view: ControllerView,
  request: BrokerRegistrationRequest,
  existing: BrokerRegistration | undefined,
): Refusal | null {
  if (request.clusterId !== view.clusterId) {
    const message = `Expected cluster ID ${view.clusterId}, but got cluster ID ${request.clusterId}`;
    return refuse(ErrorCode.INCONSISTENT_CLUSTER_ID, message);
  }
  if (existing !== undefined && existing.incarnationId !== request.incarnationId) {
    if (view.sessions.isAlive(existing, view.nowMs)) {
      return refuse(
        ErrorCode.DUPLICATE_BROKER_REGISTRATION,
        'Another broker is registered with that broker id. If the broker was recently restarted this should ' +
          "self-resolve once the heartbeat manager expires the broker's session.",
      );
    }
  }
  if (request.isMigratingZkBroker) {
    return refuse(ErrorCode.BROKER_ID_NOT_REGISTERED, 'Controller does not support registering ZK brokers.');
  }
  return null;
}

function checkLogDirs(view: ControllerView, request: BrokerRegistrationRequest): Refusal | null {
  const invalid = (message: string) => refuse(ErrorCode.INVALID_REGISTRATION, message);
  const { logDirs, brokerId } = request;
  if (logDirs.length === 0) return invalid('No directories specified in request');
  if (logDirs.some(isReservedDirectory)) return invalid('Reserved directory ID in request');
  if (new Set(logDirs).size !== logDirs.length) return invalid('Duplicate directory ID in request');
  for (const directory of logDirs) {
    const owner = ownerOf(view, directory);
    if (owner !== null && owner.id !== brokerId) {
      return invalid(`Broker ${owner.id} is already registered with directory ${directory}`);
    }
  }
  return null;
}

function ownerOf(view: ControllerView, directory: Uuid): BrokerRegistration | null {
  for (const broker of view.image.cluster.brokers.values()) if (broker.logDirs.includes(directory)) return broker;
  return null;
}

/** A broker that names no metadata.version supports only the first of KRaft. */
function brokerFeatures(request: BrokerRegistrationRequest): readonly SupportedFeature[] {
  if (request.features.some((feature) => feature.name === 'metadata.version')) return request.features;
  return [...request.features, { name: 'metadata.version', minSupportedVersion: 1, maxSupportedVersion: 1 }];
}

function checkFeatures(view: ControllerView, features: readonly SupportedFeature[]): Refusal | null {
  const { features: finalized } = view.image;
  const named = new Set(features.map((feature) => feature.name));
  const unnamed = [...finalized.keys()].filter((name) => !named.has(name));
  const all = [...features, ...unnamed.map((name) => ({ name, minSupportedVersion: 0, maxSupportedVersion: 0 }))];
  for (const { name, minSupportedVersion, maxSupportedVersion } of all) {
    const level = finalized.get(name) ?? (name === 'metadata.version' ? 1 : 0);
    if (level >= minSupportedVersion && level <= maxSupportedVersion) continue;
    return refuse(
      ErrorCode.UNSUPPORTED_VERSION,
      `Unable to register because the broker does not support finalized version ${level} of ${name}. The broker ` +
        `wants a version between ${minSupportedVersion} and ${maxSupportedVersion}, inclusive.`,
    );
  }
  return null;
}

export function decideControllerRegistration(
  _view: ControllerView,
  request: ControllerRegistrationRequest,
): Decision<null> {
  const { controllerId, incarnationId, listeners, features } = request;
  return {
    records: [
      {
        type: 'RegisterControllerRecord',
        version: 0,
        controllerId,
        incarnationId,
        zkMigrationReady: false,
        endPoints: listeners,
        features,
      },
    ],
    reply: null,
    why: `controller ${controllerId} registers`,
  };
}

export function decideUnregisterBroker(view: ControllerView, brokerId: number): Decision<null> | Refusal {
  if (!view.image.cluster.brokers.has(brokerId)) {
    return refuse(ErrorCode.BROKER_ID_NOT_REGISTERED, `Broker ID ${brokerId} is not currently registered`);
  }
  return {
    records: unregisterBroker(view, brokerId),
    reply: null,
    why: `broker ${brokerId} is unregistered on request`,
  };
}
