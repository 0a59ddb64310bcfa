/**
 * DescribeQuorum (55), versions 0-2: passed on to the active controller, which leads the quorum.
 *
 * v1: times of the last fetches; v2: error messages, directory ids, the voters' endpoints.
 */
import type { Handler } from '../../net/index.ts';
import { describeQuorumApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function describeQuorumHandler(forwarding: ForwardingChannel): Handler<typeof describeQuorumApi> {
  return forwardedHandler(describeQuorumApi, forwarding, (_, errorCode) => ({
    errorCode,
    errorMessage: null,
    topics: [],
  }));
}
