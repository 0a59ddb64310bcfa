/** The quorum as this member sees it, in the form the host projects. */
import type { RaftNode } from '../raft/index.ts';
import type { QuorumSample, QuorumVoterSample } from './sample.ts';

export function quorumSample(raft: RaftNode): QuorumSample {
  const sample = raft.sample();
  const progress = (replicas: typeof sample.voters): QuorumVoterSample[] =>
    replicas.map(({ id, logEndOffset, lastFetchMs, lastCaughtUpMs }) => ({
      id,
      logEndOffset,
      lastFetchMs,
      lastCaughtUpMs,
    }));
  return {
    role: sample.voter || sample.role === 'leader' ? sample.role : 'observer',
    epoch: sample.epoch,
    leaderId: sample.leaderId,
    highWatermark: sample.highWatermark ?? -1,
    logEndOffset: sample.logEndOffset,
    voters: progress(sample.voters),
    observers: progress(sample.observers),
  };
}
