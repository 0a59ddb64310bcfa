import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../env/sim/index.ts';
import { emptyMetadataImage } from '../../metadata/index.ts';
import type { BrokerRegistration } from '../../metadata/index.ts';
import { brokerRecord, directoryOf, imageAfter } from '../view.testkit.ts';
import { placeReplicas } from './placement.ts';

type Broker = Partial<BrokerRegistration> & { readonly id: number };

function place(brokers: readonly Broker[], count: number, factor: number, seed = 1) {
  const image = imageAfter(
    emptyMetadataImage,
    brokers.map(({ id, ...fields }) => brokerRecord(id, fields)),
  );
  return placeReplicas(image.cluster.brokers.values(), count, factor, new SeededRandom(seed));
}

const three: Broker[] = [{ id: 1 }, { id: 2 }, { id: 3 }];

describe('placement of replicas', () => {
  it('gives each broker as many leaders and replicas as the others', () => {
    for (let seed = 0; seed < 20; seed++) {
      const placed = place(three, 6, 2, seed) as number[][];
      const count = (pick: (replicas: number[]) => number[]) =>
        [1, 2, 3].map((id) => placed.flatMap(pick).filter((it) => it === id).length);
      expect(count((replicas) => replicas.slice(0, 1))).toEqual([2, 2, 2]);
      expect(count((replicas) => replicas)).toEqual([4, 4, 4]);
    }
  });

  it('never puts two replicas of a partition on one broker', () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const replicas of place([...three, { id: 4 }, { id: 5, rack: 'b' }], 11, 3, seed) as number[][]) {
        expect(new Set(replicas).size).toBe(3);
      }
    }
  });

  it('spreads each partition over the racks', () => {
    const brokers = [1, 2, 3, 4, 5, 6].map((id) => ({ id, rack: `rack-${id % 3}` }));
    for (const replicas of place(brokers, 12, 3) as number[][]) {
      expect(new Set(replicas.map((id) => id % 3)).size).toBe(3);
    }
  });

  it('lets fenced brokers hold replicas but not the first', () => {
    for (let seed = 0; seed < 20; seed++) {
      for (const replicas of place([{ id: 1 }, { id: 2, fenced: true }, { id: 3 }], 5, 3, seed) as number[][]) {
        expect([...replicas].sort()).toEqual([1, 2, 3]);
        expect(replicas[0]).not.toBe(2);
      }
    }
  });

  it('places nothing on brokers that shut down or whose directories are all cordoned', () => {
    const leaving = { id: 3, inControlledShutdown: true };
    for (const replicas of place([{ id: 1 }, { id: 2 }, leaving], 5, 2) as number[][])
      expect(replicas).not.toContain(3);
    const cordoned = { ...brokerOf(2), cordonedLogDirs: [directoryOf(2)] };
    expect(placeReplicas([brokerOf(1), cordoned], 1, 2, new SeededRandom(1))).toHaveProperty('impossible');
  });

  it('places many partitions on a single broker', () => {
    expect(place([{ id: 7 }], 3, 1)).toEqual([[7], [7], [7]]);
  });

  it.each([
    [three, 0, 'Invalid replication factor 0: the replication factor must be positive.'],
    [
      three,
      4,
      'The target replication factor of 4 cannot be reached because only 3 broker(s) are registered or some brokers have all their log directories cordoned.',
    ],
    [[{ id: 1, fenced: true }], 1, 'All brokers are currently fenced, or have all their log directories cordoned.'],
    [[], 1, 'All brokers are currently fenced, or have all their log directories cordoned.'],
  ])('says why it cannot: %#', (brokers, factor, impossible) => {
    expect(place(brokers, 1, factor)).toEqual({ impossible });
  });
});

function brokerOf(id: number): BrokerRegistration {
  return imageAfter(emptyMetadataImage, [brokerRecord(id)]).cluster.brokers.get(id)!;
}
