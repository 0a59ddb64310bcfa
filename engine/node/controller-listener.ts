/** What the controllers' listener serves: the controller's decisions, the quorum's own APIs, and ApiVersions over both. */
import { apiVersionsHandler } from '../broker/handlers/18-api-versions.ts';
import type { Controller } from '../controller/index.ts';
import { ApiRegistry } from '../net/index.ts';
import { raftHandlers, type RaftNode } from '../raft/index.ts';
import { supportedFeatures } from './features.ts';

export function controllerRegistry(controller: Controller, raft: RaftNode): ApiRegistry {
  const quorum = raftHandlers(raft);
  const registry: ApiRegistry = new ApiRegistry([
    ...controller.handlers(quorum),
    ...quorum,
    apiVersionsHandler({
      ranges: () => registry.ranges('controller'),
      image: () => controller.image,
      supportedFeatures,
    }),
  ]);
  return registry;
}
