/**
 * ElectLeaders (43), versions 0-2: passed on to the active controller.
 *
 * v1: preferred (0) or unclean (1), and an error of the whole request.
 */
import type { Handler } from '../../net/index.ts';
import { electLeadersApi, errorMessage } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

const topLevelErrorSince = 1;

export function electLeadersHandler(forwarding: ForwardingChannel): Handler<typeof electLeadersApi> {
  return forwardedHandler(electLeadersApi, forwarding, ({ topicPartitions }, code, version) => ({
    ...(version >= topLevelErrorSince && { errorCode: code }),
    replicaElectionResults: (topicPartitions ?? []).map(({ topic, partitions }) => ({
      topic,
      partitionResult: partitions.map((partitionId) => ({
        partitionId,
        errorCode: code,
        errorMessage: errorMessage(code),
      })),
    })),
  }));
}
