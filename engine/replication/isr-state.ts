/**
 * The ISR of a partition as its leader holds it: what the controller has committed, and what was proposed to it and is not
 * answered yet. The maximal ISR (KIP-497) is what the high watermark waits for: it includes a proposed member (stricter,
 * therefore safe) and still includes a member proposed for removal (the proposal may fail).
 */
import type { NodeId } from '../base/ids.ts';

export type IsrState =
  | { readonly kind: 'committed'; readonly isr: readonly NodeId[]; readonly maximalIsr: readonly NodeId[] }
  | {
      readonly kind: 'expanding' | 'shrinking';
      /** As last committed. */
      readonly isr: readonly NodeId[];
      readonly maximalIsr: readonly NodeId[];
      readonly proposed: readonly NodeId[];
    };

export type PendingIsrState = Exclude<IsrState, { kind: 'committed' }>;

export function committedIsr(isr: readonly NodeId[]): IsrState {
  return { kind: 'committed', isr, maximalIsr: isr };
}

export const noIsr: IsrState = committedIsr([]);

export function expandingIsr(isr: readonly NodeId[], added: NodeId): PendingIsrState {
  const proposed = [...isr, added];
  return { kind: 'expanding', isr, maximalIsr: proposed, proposed };
}

export function shrinkingIsr(isr: readonly NodeId[], removed: readonly NodeId[]): PendingIsrState {
  return { kind: 'shrinking', isr, maximalIsr: isr, proposed: isr.filter((id) => !removed.includes(id)) };
}
