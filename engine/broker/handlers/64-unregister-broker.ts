/** UnregisterBroker (64), version 0: passed on to the active controller. */
import type { Handler } from '../../net/index.ts';
import { errorMessage, unregisterBrokerApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function unregisterBrokerHandler(forwarding: ForwardingChannel): Handler<typeof unregisterBrokerApi> {
  return forwardedHandler(unregisterBrokerApi, forwarding, (_, errorCode) => ({
    errorCode,
    errorMessage: errorMessage(errorCode),
  }));
}
