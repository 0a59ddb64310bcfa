/**
 * DeleteTopics (20), versions 1-6: passed on to the active controller, unless `delete.topic.enable` forbids it.
 *
 * v3: TOPIC_DELETION_DISABLED instead of INVALID_REQUEST; v5: error messages; v6: by topic id.
 */
import type { Handler } from '../../net/index.ts';
import {
  deleteTopicsApi,
  ErrorCode,
  type DeleteTopicsRequest,
  type DeleteTopicsResponseInput,
} from '../../protocol/index.ts';
import { forwardOr, type ForwardingChannel } from '../forwarding.ts';

export interface DeleteTopicsDeps {
  readonly forwarding: ForwardingChannel;
  /** `delete.topic.enable` */
  readonly isDeletionEnabled: () => boolean;
}

const deletionDisabledSince = 3;
const topicsSince = 6;

export function deleteTopicsHandler(deps: DeleteTopicsDeps): Handler<typeof deleteTopicsApi> {
  return {
    api: deleteTopicsApi,
    handle(request, context) {
      const { apiVersion } = context.header;
      if (!deps.isDeletionEnabled()) {
        const isKnown = apiVersion >= deletionDisabledSince;
        return failed(request, isKnown ? ErrorCode.TOPIC_DELETION_DISABLED : ErrorCode.INVALID_REQUEST, apiVersion);
      }
      return forwardOr(deleteTopicsApi, deps.forwarding, request, context, failed);
    },
  };
}

function failed(request: DeleteTopicsRequest, errorCode: ErrorCode, version: number): DeleteTopicsResponseInput {
  if (version >= topicsSince) {
    return { responses: request.topics.map(({ name, topicId }) => ({ name, topicId, errorCode })) };
  }
  return { responses: request.topicNames.map((name) => ({ name, errorCode })) };
}
