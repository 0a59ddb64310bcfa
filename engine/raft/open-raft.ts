/** Puts a member of the quorum together from its directory: log and snapshots, then `quorum-state` and transport. */
import type { NodeId, Uuid } from '../base/ids.ts';
import type { Disk } from '../env/disk.ts';
import type { Env } from '../env/env.ts';
import type { RecordCodecs } from '../record/index.ts';
import type { LogContext } from '../storage/index.ts';
import { defaultRaftConfig } from './config.ts';
import type { RaftConfig } from './config.ts';
import { PartitionLogStore } from './partition-log-store.ts';
import { QuorumStateFile } from './quorum-state-store.ts';
import { RaftLog } from './raft-log.ts';
import { RaftNode } from './raft-node.ts';
import { RpcRaftTransport } from './rpc-transport.ts';
import type { RaftTransport } from './transport.ts';
import type { VoterSet } from './voter-set.ts';

export interface OpenRaftLogOptions {
  readonly context: LogContext;
  /** `<metadata log dir>/__cluster_metadata-0`; made when absent. */
  readonly path: string;
  /** The log was closed in good order, so nothing needs to be scanned. Kafka scans in any case; so does this when absent. */
  readonly hadCleanShutdown?: boolean;
  readonly config: Pick<
    RaftConfig,
    'batchMaxBytes' | 'retentionMaxBytes' | 'retentionMaxMs' | 'segmentBytes' | 'segmentMs'
  >;
}

/**
 * The metadata log of a directory. Throws when the log cannot be read
 * or when {@link InconsistentLogError} says why it cannot be used.
 */
export function openRaftLog(options: OpenRaftLogOptions): RaftLog {
  const { context, path, config, hadCleanShutdown = false } = options;
  const { disk, clock, tracer } = context;
  const { batchMaxBytes, retentionMaxBytes, retentionMaxMs, segmentBytes, segmentMs } = config;
  makeDurableDirectory(disk, path);
  const store = new PartitionLogStore({
    context,
    directory: path,
    segmentBytes,
    segmentMs,
    batchMaxBytes,
    hadCleanShutdown,
  });
  return new RaftLog({ disk, clock, tracer, directory: path, store, batchMaxBytes, retentionMaxMs, retentionMaxBytes });
}

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
  /** Instead of TCP by net's channels. */
  readonly transport?: RaftTransport;
}

/** Not started yet. Throws what log, snapshots or `quorum-state` cannot be read for. */
export function openRaft(options: OpenRaftOptions): RaftNode {
  const { env, codecs, nodeId, directoryId, clusterId, voters, listenerName } = options;
  const { disk, clock, random, tracer } = env;
  const config: RaftConfig = { ...defaultRaftConfig, ...options.config };
  const path = `${options.metadataLogDir}/__cluster_metadata-0`;
  return new RaftNode({
    env,
    nodeId,
    directoryId,
    clusterId,
    voters,
    listenerName,
    config,
    log: openRaftLog({ context: { disk, clock, random, tracer, codecs }, path, config }),
    store: new QuorumStateFile(disk, `${path}/quorum-state`),
    transport: options.transport ?? new RpcRaftTransport(env, nodeId, config.requestTimeoutMs),
  });
}

/** A directory that power loss may take back would take the vote in it along. */
function makeDurableDirectory(disk: Disk, path: string): void {
  if (disk.stat(path) !== null) return;
  disk.makeDirectory(path);
  disk.syncDirectory(path.slice(0, Math.max(0, path.lastIndexOf('/'))));
}
