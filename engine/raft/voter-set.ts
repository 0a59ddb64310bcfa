/**
 * The static voters of the quorum: `controller.quorum.voters`, `id@host:port` separated by commas (`kraft.version` 0).
 * Every voter must be given the same list. A node whose id is not in it is an observer.
 */
import type { NodeId } from '../base/ids.ts';
import type { RaftEndpoint } from './transport.ts';

export class VoterSet {
  readonly voters: readonly RaftEndpoint[];
  readonly #byId: ReadonlyMap<NodeId, RaftEndpoint>;

  constructor(voters: readonly RaftEndpoint[]) {
    this.voters = [...voters].sort((a, b) => a.id - b.id);
    this.#byId = new Map(voters.map((voter) => [voter.id, voter]));
    if (voters.length === 0)
      throw new InvalidVotersError('controller.quorum.voters is empty; name at least one voter as id@host:port');
    if (this.#byId.size !== voters.length) {
      throw new InvalidVotersError(
        `controller.quorum.voters names an id twice: ${voters.map((voter) => voter.id).join(', ')}`,
      );
    }
  }

  /** Of `1@127.0.0.1:9093,2@127.0.0.1:9095`. Throws {@link InvalidVotersError} naming the part that is wrong. */
  static parse(text: string): VoterSet {
    const parts = text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '');
    return new VoterSet(parts.map(parseVoter));
  }

  get ids(): readonly NodeId[] {
    return this.voters.map((voter) => voter.id);
  }

  get size(): number {
    return this.voters.length;
  }

  /** How many voters are more than half. */
  get majority(): number {
    return Math.floor(this.voters.length / 2) + 1;
  }

  has(id: NodeId): boolean {
    return this.#byId.has(id);
  }

  endpoint(id: NodeId): RaftEndpoint | undefined {
    return this.#byId.get(id);
  }
}

/** `controller.quorum.voters` cannot be used as it stands. */
export class InvalidVotersError extends Error {
  override readonly name = 'InvalidVotersError';
}

function parseVoter(part: string): RaftEndpoint {
  const match = /^(\d+)@(.+):(\d+)$/.exec(part);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new InvalidVotersError(
      `controller.quorum.voters has "${part}"; a voter is written id@host:port, e.g. 1@127.0.0.1:9093`,
    );
  }
  return { id: Number(match[1]), host: match[2]!.replace(/^\[(.*)\]$/, '$1'), port };
}
