/** Puts a member of the quorum together from its directory: log, snapshots, `quorum-state`, transport. */
import type { DurationMs, NodeId, Uuid } from '../base/ids.ts';
import type { Env } from '../env/env.ts';
import type { RecordCodecs } from '../record/index.ts';
import { defaultRaftConfig } from './config.ts';
import type { RaftConfig } from './config.ts';
import { PartitionLogStore } from './partition-log-store.ts';
import { QuorumStateFile } from './quorum-state-store.ts';
import { RaftLog } from './raft-log.ts';
import { RaftNode } from './raft-node.ts';
import { RpcRaftTransport } from './rpc-transport.ts';
import type { RaftTransport } from './transport.ts';
import type { VoterSet } from './voter-set.ts';

export interface OpenRaftOptions {
  readonly env: Env;
  readonly codecs: RecordCodecs;
  readonly nodeId: NodeId;
  /** `directory.id` of the directory's meta.properties. */
  readonly directoryId: Uuid;
  readonly clusterId: string;
  readonly voters: VoterSet;
  /** First of `controller.listener.names`. */
  readonly listenerName: string;
  /** `metadata.log.dir`, by default the first of `log.dirs`; `__cluster_metadata-0` is made in it. */
  readonly metadataLogDir: string;
  readonly config?: Partial<RaftConfig>;
  /** `metadata.log.segment.bytes`. */
  readonly segmentBytes?: number;
  /** `metadata.log.segment.ms`. */
  readonly segmentMs?: DurationMs;
  /** Instead of TCP by net's channels. */
  readonly transport?: RaftTransport;
}

/** Not started yet. Throws what log, snapshots or `quorum-state` cannot be read for. */
export function openRaft(options: OpenRaftOptions): RaftNode {
  const { env, codecs, nodeId, directoryId, clusterId, voters, listenerName } = options;
  const { disk, clock, random, tracer } = env;
  const config: RaftConfig = { ...defaultRaftConfig, ...options.config };
  const { batchMaxBytes, retentionMaxMs, retentionMaxBytes, requestTimeoutMs } = config;
  const directory = `${options.metadataLogDir}/__cluster_metadata-0`;
  const store = new PartitionLogStore({
    context: { disk, clock, random, tracer, codecs },
    directory,
    segmentBytes: options.segmentBytes ?? 1024 * 1024 * 1024,
    segmentMs: options.segmentMs ?? 7 * 24 * 60 * 60 * 1000,
    batchMaxBytes,
  });
  return new RaftNode({
    env,
    nodeId,
    directoryId,
    clusterId,
    voters,
    listenerName,
    config,
    log: new RaftLog({ disk, clock, tracer, directory, store, batchMaxBytes, retentionMaxMs, retentionMaxBytes }),
    store: new QuorumStateFile(disk, `${directory}/quorum-state`),
    transport: options.transport ?? new RpcRaftTransport(env, nodeId, requestTimeoutMs),
  });
}
