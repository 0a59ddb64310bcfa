/**
 * FindCoordinator (10), versions 0-6.
 *
 * Which broker coordinates a group: the leader of its partition of `__consumer_offsets`. The topic is made when the first
 * coordinator is looked for; until it has a leader the answer is COORDINATOR_NOT_AVAILABLE, which clients retry.
 *
 * v1: key types (0 group, 1 transaction, 2 share) and a message; v4: several keys at a time; v6: share groups' state.
 * Transactions and share groups have no coordinator here, so they get COORDINATOR_NOT_AVAILABLE too.
 */
import type { NodeId } from '../../base/ids.ts';
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { MetadataImage } from '../../metadata/index.ts';
import type { Handler } from '../../net/index.ts';
import { ErrorCode, errorMessage, findCoordinatorApi } from '../../protocol/index.ts';

export interface FindCoordinatorDeps {
  readonly coordinator: Pick<GroupCoordinator, 'isStarted' | 'partitionFor'>;
  readonly image: () => MetadataImage;
  /** Where clients reach a broker that is alive; null for one that is not. */
  readonly endpointOf: (broker: NodeId) => { readonly host: string; readonly port: number } | null;
  /** Asks for `__consumer_offsets` to be made, unless that is under way; its outcome shows in the metadata. */
  readonly ensureOffsetsTopic: () => void;
}

interface Found {
  readonly errorCode: ErrorCode;
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
}

const keyTypes = { group: 0, transaction: 1, share: 2 } as const;
const manyKeysSince = 4;
const shareSince = 6;

export function findCoordinatorHandler(deps: FindCoordinatorDeps): Handler<typeof findCoordinatorApi> {
  return {
    api: findCoordinatorApi,
    handle(request, context) {
      const version = context.header.apiVersion;
      if (version >= manyKeysSince) {
        const coordinators = request.coordinatorKeys.map((key) => ({
          key,
          ...find(deps, request.keyType, key, version),
          errorMessage: '',
        }));
        return { coordinators };
      }
      const found = find(deps, request.keyType, request.key, version);
      return { ...found, errorMessage: found.errorCode === ErrorCode.NONE ? 'NONE' : errorMessage(found.errorCode) };
    },
  };
}

function find(deps: FindCoordinatorDeps, keyType: number, key: string, version: number): Found {
  switch (keyType) {
    case keyTypes.group:
      return findGroup(deps, key);
    case keyTypes.transaction:
      return nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    case keyTypes.share:
      return nowhere(version >= shareSince ? ErrorCode.COORDINATOR_NOT_AVAILABLE : ErrorCode.INVALID_REQUEST);
    default:
      return nowhere(ErrorCode.INVALID_REQUEST);
  }
}

function findGroup(deps: FindCoordinatorDeps, groupId: string): Found {
  const topic = deps.image().topics.byName.get('__consumer_offsets');
  if (topic === undefined) deps.ensureOffsetsTopic();
  if (topic === undefined || !deps.coordinator.isStarted) return nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  const leader = topic.partitions.get(deps.coordinator.partitionFor(groupId))?.leader ?? -1;
  const endpoint = leader < 0 ? null : deps.endpointOf(leader);
  if (endpoint === null) return nowhere(ErrorCode.COORDINATOR_NOT_AVAILABLE);
  return { errorCode: ErrorCode.NONE, nodeId: leader, host: endpoint.host, port: endpoint.port };
}

function nowhere(errorCode: ErrorCode): Found {
  return { errorCode, nodeId: -1, host: '', port: -1 };
}
