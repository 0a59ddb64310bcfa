/**
 * DescribeCluster (60), versions 0-2: brokers on the brokers' listener, controllers on the controllers' one (KIP-919).
 *
 * v1: the client says which kind of endpoint it wants, and must have come to that kind. v2: fenced brokers too.
 */
import type { NodeId } from '../../base/ids.ts';
import type { MetadataImage } from '../../metadata/image.ts';
import type { Handler } from '../../net/index.ts';
import { describeClusterApi, ErrorCode, type DescribeClusterResponseInput } from '../../protocol/index.ts';
import {
  advertisedController,
  brokerAddresses,
  clusterOperations,
  operationsOmitted,
  type ClusterDeps,
} from '../cluster-view.ts';

const brokerEndpointType = 1;
const controllerEndpointType = 2;

export function describeClusterHandler(deps: ClusterDeps): Handler<typeof describeClusterApi> {
  return {
    api: describeClusterApi,
    handle({ endpointType, includeClusterAuthorizedOperations, includeFencedBrokers }) {
      if (endpointType !== brokerEndpointType) return refused(endpointType, brokerEndpointType);
      const brokers = brokerAddresses(deps.image(), deps.listener, includeFencedBrokers);
      const controllerId = advertisedController(deps);
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        endpointType: brokerEndpointType,
        clusterId: deps.clusterId,
        controllerId: brokers.some(({ id }) => id === controllerId) ? controllerId : -1,
        brokers: brokers.map(({ id, host, port, rack, fenced }) => ({
          brokerId: id,
          host,
          port,
          rack,
          isFenced: fenced,
        })),
        clusterAuthorizedOperations: includeClusterAuthorizedOperations ? clusterOperations : operationsOmitted,
      };
    },
  };
}

export interface DescribeControllersDeps {
  readonly image: () => MetadataImage;
  /** Name of the controllers' listener. */
  readonly listener: string;
  readonly clusterId: string;
  /** The quorum's leader; null while there is none. */
  readonly leader: () => NodeId | null;
}

export function describeControllersHandler(deps: DescribeControllersDeps): Handler<typeof describeClusterApi> {
  return {
    api: describeClusterApi,
    handle({ endpointType, includeClusterAuthorizedOperations }) {
      if (endpointType !== controllerEndpointType) return refused(endpointType, controllerEndpointType);
      const brokers = [...deps.image().cluster.controllers.values()].flatMap(({ id, endpoints }) => {
        const endpoint = endpoints.find(({ name }) => name === deps.listener);
        return endpoint === undefined ? [] : [{ brokerId: id, host: endpoint.host, port: endpoint.port, rack: null }];
      });
      const leader = deps.leader() ?? -1;
      return {
        errorCode: ErrorCode.NONE,
        errorMessage: null,
        endpointType: controllerEndpointType,
        clusterId: deps.clusterId,
        controllerId: brokers.some(({ brokerId }) => brokerId === leader) ? leader : -1,
        brokers: brokers.sort((a, b) => a.brokerId - b.brokerId),
        clusterAuthorizedOperations: includeClusterAuthorizedOperations ? clusterOperations : operationsOmitted,
      };
    },
  };
}

const endpointTypeNames: Readonly<Record<number, string>> = { 1: 'BROKER', 2: 'CONTROLLER' };

function refused(wanted: number, ours: number): DescribeClusterResponseInput {
  const name = endpointTypeNames[wanted];
  return {
    errorCode: name === undefined ? ErrorCode.UNSUPPORTED_ENDPOINT_TYPE : ErrorCode.MISMATCHED_ENDPOINT_TYPE,
    errorMessage:
      name === undefined
        ? `Unsupported endpoint type ${wanted}`
        : `The request was sent to an endpoint of type ${endpointTypeNames[ours]}, but we wanted an endpoint of type ${name}`,
    clusterId: '',
    brokers: [],
  };
}
