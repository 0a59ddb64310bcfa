/**
 * Which partition is copied from whom: one fetcher for each broker that leads something this broker follows (Kafka's
 * `ReplicaFetcherManager`). A leader whose address is not in the metadata yet is taken up when it comes.
 */
import type { BrokerEpoch, NodeId } from '../base/ids.ts';
import type { Clock, DiskError, Tracer } from '../env/index.ts';
import { brokerEndpoint } from '../metadata/index.ts';
import type { MetadataImage } from '../metadata/index.ts';
import { Fetcher } from './fetcher.ts';
import type { FetcherChannel } from './fetcher.ts';
import type { Partition } from './partition.ts';
import type { ReplicationSettings } from './settings.ts';

export interface FollowingOptions {
  readonly nodeId: NodeId;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly settings: ReplicationSettings;
  readonly brokerEpoch: () => BrokerEpoch;
  readonly listener: string;
  readonly connect: (source: NodeId, host: string, port: number) => FetcherChannel;
  readonly onStorageFault: (fault: DiskError) => void;
}

interface Source {
  readonly fetcher: Fetcher;
  readonly host: string;
  readonly port: number;
}

export class Following {
  readonly #options: FollowingOptions;
  readonly #sources = new Map<NodeId, Source>();
  readonly #fetcherOf = new Map<Partition, Fetcher>();
  /** Bytes copied by fetchers that are gone. */
  #bytesInBefore = 0;
  #stopped = false;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  /** Record bytes copied since the start. */
  get bytesIn(): number {
    let bytes = this.#bytesInBefore;
    for (const { fetcher } of this.#sources.values()) bytes += fetcher.bytesIn;
    return bytes;
  }

  /** Copies from the partition's leader, in its present epoch; nowhere when it has none. */
  follow(partition: Partition, image: MetadataImage): void {
    const source = this.#stopped ? null : this.#source(partition.leader, image);
    const before = this.#fetcherOf.get(partition);
    if (before !== undefined && before !== source?.fetcher) this.unfollow(partition);
    if (source === null) return;
    this.#fetcherOf.set(partition, source.fetcher);
    source.fetcher.follow(partition);
  }

  unfollow(partition: Partition): void {
    this.#fetcherOf.get(partition)?.unfollow(partition);
    this.#fetcherOf.delete(partition);
  }

  /** Brokers came, went or moved: connects anew where an address is another, and takes up who waited for one. */
  endpointsChanged(image: MetadataImage, partitions: Iterable<Partition>): void {
    for (const [id, source] of this.#sources) {
      const endpoint = this.#endpoint(id, image);
      if (endpoint !== null && (endpoint.host !== source.host || endpoint.port !== source.port))
        this.#close(id, source);
    }
    for (const partition of partitions) {
      if (partition.role.kind === 'follower' && !this.#fetcherOf.has(partition)) this.follow(partition, image);
    }
  }

  stopIdle(): void {
    for (const [id, source] of this.#sources) if (source.fetcher.partitionCount === 0) this.#close(id, source);
  }

  stop(): void {
    this.#stopped = true;
    for (const [id, source] of this.#sources) this.#close(id, source);
  }

  #close(id: NodeId, source: Source): void {
    this.#sources.delete(id);
    this.#bytesInBefore += source.fetcher.bytesIn;
    source.fetcher.stop();
    for (const [partition, fetcher] of this.#fetcherOf)
      if (fetcher === source.fetcher) this.#fetcherOf.delete(partition);
  }

  #endpoint(id: NodeId, image: MetadataImage): { host: string; port: number } | null {
    const registration = image.cluster.brokers.get(id);
    return registration === undefined ? null : brokerEndpoint(registration, this.#options.listener);
  }

  #source(id: NodeId, image: MetadataImage): Source | null {
    const known = this.#sources.get(id);
    if (known !== undefined) return known;
    const endpoint = this.#endpoint(id, image);
    if (endpoint === null) return null;
    const { host, port } = endpoint;
    const { nodeId, clock, tracer, settings, brokerEpoch, connect, onStorageFault } = this.#options;
    const channel = connect(id, host, port);
    const fetcher = new Fetcher({
      nodeId,
      source: id,
      channel,
      clock,
      tracer,
      settings,
      brokerEpoch,
      onStorageFault: (partition, fault) => {
        this.#fetcherOf.delete(partition);
        onStorageFault(fault);
      },
    });
    const source = { fetcher, host, port };
    this.#sources.set(id, source);
    return source;
  }
}
