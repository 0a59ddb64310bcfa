/**
 * BrokerHeartbeat (63): a broker says that it lives, how far it has read the metadata log, and what it wants to be; the
 * controller answers what it is. And what happens to a broker that says nothing for too long.
 *
 *     fenced --(wants to be unfenced, has read its registration)--> unfenced
 *     unfenced --(wants to shut down, leads partitions)--> controlled shutdown: its leaderships move
 *     unfenced, controlled shutdown --(leads nothing, others have read that)--> fenced, and told to shut down
 *     unfenced --(wants to be fenced, or silent for the session timeout)--> fenced
 *
 * As `BrokerHeartbeatManager.calculateNextBrokerState` and `ReplicationControlManager.processBrokerHeartbeat`.
 */
import type { NodeId, Uuid } from '../../base/ids.ts';
import type { BrokerRegistration, MetadataRecord } from '../../metadata/index.ts';
import { ErrorCode } from '../../protocol/index.ts';
import type { BrokerHeartbeatRequest } from '../../protocol/index.ts';
import { refuse } from '../outcome.ts';
import type { Decision, Refusal } from '../outcome.ts';
import {
  brokerChangeRecord,
  fenceBroker,
  hasLeaderships,
  leaderUpdates,
  partitionsWhere,
  startControlledShutdown,
  unfenceBroker,
} from '../partitions/leader-updates.ts';
import { staleBrokerEpoch } from '../view.ts';
import type { ControllerView } from '../view.ts';

export interface HeartbeatReply {
  readonly isCaughtUp: boolean;
  readonly isFenced: boolean;
  readonly shouldShutDown: boolean;
}

export type BrokerState = 'fenced' | 'unfenced' | 'controlled-shutdown' | 'shut-down';

export function decideHeartbeat(
  view: ControllerView,
  request: BrokerHeartbeatRequest,
): Decision<HeartbeatReply> | Refusal {
  const { brokerId, brokerEpoch, currentMetadataOffset } = request;
  const stale = staleBrokerEpoch(view, brokerId, brokerEpoch);
  const broker = view.image.cluster.brokers.get(brokerId);
  if (stale !== null || broker === undefined) return stale ?? refuse(ErrorCode.STALE_BROKER_EPOCH, null);
  const was = stateOf(broker);
  const { state, why } = nextState(view, broker, request);
  const inControlledShutdown = state === 'controlled-shutdown';
  const records = state === was ? [] : transition(view, brokerId, state);
  records.push(...offlineDirectories(view, broker, request.offlineLogDirs));
  records.push(...cordonedDirectories(view, broker, request.cordonedLogDirs));
  return {
    records,
    reply: {
      isCaughtUp: currentMetadataOffset >= brokerEpoch,
      isFenced: state === 'fenced' || state === 'shut-down',
      shouldShutDown: state === 'shut-down',
    },
    contact: { broker: brokerId, epoch: brokerEpoch, metadataOffset: currentMetadataOffset, inControlledShutdown },
    ...(why === null ? {} : { why }),
  };
}

export function stateOf(broker: BrokerRegistration): BrokerState {
  if (broker.fenced) return 'fenced';
  return broker.inControlledShutdown ? 'controlled-shutdown' : 'unfenced';
}

interface NextState {
  readonly state: BrokerState;
  readonly why: string | null;
}

function nextState(view: ControllerView, broker: BrokerRegistration, request: BrokerHeartbeatRequest): NextState {
  const was = stateOf(broker);
  const become = (state: BrokerState, why: string): NextState => ({ state, why: `broker ${broker.id} ${why}` });
  const stay: NextState = { state: was, why: null };
  switch (was) {
    case 'fenced':
      if (request.wantShutDown) return become('shut-down', 'is fenced and may shut down at once');
      if (request.wantFence || request.currentMetadataOffset < broker.epoch) return stay;
      return become('unfenced', `is unfenced: it has read the log up to its registration at ${broker.epoch}`);
    case 'unfenced':
      if (request.wantFence) {
        if (request.wantShutDown) return become('shut-down', 'asked to be fenced and to shut down');
        return become('fenced', 'asked to be fenced');
      }
      if (!request.wantShutDown) return stay;
      if (hasLeaderships(view, broker.id)) return become('controlled-shutdown', 'shuts down: its leaderships move');
      return become('shut-down', 'leads nothing and may shut down at once');
    default: {
      if (hasLeaderships(view, broker.id)) return stay;
      const needed = view.sessions.controlledShutdownOffset(broker.id);
      if (needed > view.sessions.lowestActiveOffset(view.image)) return stay;
      return become('shut-down', `may shut down: all active brokers have read the log up to ${needed}`);
    }
  }
}

function transition(view: ControllerView, broker: NodeId, state: BrokerState): MetadataRecord[] {
  switch (state) {
    case 'unfenced':
      return unfenceBroker(view, broker);
    case 'controlled-shutdown':
      return startControlledShutdown(view, broker);
    default:
      return fenceBroker(view, broker);
  }
}

/** Replicas in a directory that failed leave ISRs as if the broker were gone (KIP-858). */
function offlineDirectories(
  view: ControllerView,
  broker: BrokerRegistration,
  offline: readonly Uuid[],
): MetadataRecord[] {
  const newlyOffline = broker.logDirs.filter((directory) => offline.includes(directory));
  if (newlyOffline.length === 0) return [];
  const affected = partitionsWhere(view, (it) => {
    const directory = it.directories[it.replicas.indexOf(broker.id)];
    return directory !== undefined && newlyOffline.includes(directory);
  });
  const logDirs = broker.logDirs.filter((directory) => !offline.includes(directory));
  return [...leaderUpdates(view, affected, { remove: broker.id }), brokerChangeRecord(view, broker.id, 2, { logDirs })];
}

/** Null: the broker has not said yet (KIP-1066). */
function cordonedDirectories(
  view: ControllerView,
  broker: BrokerRegistration,
  cordoned: readonly Uuid[] | null,
): MetadataRecord[] {
  if (cordoned === null) return [];
  const before = broker.cordonedLogDirs;
  if (before !== null && before.length === cordoned.length && cordoned.every((it) => before.includes(it))) return [];
  return [brokerChangeRecord(view, broker.id, 3, { cordonedLogDirs: cordoned })];
}

/** The broker whose session ended longest ago is fenced; one at a time, so that each sees the effects of the one before. */
export function decideSessionExpiry(view: ControllerView): Decision<NodeId | null> {
  const broker = view.sessions.oldestExpired(view.image, view.nowMs);
  if (broker === null) return { records: [], reply: null };
  const seconds = view.config.brokerSessionTimeoutMs / 1000;
  return {
    records: fenceBroker(view, broker),
    reply: broker,
    why: `broker ${broker} is fenced: no heartbeat for ${seconds} s (broker.session.timeout.ms)`,
  };
}
