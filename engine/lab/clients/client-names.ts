/** Names of lab clients that the user did not name: `order-feed`, `payments-feed-2`, `billing-3`. */
import type { ClientName } from '../../contract/clients.ts';

const nameLengthMax = 64;
const feeds: Readonly<Record<string, string>> = { orders: 'order-feed' };

/** `taken` are the names of all clients. */
export function producerName(topic: string, taken: ReadonlySet<ClientName>): ClientName {
  const base = feeds[topic] ?? `${topic.slice(0, nameLengthMax - 10)}-feed`;
  if (!taken.has(base)) return base;
  return numbered(base, 2, taken);
}

/** A group id may hold any character; a client's name may not. */
export function consumerName(group: string, taken: ReadonlySet<ClientName>): ClientName {
  const base = group.slice(0, nameLengthMax - 6).replace(/[^a-zA-Z0-9._-]/g, '-');
  return numbered(base, 1, taken);
}

function numbered(base: string, from: number, taken: ReadonlySet<ClientName>): ClientName {
  for (let number = from; ; number++) {
    const name = `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}
