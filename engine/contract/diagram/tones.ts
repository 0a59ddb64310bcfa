/** What is drawn in which colour. */
import type { SpaceTimeMark } from '../wire.ts';

/** What a thing is about, for its colour: ours by ink, done by teal, consumption by accent, waits by amber, errors by red. */
export type DiagramTone = 'ink' | 'quiet' | 'good' | 'accent' | 'wait' | 'fault';

const markTones: Readonly<Partial<Record<SpaceTimeMark['step'], DiagramTone>>> = {
  'high-watermark': 'good',
  acked: 'good',
  refused: 'fault',
  read: 'accent',
  processed: 'accent',
  committed: 'accent',
  'rebalance-over': 'good',
  elected: 'good',
  'vote-won': 'good',
  fenced: 'wait',
  left: 'wait',
};

export function markTone({ step }: SpaceTimeMark): DiagramTone {
  return markTones[step] ?? 'ink';
}
