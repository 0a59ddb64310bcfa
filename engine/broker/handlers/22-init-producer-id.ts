/**
 * InitProducerId (22), versions 0-5, for idempotent producers.
 *
 * A null transactional id gets a fresh id with epoch 0, whatever id the producer had before. An empty one is
 * INVALID_REQUEST. Transactions have no coordinator here, so any other one is refused at once as UNSUPPORTED_VERSION,
 * which no client retries.
 *
 * v2: flexible; v3: the producer says which id and epoch it had; v4: PRODUCER_FENCED; v5: transactions v2.
 */
import type { ProducerId } from '../../base/ids.ts';
import type { Handler } from '../../net/index.ts';
import {
  ErrorCode,
  initProducerIdApi,
  type InitProducerIdRequest,
  type InitProducerIdResponseInput,
} from '../../protocol/index.ts';

export interface InitProducerIdDeps {
  readonly producerIds: { next(): Promise<ProducerId | null> };
}

export function initProducerIdHandler(deps: InitProducerIdDeps): Handler<typeof initProducerIdApi> {
  return {
    api: initProducerIdApi,
    async handle(request) {
      const refusal = refusalOf(request);
      if (refusal !== null) return failed(refusal);
      const producerId = await deps.producerIds.next();
      if (producerId === null) return failed(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      return { errorCode: ErrorCode.NONE, producerId, producerEpoch: 0 };
    },
  };
}

function refusalOf({ transactionalId, producerId, producerEpoch }: InitProducerIdRequest): ErrorCode | null {
  if ((producerId === -1) !== (producerEpoch === -1)) return ErrorCode.INVALID_REQUEST;
  if (transactionalId === null) return null;
  return transactionalId === '' ? ErrorCode.INVALID_REQUEST : ErrorCode.UNSUPPORTED_VERSION;
}

function failed(errorCode: ErrorCode): InitProducerIdResponseInput {
  return { errorCode, producerId: -1, producerEpoch: -1 };
}
