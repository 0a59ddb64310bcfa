/**
 * The tap of a thread with its own line to the journal, past the host. The journal says what it has taken; while it is
 * behind, batches are counted instead of posted, so that a slow disk costs no memory.
 */
import type { MessagePort } from 'node:worker_threads';
import type { LinkEnd } from '../../contract/faults.ts';
import type { WireBatch } from './halves.ts';
import { ThreadTap } from './thread-tap.ts';

/** Posted and not taken. */
const behindMax = 30;

/** Null without a journal: nobody listens. */
export function tapTo(port: MessagePort | null, self: LinkEnd): ThreadTap | null {
  if (port === null) return null;
  let behind = 0;
  let leftOut = 0;
  const post = (batch: WireBatch): void => {
    if (behind >= behindMax) {
      leftOut += batch.count + batch.leftOut;
      return;
    }
    behind += 1;
    port.postMessage({ ...batch, leftOut: batch.leftOut + leftOut });
    leftOut = 0;
  };
  port.on('message', () => {
    behind -= 1;
  });
  // The thread does not live for it.
  port.unref();
  const later = (run: () => void, ms: number): void => {
    setTimeout(run, ms).unref();
  };
  return new ThreadTap({ self, post, wallMs: Date.now, later });
}
