/**
 * Everything that a broker's listener answers about the cluster rather than about data or groups: from the metadata
 * image, or by passing the request on to the active controller.
 */
import type { NodeId } from '../base/ids.ts';
import type { BrokerConfig } from '../metadata/config/index.ts';
import type { SupportedFeature } from '../metadata/index.ts';
import type { ApiRange, Handler } from '../net/index.ts';
import type { AutoTopicCreation } from './auto-topic-creation.ts';
import type { ClusterDeps } from './cluster-view.ts';
import type { ForwardingChannel } from './forwarding.ts';
import { metadataHandler } from './handlers/03-metadata.ts';
import { apiVersionsHandler } from './handlers/18-api-versions.ts';
import { createTopicsHandler } from './handlers/19-create-topics.ts';
import { deleteTopicsHandler } from './handlers/20-delete-topics.ts';
import { initProducerIdHandler } from './handlers/22-init-producer-id.ts';
import { describeConfigsHandler } from './handlers/32-describe-configs.ts';
import { alterConfigsHandler } from './handlers/33-alter-configs.ts';
import { createPartitionsHandler } from './handlers/37-create-partitions.ts';
import { electLeadersHandler } from './handlers/43-elect-leaders.ts';
import { incrementalAlterConfigsHandler } from './handlers/44-incremental-alter-configs.ts';
import { alterPartitionReassignmentsHandler } from './handlers/45-alter-partition-reassignments.ts';
import { listPartitionReassignmentsHandler } from './handlers/46-list-partition-reassignments.ts';
import { describeQuorumHandler } from './handlers/55-describe-quorum.ts';
import { updateFeaturesHandler } from './handlers/57-update-features.ts';
import { describeClusterHandler } from './handlers/60-describe-cluster.ts';
import { unregisterBrokerHandler } from './handlers/64-unregister-broker.ts';
import { listConfigResourcesHandler } from './handlers/74-list-config-resources.ts';
import { describeTopicPartitionsHandler } from './handlers/75-describe-topic-partitions.ts';
import type { ProducerIds } from './producer-ids.ts';

export interface ClusterHandlersDeps extends ClusterDeps {
  readonly nodeId: NodeId;
  /** The node's file, normalized. */
  readonly staticConfigs: ReadonlyMap<string, string>;
  /** What holds now, dynamic configs included. */
  readonly config: () => BrokerConfig;
  readonly forwarding: ForwardingChannel;
  readonly creation: AutoTopicCreation;
  readonly producerIds: ProducerIds;
  /** `ApiRegistry.ranges('broker')` of the registry that these handlers end up in. */
  readonly ranges: () => readonly ApiRange[];
  readonly supportedFeatures: readonly SupportedFeature[];
}

export function clusterHandlers(deps: ClusterHandlersDeps): Handler[] {
  const { config, forwarding } = deps;
  return [
    metadataHandler({ ...deps, autoCreateTopics: () => config().autoCreateTopicsEnable }),
    apiVersionsHandler(deps),
    createTopicsHandler(forwarding),
    deleteTopicsHandler({ forwarding, isDeletionEnabled: () => config().deleteTopicEnable }),
    initProducerIdHandler(deps),
    describeConfigsHandler(deps),
    alterConfigsHandler(deps),
    createPartitionsHandler(forwarding),
    electLeadersHandler(forwarding),
    incrementalAlterConfigsHandler(deps),
    alterPartitionReassignmentsHandler(forwarding),
    listPartitionReassignmentsHandler(forwarding),
    describeQuorumHandler(forwarding),
    updateFeaturesHandler(forwarding),
    describeClusterHandler(deps),
    unregisterBrokerHandler(forwarding),
    listConfigResourcesHandler(deps),
    describeTopicPartitionsHandler({ ...deps, partitionsMax: () => config().maxRequestPartitionSizeLimit }),
  ];
}
