/** The views in the order of the rail, in its three parts: the cluster, what happened and is made to happen, the rest. */
export const viewParts = [
  ['cluster', 'topics', 'groups', 'clients', 'records', 'segments', 'quorum', 'configs'],
  ['spacetime', 'ledger', 'compare', 'scenarios', 'faults', 'runs'],
  ['settings'],
] as const;

export type ViewName = (typeof viewParts)[number][number];
