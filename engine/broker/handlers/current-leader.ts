/**
 * Where a partition is led instead, as Produce (10+) and Fetch (16+) tell it with NOT_LEADER_OR_FOLLOWER and
 * FENCED_LEADER_EPOCH (KIP-951).
 */
import type { LeaderEpoch, NodeId, PartitionIndex, TopicName } from '../../base/ids.ts';
import { brokerEndpoint, findPartition } from '../../metadata/index.ts';
import type { Replicas } from '../../replication/index.ts';

export interface CurrentLeader {
  readonly leaderId: NodeId;
  readonly leaderEpoch: LeaderEpoch;
}

export interface NodeEndpoint {
  readonly nodeId: NodeId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

/** Collects the leaders of one response. */
export class CurrentLeaders {
  readonly #replicas: Pick<Replicas, 'image' | 'partition'>;
  readonly #listener: string;
  readonly #endpoints = new Map<NodeId, NodeEndpoint>();

  /** `listener` names the endpoint at which a client reaches the other brokers. */
  constructor(replicas: Pick<Replicas, 'image' | 'partition'>, listener: string) {
    this.#replicas = replicas;
    this.#listener = listener;
  }

  /** As the local replica has it, else the metadata; -1 when unknown. */
  of(topic: TopicName, partition: PartitionIndex): CurrentLeader {
    const { image } = this.#replicas;
    const local = this.#replicas.partition(topic, partition);
    const known = local === null ? findPartition(image, topic, partition) : local;
    const leaderId = known?.leader ?? -1;
    const registration = image.cluster.brokers.get(leaderId);
    if (registration !== undefined && !registration.fenced) {
      const endpoint = brokerEndpoint(registration, this.#listener);
      if (endpoint !== null) {
        const { host, port } = endpoint;
        this.#endpoints.set(leaderId, { nodeId: leaderId, host, port, rack: registration.rack });
      }
    }
    return { leaderId, leaderEpoch: known?.leaderEpoch ?? -1 };
  }

  get endpoints(): NodeEndpoint[] {
    return [...this.#endpoints.values()];
  }
}
