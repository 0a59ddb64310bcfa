/**
 * What the inspector shows, as it stands in the address: `broker:2`, `partition:orders:1`, `replica:orders:1:3`,
 * `quorum`, `group:billing`, `member:billing:c1`, `producer:order-feed`, `consumer:billing-1`, `topic:orders`,
 * `record:orders:1:4711`, `fate:order-feed:24098`. Ids of groups may hold anything: they are percent-encoded.
 */
export type Selection =
  | { readonly kind: 'quorum' }
  | { readonly kind: 'broker'; readonly node: number }
  | { readonly kind: 'partition'; readonly topic: string; readonly partition: number }
  | { readonly kind: 'replica'; readonly topic: string; readonly partition: number; readonly node: number }
  | { readonly kind: 'group'; readonly group: string }
  /** `label` as in `GroupMemberView`: `c1`. */
  | { readonly kind: 'member'; readonly group: string; readonly label: string }
  | { readonly kind: 'producer'; readonly client: string }
  | { readonly kind: 'consumer'; readonly client: string }
  | { readonly kind: 'topic'; readonly topic: string }
  | { readonly kind: 'record'; readonly topic: string; readonly partition: number; readonly offset: number }
  /** The n-th record of a lab producer, wherever it is or not. */
  | { readonly kind: 'fate'; readonly producer: string; readonly number: number };

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
    case 'group':
      return `group:${encodeURIComponent(selection.group)}`;
    case 'member':
      return `member:${encodeURIComponent(selection.group)}:${encodeURIComponent(selection.label)}`;
    case 'producer':
    case 'consumer':
      return `${selection.kind}:${selection.client}`;
    case 'topic':
      return `topic:${selection.topic}`;
    case 'record':
      return `record:${selection.topic}:${selection.partition}:${selection.offset}`;
    case 'fate':
      return `fate:${selection.producer}:${selection.number}`;
  }
}

/** Null for anything that is not one; addresses are typed and pasted by people. */
export function readSelection(text: unknown): Selection | null {
  if (typeof text !== 'string' || text.length > 1000) return null;
  const [kind, ...parts] = text.split(':');
  switch (kind) {
    case 'quorum':
      return parts.length === 0 ? { kind } : null;
    case 'broker':
      return readParts(parts, [number4], ([node]) => ({ kind, node: Number(node) }));
    case 'partition':
      return readParts(parts, [name, number9], ([topic, at]) => ({ kind, topic, partition: Number(at) }));
    case 'replica':
      return readParts(parts, [name, number9, number4], ([topic, at, node]) => ({
        kind,
        topic,
        partition: Number(at),
        node: Number(node),
      }));
    case 'group':
      return readParts(parts, [encoded], ([group]) => ({ kind, group: decodeURIComponent(group) }));
    case 'member':
      return readParts(parts, [encoded, encoded], ([group, label]) => ({
        kind,
        group: decodeURIComponent(group),
        label: decodeURIComponent(label),
      }));
    case 'producer':
    case 'consumer':
      return readParts(parts, [name], ([client]) => ({ kind, client }));
    case 'topic':
      return readParts(parts, [name], ([topic]) => ({ kind, topic }));
    case 'record':
      return readParts(parts, [name, number9, number15], ([topic, at, offset]) => ({
        kind,
        topic,
        partition: Number(at),
        offset: Number(offset),
      }));
    case 'fate':
      return readParts(parts, [name, number15], ([producer, number]) => ({ kind, producer, number: Number(number) }));
    default:
      return null;
  }
}

const name = /^[\w.-]{1,249}$/;
const number4 = /^\d{1,4}$/;
const number9 = /^\d{1,9}$/;
const number15 = /^\d{1,15}$/;
/** What `encodeURIComponent` writes, with every `%` followed by what it needs. */
const encoded = /^(?:[\w.!~*'()-]|%[0-9A-F]{2}){1,900}$/;

function readParts(
  parts: readonly string[],
  patterns: readonly RegExp[],
  make: (parts: [string, string, string]) => Selection,
): Selection | null {
  if (parts.length !== patterns.length || !patterns.every((pattern, index) => pattern.test(parts[index] ?? '')))
    return null;
  try {
    return make([parts[0] ?? '', parts[1] ?? '', parts[2] ?? '']);
  } catch {
    // Percent signs that are no UTF-8.
    return null;
  }
}

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a !== null && b !== null && writeSelection(a) === writeSelection(b);
}
