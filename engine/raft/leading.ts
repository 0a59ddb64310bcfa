/**
 * What a leader does by itself: begins its epoch with a LeaderChange record, appends what was prepared, flushes, counts
 * itself, tells silent voters, and steps down when it is asked to or when no majority fetches any more.
 *
 * Invariants: the leader's own vote for an offset counts only once that offset is flushed; what waits in the accumulator
 * when leadership ends is dropped (nobody was told an end of it but the listener, who hears of the change of leader).
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { buildControlBatch } from '../record/index.ts';
import type { Announcements } from './announcements.ts';
import { BatchAccumulator } from './batch-accumulator.ts';
import { Leadership } from './leadership.ts';
import type { RaftContext } from './raft-context.ts';
import type { Candidate, Leader } from './roles.ts';

/** `prepareAppend` by somebody who is not, or no longer, leader of that epoch. */
export class NotLeaderError extends Error {
  override readonly name = 'NotLeaderError';
}

export class Leading {
  readonly #context: RaftContext;
  readonly #announcements: Announcements;
  #flushIsDue = false;

  constructor(context: RaftContext, announcements: Announcements) {
    this.#context = context;
    this.#announcements = announcements;
  }

  begin(candidate: Candidate): void {
    const { config, log, nodeId, quorum, voters } = this.#context;
    const { epoch } = candidate;
    const epochStartOffset = log.endOffset;
    const grantingVoters = candidate.election.grantingVoters;
    const accumulator = new BatchAccumulator({
      epoch,
      baseOffset: epochStartOffset + 1,
      lingerMs: config.appendLingerMs,
      batchMaxBytes: config.batchMaxBytes,
    });
    const leadership = new Leadership({
      localId: nodeId,
      epoch,
      epochStartOffset,
      voters,
      grantingVoters,
      accumulator,
      fetchTimeoutMs: config.fetchTimeoutMs,
      startedAt: this.#context.monotonic(),
    });
    quorum.becomeLeader(leadership);
    quorum.persist();
    log.initializeLeaderEpoch(epoch);
    const voter = (voterId: number) => ({ voterId, voterDirectoryId: null });
    const leaderChange = buildControlBatch(
      [
        {
          type: 'leader-change',
          version: 0,
          leaderId: nodeId,
          voters: voters.ids.map(voter),
          grantingVoters: grantingVoters.map(voter),
        },
      ],
      { baseOffset: epochStartOffset, leaderEpoch: epoch, timestamp: this.#context.nowMs() },
    );
    this.#write(leadership, [leaderChange]);
  }

  /** Returns when (monotonic) the next thing is due. */
  poll(role: Leader): number {
    const { leadership } = role;
    const now = this.#context.monotonic();
    if (leadership.resignRequested || this.#context.isStopping()) {
      this.#resign(leadership);
      return -Infinity;
    }
    if (now >= leadership.checkQuorumDeadline) {
      this.#context.say(
        'warn',
        `No majority of the voters has fetched for ${this.#context.config.fetchTimeoutMs * 1.5} ms; resigning epoch ${role.epoch}`,
      );
      this.#resign(leadership);
      return -Infinity;
    }
    if (now >= leadership.accumulator.dueAt) this.#write(leadership, leadership.accumulator.drain(now));
    const announceAt = this.#announcements.announce(role);
    return Math.min(leadership.checkQuorumDeadline, leadership.accumulator.dueAt, announceAt);
  }

  prepareAppend(epoch: LeaderEpoch, records: readonly Uint8Array[]): Offset {
    const { role } = this.#context.quorum;
    if (role.kind !== 'leader' || role.epoch !== epoch || role.leadership.resignRequested) {
      throw new NotLeaderError(`cannot append in epoch ${epoch}: this node is ${role.kind} in epoch ${role.epoch}`);
    }
    const lastOffset = role.leadership.accumulator.append(records, this.#context.nowMs(), this.#context.monotonic());
    this.#context.wake();
    return lastOffset;
  }

  #resign(leadership: Leadership): void {
    this.#context.quorum.becomeResigned(leadership.successors());
    this.#context.quorum.persist();
  }

  #write(leadership: Leadership, batches: readonly Uint8Array[]): void {
    if (batches.length === 0) return;
    const { log, waiters } = this.#context;
    for (const batch of batches) log.appendAsLeader(batch, leadership.epoch);
    leadership.setLogEndOffset(log.endOffset);
    // Answers to waiting fetches leave first, so that followers write while this node flushes.
    waiters.completeForLogEnd(log.endOffset);
    if (this.#flushIsDue) return;
    this.#flushIsDue = true;
    this.#context.env.clock.soon(() => this.#flush());
  }

  #flush(): void {
    this.#flushIsDue = false;
    const { quorum, log } = this.#context;
    const { role } = quorum;
    if (role.kind !== 'leader') return;
    log.flush();
    if (role.leadership.updateLocal(log.firstUnflushedOffset)) this.highWatermarkMoved(role.leadership);
    this.#context.wake();
  }

  /** The leader's high watermark has advanced: it is everybody's. */
  highWatermarkMoved(leadership: Leadership): void {
    const { highWatermark } = leadership;
    if (highWatermark === null) return;
    this.#context.advanceHighWatermark(highWatermark);
    this.#context.waiters.completeForHighWatermark(highWatermark);
    this.#context.wake();
  }
}
