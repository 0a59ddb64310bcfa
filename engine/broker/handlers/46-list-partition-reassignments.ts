/** ListPartitionReassignments (46), version 0: passed on to the active controller. */
import type { Handler } from '../../net/index.ts';
import { listPartitionReassignmentsApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function listPartitionReassignmentsHandler(
  forwarding: ForwardingChannel,
): Handler<typeof listPartitionReassignmentsApi> {
  return forwardedHandler(listPartitionReassignmentsApi, forwarding, (_, errorCode) => ({
    errorCode,
    errorMessage: null,
    topics: [],
  }));
}
