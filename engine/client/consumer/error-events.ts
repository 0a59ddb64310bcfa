/** Which events are errors, in one form: what a consumer's sample remembers as its last one. */
import type { ConsumerEvent } from './consumer-events.ts';

export function errorOfEvent(event: ConsumerEvent): { readonly code: string; readonly message: string } | null {
  switch (event.type) {
    case 'heartbeat-failed':
      // The usual way to hear of a rebalance.
      return event.error === 'REBALANCE_IN_PROGRESS' ? null : { code: event.error, message: event.message };
    case 'commit-failed':
    case 'rebalance-failed':
    case 'fatal':
      return { code: event.error, message: event.message };
    case 'callback-failed':
      return { code: event.callback, message: event.message };
    case 'fetch-failed': {
      const { topic, partition, offset, error } = event;
      return { code: error, message: `Fetch of ${topic}-${partition} at offset ${offset} failed` };
    }
    case 'request-failed':
      return { code: 'DisconnectException', message: `${event.api} to broker ${event.nodeId}: ${event.message}` };
    default:
      return null;
  }
}
