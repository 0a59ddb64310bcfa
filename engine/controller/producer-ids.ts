/** AllocateProducerIds (67): blocks of 1000 ids for a broker's idempotent and transactional producers (`ProducerIdControlManager`). */
import type { ProducerId } from '../base/ids.ts';
import type { AllocateProducerIdsRequest } from '../protocol/index.ts';
import { ErrorCode } from '../protocol/index.ts';
import { refuse } from './outcome.ts';
import type { Decision, Refusal } from './outcome.ts';
import { staleBrokerEpoch } from './view.ts';
import type { ControllerView } from './view.ts';

export const producerIdBlockSize = 1000;

export interface ProducerIdBlock {
  readonly producerIdStart: ProducerId;
  readonly producerIdLen: number;
}

export function decideProducerIds(
  view: ControllerView,
  request: AllocateProducerIdsRequest,
): Decision<ProducerIdBlock> | Refusal {
  const { brokerId, brokerEpoch } = request;
  const stale = staleBrokerEpoch(view, brokerId, brokerEpoch);
  if (stale !== null) return stale;
  const producerIdStart = view.image.nextProducerId;
  const nextProducerId = producerIdStart + producerIdBlockSize;
  if (!Number.isSafeInteger(nextProducerId)) {
    return refuse(ErrorCode.UNKNOWN_SERVER_ERROR, `All producer ids up to ${producerIdStart} are allocated`);
  }
  return {
    records: [{ type: 'ProducerIdsRecord', version: 0, brokerId, brokerEpoch, nextProducerId }],
    reply: { producerIdStart, producerIdLen: producerIdBlockSize },
  };
}
