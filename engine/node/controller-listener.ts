/**
 * What the controllers' listener serves: the controller's decisions, the quorum's own APIs, what tools ask of a controller
 * directly (its configs and its peers), and ApiVersions over all of it.
 */
import type { NodeId } from '../base/ids.ts';
import { apiVersionsHandler } from '../broker/handlers/18-api-versions.ts';
import { describeConfigsHandler } from '../broker/handlers/32-describe-configs.ts';
import { describeControllersHandler } from '../broker/handlers/60-describe-cluster.ts';
import type { Controller } from '../controller/index.ts';
import { ApiRegistry } from '../net/index.ts';
import { raftHandlers, type RaftNode } from '../raft/index.ts';
import { supportedFeatures } from './features.ts';

export interface ControllerListenerOptions {
  readonly nodeId: NodeId;
  readonly clusterId: string;
  /** Name of the controllers' listener. */
  readonly listener: string;
  /** The node's file. */
  readonly configs: ReadonlyMap<string, string>;
}

export function controllerRegistry(
  controller: Controller,
  raft: RaftNode,
  { nodeId, clusterId, listener, configs }: ControllerListenerOptions,
): ApiRegistry {
  const image = () => controller.image;
  const quorum = raftHandlers(raft);
  const registry: ApiRegistry = new ApiRegistry([
    ...controller.handlers(quorum),
    ...quorum,
    apiVersionsHandler({
      ranges: () => registry.ranges('controller'),
      image,
      supportedFeatures,
    }),
    describeConfigsHandler({ image, nodeId, staticConfigs: configs }),
    describeControllersHandler({ image, listener, clusterId, leader: () => raft.leaderAndEpoch().leaderId }),
  ]);
  return registry;
}
