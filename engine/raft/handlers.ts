/**
 * Raft's APIs on the controller listener: Fetch (1) of `__cluster_metadata-0`, Vote (52), BeginQuorumEpoch (53),
 * EndQuorumEpoch (54), DescribeQuorum (55), FetchSnapshot (59), all in all their versions.
 */
import type { Handler, RequestContext } from '../net/index.ts';
import {
  beginQuorumEpochApi,
  describeQuorumApi,
  endQuorumEpochApi,
  fetchApi,
  fetchSnapshotApi,
  voteApi,
} from '../protocol/index.ts';
import type { Api, RequestOf, ResponseInputOf } from '../protocol/index.ts';
import type { RaftNode } from './raft-node.ts';

export function raftHandlers(raft: RaftNode): readonly Handler[] {
  return [
    handler(fetchApi, (request, version) => raft.handleFetch(request, version)),
    handler(voteApi, (request, version) => raft.handleVote(request, version)),
    handler(beginQuorumEpochApi, (request, version) => raft.handleBeginQuorumEpoch(request, version)),
    handler(endQuorumEpochApi, (request, version) => raft.handleEndQuorumEpoch(request, version)),
    handler(describeQuorumApi, (request, version) => raft.handleDescribeQuorum(request, version)),
    handler(fetchSnapshotApi, (request, version) => raft.handleFetchSnapshot(request, version)),
  ];
}

function handler<A extends Api>(
  api: A,
  answer: (request: RequestOf<A>, version: number) => ResponseInputOf<A> | Promise<ResponseInputOf<A>>,
): Handler<A> {
  return {
    api,
    handle: (request: RequestOf<A>, context: RequestContext) => answer(request, context.header.apiVersion),
  };
}
