/** The quorum's own APIs on the controller listener: Fetch and FetchSnapshot of the metadata log, elections. */
import type { Handler } from '../net/index.ts';
import {
  beginQuorumEpochApi,
  describeQuorumApi,
  endQuorumEpochApi,
  fetchApi,
  fetchSnapshotApi,
  voteApi,
  type Api,
} from '../protocol/index.ts';
import type { RaftNode } from '../raft/index.ts';

function handler<A extends Api>(api: A, handle: Handler<A>['handle']): Handler {
  return { api, handle } as Handler<A> as Handler;
}

export function raftHandlers(raft: RaftNode): Handler[] {
  return [
    handler(fetchApi, (request) => raft.handleFetch(request)),
    handler(voteApi, (request) => raft.handleVote(request)),
    handler(beginQuorumEpochApi, (request) => raft.handleBeginQuorumEpoch(request)),
    handler(endQuorumEpochApi, (request) => raft.handleEndQuorumEpoch(request)),
    handler(fetchSnapshotApi, (request) => raft.handleFetchSnapshot(request)),
    handler(describeQuorumApi, (request) => raft.handleDescribeQuorum(request)),
  ];
}
