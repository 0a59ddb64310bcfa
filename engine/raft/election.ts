/** The votes of one (pre-)election: who granted, who refused, who has not answered (class `EpochElection`). */
import type { NodeId } from '../base/ids.ts';
import type { VoterSet } from './voter-set.ts';

export class Election {
  readonly #voters: VoterSet;
  readonly #granted = new Set<NodeId>();
  readonly #rejected = new Set<NodeId>();

  /** `localId` votes for itself. */
  constructor(voters: VoterSet, localId: NodeId) {
    this.#voters = voters;
    this.#granted.add(localId);
  }

  record(voter: NodeId, granted: boolean): void {
    if (!this.#voters.has(voter)) return;
    (granted ? this.#granted : this.#rejected).add(voter);
    (granted ? this.#rejected : this.#granted).delete(voter);
  }

  get grantingVoters(): readonly NodeId[] {
    return [...this.#granted].sort((a, b) => a - b);
  }

  get unrecordedVoters(): readonly NodeId[] {
    return this.#voters.ids.filter((id) => !this.#granted.has(id) && !this.#rejected.has(id));
  }

  get isWon(): boolean {
    return this.#granted.size >= this.#voters.majority;
  }

  /** So many have refused that it cannot be won any more. */
  get isLost(): boolean {
    return this.#voters.size - this.#rejected.size < this.#voters.majority;
  }
}
