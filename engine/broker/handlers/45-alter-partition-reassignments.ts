/** AlterPartitionReassignments (45), versions 0-1: passed on to the active controller. */
import type { Handler } from '../../net/index.ts';
import { alterPartitionReassignmentsApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function alterPartitionReassignmentsHandler(
  forwarding: ForwardingChannel,
): Handler<typeof alterPartitionReassignmentsApi> {
  return forwardedHandler(alterPartitionReassignmentsApi, forwarding, ({ topics }, errorCode) => ({
    errorCode,
    errorMessage: null,
    responses: topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode, errorMessage: null })),
    })),
  }));
}
