/** A lab whose random life is published as a host publishes it: for tests that compare the past with what was told then. */
import type { LabDelta } from '../../contract/delta.ts';
import { applyDelta } from '../../contract/delta.ts';
import { diffSnapshots, heartbeatDelta } from '../../contract/diff.ts';
import type { LabEvent } from '../../contract/events.ts';
import { eventTailMax, type LabSnapshot } from '../../contract/snapshot.ts';
import {
  brokerView,
  consumerView,
  eventOf,
  labSnapshot,
  partitionView,
  producerView,
  topicView,
} from '../../contract/snapshot.testkit.ts';
import { SeededRandom } from '../../env/sim/index.ts';
import type { Random } from '../../env/random.ts';

const testQuorum = labSnapshot().quorum!;

export class RandomHistory {
  readonly random: Random;
  /** Every picture that was published, in order; the first one is what the journal starts with. */
  readonly published: LabSnapshot[] = [labSnapshot({ events: [], eventCount: 0 })];
  readonly events: LabEvent[] = [];
  #nextPartition = 100;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  get now(): LabSnapshot {
    return this.published.at(-1)!;
  }

  /** Changes some of it, up to a quarter of a second later, and publishes that. */
  step(): LabDelta {
    const was = this.now;
    let next: LabSnapshot = { ...was, sampledMs: was.sampledMs + this.random.integer(250) };
    for (let changes = this.random.integer(4); changes > 0; changes--) next = this.#change(next);
    const delta = diffSnapshots(was, next) ?? heartbeatDelta(was, next.sampledMs);
    // As it travels, so that the journal sees no object of the history's.
    const travelled = JSON.parse(JSON.stringify(delta)) as LabDelta;
    this.published.push(applyDelta(was, travelled));
    return travelled;
  }

  #change(lab: LabSnapshot): LabSnapshot {
    const pick = <T>(list: readonly T[]): number => this.random.integer(list.length);
    switch (this.random.integer(9)) {
      case 0:
        return { ...lab, partitions: replaced(lab.partitions, pick(lab.partitions), (each) => this.#grown(each)) };
      case 1: {
        const process = this.random.integer(2) === 0 ? 'killed' : 'running';
        return { ...lab, brokers: replaced(lab.brokers, pick(lab.brokers), (each) => ({ ...each, process })) };
      }
      case 2:
        return {
          ...lab,
          partitions: replaced(lab.partitions, pick(lab.partitions), (each) => ({
            ...each,
            leaderEpoch: each.leaderEpoch + 1,
            leader: 1 + this.random.integer(3),
            isr: this.random.integer(2) === 0 ? [1, 2] : [1, 2, 3],
          })),
        };
      case 3:
        return this.#toggledTopic(lab);
      case 4:
        return this.#withEvents(lab);
      case 5: {
        const id = `feed-${this.random.integer(3)}`;
        const there = lab.producers.some((each) => each.id === id);
        const producers = there ? lab.producers.filter((each) => each.id !== id) : [...lab.producers, producerView(id)];
        return { ...lab, producers };
      }
      case 6: {
        const consumed = this.random.integer(10_000);
        const consumers = lab.consumers.map((each) => ({ ...each, consumed, sampledMs: lab.sampledMs }));
        return { ...lab, consumers: this.random.integer(5) === 0 ? [consumerView('billing-9')] : consumers };
      }
      case 7:
        return {
          ...lab,
          quorum: this.random.integer(6) === 0 ? null : { ...testQuorum, highWatermark: this.random.integer(1e6) },
        };
      default: {
        const sampled = replaced(lab.brokers, pick(lab.brokers), (each) => ({ ...each, sampledMs: lab.sampledMs }));
        return { ...lab, brokers: lab.brokers.length === 3 ? [...sampled, brokerView(4)] : sampled.slice(0, 3) };
      }
    }
  }

  #grown(partition: LabSnapshot['partitions'][number]): LabSnapshot['partitions'][number] {
    const more = 1 + this.random.integer(500);
    const logs = partition.logs.map((log) => ({ ...log, logEndOffset: (log.logEndOffset ?? 0) + more }));
    return { ...partition, logs };
  }

  #toggledTopic(lab: LabSnapshot): LabSnapshot {
    const name = `topic-${this.random.integer(2)}`;
    if (lab.topics.some((each) => each.name === name)) {
      return {
        ...lab,
        topics: lab.topics.filter((each) => each.name !== name),
        partitions: lab.partitions.filter((each) => each.topic !== name),
      };
    }
    const topics = [...lab.topics, topicView(name, { topicId: `id-${this.#nextPartition}` })];
    const order = topics.sort((a, b) => Number(a.internal) - Number(b.internal) || (a.name < b.name ? -1 : 1));
    const partitions = [...lab.partitions, partitionView(this.#nextPartition++, name, 0)];
    const rank = (topic: string): number => order.findIndex((each) => each.name === topic);
    return {
      ...lab,
      topics: order,
      partitions: partitions.sort((a, b) => rank(a.topic) - rank(b.topic) || a.partition - b.partition),
    };
  }

  #withEvents(lab: LabSnapshot): LabSnapshot {
    const kinds = ['batches-sent', 'isr-shrunk', 'offsets-committed', 'leader-changed', 'log'] as const;
    const fresh = Array.from({ length: 1 + this.random.integer(40) }, (_, index) =>
      eventOf(lab.eventCount + index + 1, {
        atMs: lab.sampledMs,
        kind: kinds[this.random.integer(kinds.length)]!,
        args: { topic: `topic-${index}`, partition: index },
      }),
    );
    this.events.push(...fresh);
    const events = [...lab.events, ...fresh].slice(-eventTailMax);
    return { ...lab, events, eventCount: lab.eventCount + fresh.length };
  }
}

function replaced<T>(list: readonly T[], index: number, change: (each: T) => T): readonly T[] {
  return list.map((each, at) => (at === index ? change(each) : each));
}
