/**
 * The `quorum-state` file of the metadata log's directory: what a member must not forget between two runs, above all
 * for whom it voted (class `FileQuorumStateStore`). JSON on one line, `data_version` 0, for static voters:
 *
 *     {"clusterId":"","leaderId":1,"leaderEpoch":5,"votedId":-1,"appliedOffset":0,
 *      "currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0}
 *
 * -1 means none. `data_version` 1 (dynamic quorum) is read too: it lacks the voters and has `votedDirectoryId`.
 * Invariant: when `write` has returned, power loss brings back what was written.
 */
import type { LeaderEpoch, NodeId } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import type { Disk } from '../env/disk.ts';

export interface ElectionState {
  readonly epoch: LeaderEpoch;
  readonly leaderId: NodeId | null;
  /** For whom this node voted in `epoch`. */
  readonly votedId: NodeId | null;
  readonly voters: readonly NodeId[];
}

export interface QuorumStateStore {
  /** Null when this node has never taken part. Throws {@link InvalidQuorumStateError}. */
  read(): ElectionState | null;
  /** Durable when it returns. */
  write(state: ElectionState): void;
}

/** The file is there but cannot be what a member of the quorum wrote. */
export class InvalidQuorumStateError extends Error {
  override readonly name = 'InvalidQuorumStateError';
}

export class QuorumStateFile implements QuorumStateStore {
  readonly #disk: Disk;
  readonly #path: string;

  /** `path` is the file's, e.g. `<dir>/__cluster_metadata-0/quorum-state`. */
  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.#path = path;
  }

  read(): ElectionState | null {
    if (this.#disk.stat(this.#path) === null) return null;
    return parseQuorumState(fromUtf8(this.#disk.readFile(this.#path)), this.#path);
  }

  write(state: ElectionState): void {
    this.#disk.replaceFile(this.#path, utf8(formatQuorumState(state)));
  }
}

export function formatQuorumState(state: ElectionState): string {
  return JSON.stringify({
    clusterId: '',
    leaderId: state.leaderId ?? -1,
    leaderEpoch: state.epoch,
    votedId: state.votedId ?? -1,
    appliedOffset: 0,
    currentVoters: state.voters.map((voterId) => ({ voterId })),
    data_version: 0,
  });
}

/** Throws {@link InvalidQuorumStateError}; `path` is for its message. */
export function parseQuorumState(text: string, path: string): ElectionState {
  const fail = (why: string): never => {
    throw new InvalidQuorumStateError(`${path}: ${why}. Restore the file, or remove the whole metadata log directory`);
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return fail('this is no JSON');
  }
  if (typeof json !== 'object' || json === null) return fail('this is no JSON object');
  const fields = new Map<string, unknown>(Object.entries(json));
  const integer = (name: string): number => {
    const value = fields.get(name);
    return typeof value === 'number' && Number.isInteger(value) && value >= -1
      ? value
      : fail(`"${name}" is ${JSON.stringify(value)}, not an integer from -1 on`);
  };
  const version = integer('data_version');
  if (version !== 0 && version !== 1) return fail(`"data_version" is ${version}; 0 and 1 are known`);
  const voters: unknown = fields.get('currentVoters') ?? [];
  if (!Array.isArray(voters)) return fail('"currentVoters" is no list');
  const epoch = integer('leaderEpoch');
  if (epoch < 0) return fail('"leaderEpoch" is negative');
  return {
    epoch,
    leaderId: idOrNull(integer('leaderId')),
    votedId: idOrNull(integer('votedId')),
    voters: voters.map((voter: unknown) => {
      const id: unknown = typeof voter === 'object' && voter !== null && 'voterId' in voter ? voter.voterId : undefined;
      return typeof id === 'number' && Number.isInteger(id)
        ? id
        : fail('"currentVoters" has an entry without "voterId"');
    }),
  };
}

function idOrNull(id: number): NodeId | null {
  return id < 0 ? null : id;
}
