/** CreatePartitions (37), versions 0-3: passed on to the active controller. */
import type { Handler } from '../../net/index.ts';
import { createPartitionsApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function createPartitionsHandler(forwarding: ForwardingChannel): Handler<typeof createPartitionsApi> {
  return forwardedHandler(createPartitionsApi, forwarding, ({ topics }, errorCode) => ({
    results: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }));
}
