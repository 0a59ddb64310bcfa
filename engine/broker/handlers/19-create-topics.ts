/**
 * CreateTopics (19), versions 2-7: passed on to the active controller.
 *
 * v5: the answer has counts and configs; v7: topic ids.
 */
import type { Handler } from '../../net/index.ts';
import { createTopicsApi } from '../../protocol/index.ts';
import { forwardedHandler, type ForwardingChannel } from '../forwarding.ts';

export function createTopicsHandler(forwarding: ForwardingChannel): Handler<typeof createTopicsApi> {
  return forwardedHandler(createTopicsApi, forwarding, ({ topics }, errorCode) => ({
    topics: topics.map(({ name }) => ({ name, errorCode, errorMessage: null })),
  }));
}
