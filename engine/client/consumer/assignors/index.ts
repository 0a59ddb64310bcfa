/** The assignors of `partition.assignment.strategy`. */
import type { Assignor } from './assignor.ts';
import { RangeAssignor } from './range.ts';
import { RoundRobinAssignor } from './round-robin.ts';
import { CooperativeStickyAssignor, StickyAssignor } from './sticky.ts';

export * from './assignor.ts';
export { hashOfString, javaOrder, javaStringOrder } from './java-order.ts';

/** By the simple name that the lab takes, and by the Java class. */
const makers: readonly (readonly [name: string, javaClass: string, make: () => Assignor])[] = [
  ['range', 'RangeAssignor', () => new RangeAssignor()],
  ['roundrobin', 'RoundRobinAssignor', () => new RoundRobinAssignor()],
  ['sticky', 'StickyAssignor', () => new StickyAssignor()],
  ['cooperative-sticky', 'CooperativeStickyAssignor', () => new CooperativeStickyAssignor()],
];

const javaPackage = 'org.apache.kafka.clients.consumer.';

/** Null for what is neither a protocol name (`range`) nor the full name of one of the Java client's classes. */
export function assignorNamed(name: string): Assignor | null {
  const found = makers.find(([simple, javaClass]) => name === simple || name === javaPackage + javaClass);
  return found === undefined ? null : found[2]();
}
