/** UpdateFeatures (57), versions 0-2: passed on to the active controller. */
import type { Handler } from '../../net/index.ts';
import { updateFeaturesApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function updateFeaturesHandler(forwarding: ForwardingChannel): Handler<typeof updateFeaturesApi> {
  return forwardedHandler(updateFeaturesApi, forwarding, (_, errorCode) => ({ errorCode, errorMessage: null }));
}
