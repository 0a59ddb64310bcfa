/**
 * DescribeCluster (60), versions 0-2, on the brokers' listener.
 *
 * v1: the client says which kind of endpoint it wants; a broker describes brokers only. v2: fenced brokers too.
 */
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
      if (endpointType !== brokerEndpointType) return refused(endpointType);
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

function refused(endpointType: number): DescribeClusterResponseInput {
  const isController = endpointType === controllerEndpointType;
  return {
    errorCode: isController ? ErrorCode.MISMATCHED_ENDPOINT_TYPE : ErrorCode.UNSUPPORTED_ENDPOINT_TYPE,
    errorMessage: isController
      ? 'The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER'
      : `Unsupported endpoint type ${endpointType}`,
    clusterId: '',
    brokers: [],
  };
}
