/**
 * Where a member stands with its group (`AbstractCoordinator`): its state, the generation it is part of, and whether it
 * has to join again.
 */
import type { MemberId } from '../../base/ids.ts';
import type { ConsumerEvent, MemberState } from './consumer-events.ts';

export interface Generation {
  /** -1: none. */
  readonly generationId: number;
  /** Empty: none. */
  readonly memberId: MemberId;
  /** Name of the assignor; null: none. */
  readonly protocolName: string | null;
}

export const noGeneration: Generation = { generationId: -1, memberId: '', protocolName: null };

export class GroupState {
  readonly #emit: (event: ConsumerEvent) => void;
  #state: MemberState = 'unjoined';
  #generation: Generation = noGeneration;
  rejoinNeeded = true;
  /** Told to the coordinator with the next JoinGroup. */
  rejoinReason = '';
  /** Listeners have to be told before the next JoinGroup. */
  needsJoinPrepare = true;
  isLeader = false;

  constructor(emit: (event: ConsumerEvent) => void) {
    this.#emit = emit;
  }

  get state(): MemberState {
    return this.#state;
  }
  get generation(): Generation {
    return this.#generation;
  }
  get hasNotJoined(): boolean {
    return this.#state === 'unjoined' || this.#state === 'preparing-rebalance';
  }
  get rebalanceInProgress(): boolean {
    return this.#state === 'preparing-rebalance' || this.#state === 'completing-rebalance';
  }
  /** Null: out of the group, or within a rebalance. */
  get stableGeneration(): Generation | null {
    return this.#state === 'stable' ? this.#generation : null;
  }
  get hasGenerationReset(): boolean {
    return this.#generation.generationId === -1 && this.#generation.protocolName === null;
  }

  isCurrent(generation: Generation): boolean {
    const { generationId, memberId, protocolName } = this.#generation;
    return (
      generation.generationId === generationId &&
      generation.memberId === memberId &&
      generation.protocolName === protocolName
    );
  }

  become(state: MemberState, generation: Generation = this.#generation): void {
    const from = this.#state;
    this.#state = state;
    this.#generation = generation;
    if (from === state) return;
    const { memberId, generationId } = generation;
    this.#emit({ type: 'member-state', from, to: state, memberId, generation: generationId });
  }

  requestRejoin(reason: string): void {
    this.rejoinReason = reason;
    this.rejoinNeeded = true;
    this.#emit({ type: 'join-requested', memberId: this.#generation.memberId, reason });
  }

  requestRejoinIfNecessary(reason: string): void {
    if (!this.rejoinNeeded) this.requestRejoin(reason);
  }

  /** It is out of the group, by no will of its own. */
  resetAndRejoin(reason: string, withMemberId: boolean): void {
    const { memberId } = this.#generation;
    this.become('unjoined', withMemberId ? noGeneration : { ...noGeneration, memberId });
    this.requestRejoin(reason);
    this.needsJoinPrepare = true;
  }

  /** It leaves by itself; whether it ever joins again is up to the next poll. */
  leave(): void {
    this.become('unjoined', noGeneration);
    this.rejoinReason = 'consumer pro-actively leaving the group';
    this.rejoinNeeded = true;
    this.needsJoinPrepare = true;
    this.isLeader = false;
  }
}
