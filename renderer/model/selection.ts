/** What the inspector shows, as it stands in the address: `broker:2`, `partition:orders:1`, `replica:orders:1:3`, `quorum`. */
export type Selection =
  | { readonly kind: 'quorum' }
  | { readonly kind: 'broker'; readonly node: number }
  | { readonly kind: 'partition'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'replica'; readonly topic: string; readonly partition: number; readonly node: number };

export function writeSelection(selection: Selection): string {
  switch (selection.kind) {
    case 'quorum':
      return 'quorum';
    case 'broker':
      return `broker:${selection.node}`;
    case 'partition':
      return `partition:${selection.topic}:${selection.partition}`;
    case 'replica':
      return `replica:${selection.topic}:${selection.partition}:${selection.node}`;
  }
}

/** Null for anything that is not one; addresses are typed and pasted by people. */
export function readSelection(text: unknown): Selection | null {
  if (typeof text !== 'string') return null;
  if (text === 'quorum') return { kind: 'quorum' };
  const broker = /^broker:(\d{1,4})$/.exec(text);
  if (broker !== null) return { kind: 'broker', node: Number(broker[1]) };
  const [, kind, topic, partition, node] =
    /^(partition|replica):([\w.-]{1,249}):(\d{1,9})(?::(\d{1,4}))?$/.exec(text) ?? [];
  if (topic === undefined) return null;
  if (kind === 'partition') return node === undefined ? { kind, topic, partition: Number(partition) } : null;
  return node === undefined ? null : { kind: 'replica', topic, partition: Number(partition), node: Number(node) };
}

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a !== null && b !== null && writeSelection(a) === writeSelection(b);
}
