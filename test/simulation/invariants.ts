/**
 * What must hold at every moment, checked from telemetry as it comes and from samples after each event:
 * - one leader at most for an epoch, of the quorum and of each partition
 * - the ISR is a subset of the replicas, the leader is in it, epochs never go back
 * - the high watermark of a replica never retreats while its node lives, and never exceeds its log end offset
 */
import type { TelemetryEvent } from '../../engine/base/telemetry.ts';
import type { Verdict } from './verdict.ts';

/** A replica as the invariants see it. */
export interface ReplicaView {
  readonly topic: string;
  readonly partition: number;
  readonly highWatermark: number;
  readonly logEndOffset: number;
}

export class Invariants {
  readonly #verdict: Verdict;
  /** Node by `what@epoch`. */
  readonly #leaders = new Map<string, number>();
  /** By node, then partition. Emptied when the node dies. */
  readonly #highWatermarks = new Map<number, Map<string, number>>();
  /** Metadata offset and leader epoch by node and partition. */
  readonly #epochs = new Map<string, number>();

  constructor(verdict: Verdict) {
    this.#verdict = verdict;
  }

  onEvent(node: number, event: TelemetryEvent): void {
    if (event.type === 'quorum-role' && event.role === 'leader') this.#leads(`the quorum`, event.epoch, node);
    else if (event.type === 'replica-role' && event.role === 'leader') {
      this.#leads(`${event.topic}-${event.partition}`, event.leaderEpoch, node);
    } else if (event.type === 'partition-changed') this.#checkPartition(node, event);
  }

  onDeath(node: number): void {
    this.#highWatermarks.delete(node);
    for (const key of this.#epochs.keys()) if (key.startsWith(`${node}:`)) this.#epochs.delete(key);
  }

  onReplica(node: number, replica: ReplicaView): void {
    const { topic, partition, highWatermark, logEndOffset } = replica;
    let known = this.#highWatermarks.get(node);
    if (known === undefined) this.#highWatermarks.set(node, (known = new Map<string, number>()));
    const key = `${topic}-${partition}`;
    const before = known.get(key) ?? -1;
    if (highWatermark === before && highWatermark <= logEndOffset) return;
    if (highWatermark < before) {
      this.#verdict.violate(`high watermark of ${key} on node ${node} went from ${before} back to ${highWatermark}`);
    }
    if (highWatermark > logEndOffset) {
      this.#verdict.violate(
        `high watermark ${highWatermark} of ${key} on node ${node} is over its end ${logEndOffset}`,
      );
    }
    known.set(key, highWatermark);
  }

  #leads(what: string, epoch: number, node: number): void {
    const key = `${what}@${epoch}`;
    const other = this.#leaders.get(key);
    if (other !== undefined && other !== node) {
      this.#verdict.violate(`nodes ${other} and ${node} both lead ${what} in epoch ${epoch}`);
    }
    this.#leaders.set(key, node);
  }

  #checkPartition(node: number, event: Extract<TelemetryEvent, { type: 'partition-changed' }>): void {
    const { topic, partition, isr, replicas, leader, leaderEpoch } = event;
    const name = `${topic}-${partition}`;
    const foreign = isr.now.filter((id) => !replicas.includes(id));
    if (foreign.length > 0)
      this.#verdict.violate(`ISR [${isr.now}] of ${name} is not within its replicas [${replicas}]`);
    if (leader.now >= 0 && !isr.now.includes(leader.now)) {
      this.#verdict.violate(`leader ${leader.now} of ${name} is not in its ISR [${isr.now}]`);
    }
    const key = `${node}:${name}`;
    const before = this.#epochs.get(key) ?? -1;
    if (leaderEpoch.now < before) {
      this.#verdict.violate(`leader epoch of ${name} went from ${before} back to ${leaderEpoch.now} on node ${node}`);
    }
    this.#epochs.set(key, leaderEpoch.now);
  }
}
