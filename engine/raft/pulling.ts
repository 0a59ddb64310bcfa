/**
 * How a member follows: fetches the leader's log, cuts back where it diverges, takes a snapshot where the log no longer
 * reaches, and, without a leader, asks any voter who it is (KIP-595, KIP-630).
 *
 * Invariants: a voter flushes what it has appended before the next fetch says so; the log is never cut below the high
 * watermark; the high watermark is the leader's, but at most this log's end.
 */
import type { Offset } from '../base/ids.ts';
import { metadataTopicId } from '../base/uuid.ts';
import { ErrorCode, errorName, fetchApi, fetchSnapshotApi } from '../protocol/index.ts';
import type {
  FetchRequestInput,
  FetchResponse,
  FetchSnapshotRequestInput,
  FetchSnapshotResponse,
} from '../protocol/index.ts';
import { CorruptRecordError, InvalidRecordError } from '../record/index.ts';
import type { RaftContext } from './raft-context.ts';
import { metadataTopic } from './raft-context.ts';
import { InvalidAppendError } from './replicated-log.ts';
import { handleCommon } from './role-changes.ts';
import type { Follower } from './roles.ts';
import type { RawSnapshotWriter } from './snapshot-writer.ts';
import type { RaftEndpoint } from './transport.ts';
import { onlyFetchPartition, onlyPartition } from './wire-forms.ts';

type FetchedPartition = FetchResponse['responses'][number]['partitions'][number];
type SnapshotPart = FetchSnapshotResponse['topics'][number]['partitions'][number];

export class Pulling {
  readonly #context: RaftContext;

  constructor(context: RaftContext) {
    this.#context = context;
  }

  /** Asks the leader for what comes next. Returns when (monotonic) it can be asked again. */
  pullFromLeader(role: Follower): number {
    const { peers, voters } = this.#context;
    const endpoint = voters.endpoint(role.leaderId);
    if (endpoint === undefined) return this.findLeader();
    if (role.download !== null) {
      const request = this.#snapshotRequest(role.download);
      peers.send(endpoint, fetchSnapshotApi, request, (response) => this.#handleSnapshotPart(response));
    } else {
      this.#fetchFrom(endpoint);
    }
    return peers.readyAt(role.leaderId);
  }

  /** Asks one voter after the other, by chance, who leads. Returns when (monotonic) one can be asked again. */
  findLeader(): number {
    const { peers, voters, nodeId, env } = this.#context;
    if (peers.anyBusy) return Infinity;
    const others = voters.voters.filter((voter) => voter.id !== nodeId);
    const ready = others.filter((voter) => peers.readyAt(voter.id) === -Infinity);
    const chosen = ready[env.random.integer(Math.max(1, ready.length))];
    if (chosen !== undefined) {
      this.#fetchFrom(chosen);
      return Infinity;
    }
    return Math.min(Infinity, ...others.map((voter) => peers.readyAt(voter.id)));
  }

  #fetchFrom(endpoint: RaftEndpoint): void {
    const { peers, quorum, log } = this.#context;
    if (peers.readyAt(endpoint.id) !== -Infinity) return;
    quorum.persist();
    // The fetch offset tells the leader what this voter cannot lose, also what it wrote as a leader before.
    if (quorum.isVoter && log.firstUnflushedOffset < log.endOffset) log.flush();
    peers.send(endpoint, fetchApi, this.#fetchRequest(), (response) => this.#handleFetched(response));
  }

  #fetchRequest(): FetchRequestInput {
    const { clusterId, nodeId, directoryId, quorum, log, config } = this.#context;
    const partition = {
      partition: 0,
      currentLeaderEpoch: quorum.epoch,
      fetchOffset: log.endOffset,
      lastFetchedEpoch: log.lastFetchedEpoch,
      logStartOffset: -1,
      partitionMaxBytes: 0,
      replicaDirectoryId: directoryId,
      highWatermark: this.#context.highWatermark() ?? -1,
    };
    return {
      clusterId,
      replicaState: { replicaId: nodeId, replicaEpoch: -1 },
      maxWaitMs: config.fetchMaxWaitMs,
      minBytes: 0,
      maxBytes: config.fetchMaxBytes,
      isolationLevel: 0,
      sessionId: 0,
      sessionEpoch: -1,
      topics: [{ topicId: metadataTopicId, partitions: [partition] }],
      forgottenTopicsData: [],
      rackId: '',
    };
  }

  #snapshotRequest(download: RawSnapshotWriter): FetchSnapshotRequestInput {
    const { clusterId, nodeId, directoryId, quorum, config } = this.#context;
    const { offset, epoch } = download.snapshotId;
    const partition = {
      partition: 0,
      currentLeaderEpoch: quorum.epoch,
      snapshotId: { endOffset: offset, epoch },
      position: download.sizeBytes,
      replicaDirectoryId: directoryId,
    };
    return {
      clusterId,
      replicaId: nodeId,
      maxBytes: config.fetchMaxBytes,
      topics: [{ name: metadataTopic, partitions: [partition] }],
    };
  }

  #handleFetched(response: FetchResponse): boolean {
    const context = this.#context;
    if (response.errorCode !== ErrorCode.NONE) return this.#topLevelError('Fetch', response.errorCode);
    const fetched = onlyFetchPartition(response.responses, (partition) => partition.partitionIndex);
    if (fetched === null) return false;
    const { errorCode, currentLeader } = fetched;
    const outcome = handleCommon(context, 'Fetch', { errorCode, ...currentLeader });
    if (outcome !== 'continue') return outcome === 'done';
    const { role } = context.quorum;
    if (role.kind !== 'follower') return false;
    if (!this.#take(role, fetched)) return false;
    role.hasFetched = true;
    context.quorum.resetFetchTimeout(role);
    return true;
  }

  #take(role: Follower, fetched: FetchedPartition): boolean {
    const context = this.#context;
    if (fetched.divergingEpoch.epoch >= 0) {
      return this.#truncate({ offset: fetched.divergingEpoch.endOffset, epoch: fetched.divergingEpoch.epoch });
    }
    const { endOffset, epoch } = fetched.snapshotId;
    if (epoch >= 0 || endOffset >= 0) {
      if (epoch < 0 || endOffset < 0) {
        context.say('error', `Leader ${role.leaderId} sent an incomplete snapshot id ${endOffset}-${epoch}`);
        return false;
      }
      role.download = context.log.storeSnapshot({ offset: endOffset, epoch });
      const what = role.download === null ? 'which is stored already' : 'fetching it';
      context.say('info', `Leader ${role.leaderId} sends to snapshot ${endOffset}-${epoch}, ${what}`);
      if (role.download === null) context.log.truncateToLatestSnapshot();
      return true;
    }
    if (fetched.records !== null && fetched.records.length > 0 && !this.#append(fetched.records)) return false;
    if (fetched.highWatermark >= 0) {
      context.advanceHighWatermark(Math.min(fetched.highWatermark, context.log.endOffset));
    }
    return true;
  }

  #truncate(at: { readonly offset: Offset; readonly epoch: number }): boolean {
    const context = this.#context;
    const highWatermark = context.highWatermark();
    if (highWatermark !== null && at.offset < highWatermark) {
      context.say('error', `Refusing to cut the log back to ${at.offset}, below the high watermark ${highWatermark}`);
      return false;
    }
    const offset = context.log.truncateToEndOffset(at);
    context.say('info', `Truncated to offset ${offset} as leader ${context.quorum.leaderId} asked`);
    return true;
  }

  #append(records: Uint8Array): boolean {
    const { log, quorum } = this.#context;
    try {
      log.appendAsFollower(records, quorum.epoch);
    } catch (error) {
      const isTheirs =
        error instanceof CorruptRecordError ||
        error instanceof InvalidRecordError ||
        error instanceof InvalidAppendError;
      if (!isTheirs) throw error;
      this.#context.say('error', `Refusing the records that leader ${quorum.leaderId} sent: ${error.message}`);
      return false;
    }
    if (quorum.isVoter) log.flush();
    return true;
  }

  #handleSnapshotPart(response: FetchSnapshotResponse): boolean {
    const context = this.#context;
    if (response.errorCode !== ErrorCode.NONE) return this.#topLevelError('FetchSnapshot', response.errorCode);
    const part = onlyPartition(response.topics, (partition) => partition.index);
    if (part === null) return false;
    const { role } = context.quorum;
    const isGone =
      part.errorCode === ErrorCode.SNAPSHOT_NOT_FOUND || part.errorCode === ErrorCode.POSITION_OUT_OF_RANGE;
    if (isGone && part.currentLeader.leaderEpoch === context.quorum.epoch) {
      if (role.kind === 'follower') this.#startOver(role, errorName(part.errorCode));
      return true;
    }
    const outcome = handleCommon(context, 'FetchSnapshot', { errorCode: part.errorCode, ...part.currentLeader });
    if (outcome !== 'continue') return outcome === 'done';
    if (role.kind !== 'follower' || role.download === null) return false;
    const { snapshotId, sizeBytes } = role.download;
    const fits =
      part.snapshotId.endOffset === snapshotId.offset &&
      part.snapshotId.epoch === snapshotId.epoch &&
      part.position === sizeBytes &&
      part.unalignedRecords !== null &&
      sizeBytes + part.unalignedRecords.length <= part.size;
    if (!fits) {
      this.#startOver(role, 'the part does not continue what is here');
      return false;
    }
    this.#store(role, role.download, part);
    context.quorum.resetFetchTimeout(role);
    return true;
  }

  #store(role: Follower, download: RawSnapshotWriter, part: SnapshotPart): void {
    if (part.unalignedRecords !== null) download.append(part.unalignedRecords);
    if (download.sizeBytes < part.size) return;
    const context = this.#context;
    const { offset, epoch } = download.snapshotId;
    download.freeze();
    role.download = null;
    if (context.log.truncateToLatestSnapshot()) {
      context.say(
        'info',
        `The log starts over at ${offset} after snapshot ${offset}-${epoch} from leader ${role.leaderId}`,
      );
      context.advanceHighWatermark(offset);
    }
  }

  #startOver(role: Follower, why: string): void {
    this.#context.say('info', `Giving up the snapshot of leader ${role.leaderId}: ${why}`);
    role.download?.close();
    role.download = null;
    this.#context.quorum.resetFetchTimeout(role);
  }

  #topLevelError(api: string, errorCode: number): boolean {
    this.#context.say('error', `${errorName(errorCode)} in the answer to ${api}`);
    return false;
  }
}
