/** The answer of `ledgerSummary`, from a state of the ledger. */
import type { LedgerPart, LedgerSummary, ProducerLedger, TopicLedger } from '../../contract/ledger.ts';
import type { LedgerState } from './ledger-state.ts';
import { funnelOf, propertiesOf, scoped, type LedgerScope } from './properties.ts';

export interface FileFacts {
  readonly dropped: number;
  readonly sizeBytes: number;
  readonly bytesMax: number;
}

export function summaryOf(state: LedgerState, scope: LedgerScope, strict: boolean, file: FileFacts): LedgerSummary {
  const part = (of: LedgerScope): LedgerPart => {
    const within = scoped(state, of, strict);
    return { funnel: funnelOf(within.cells), properties: propertiesOf(within) };
  };
  const producers = [...new Set(state.cells.map(({ producer }) => producer))].sort();
  const topics = [...new Set(state.cells.map(({ topic }) => topic))].sort();
  return {
    ...part(scope),
    firstMs: state.firstMs,
    lastMs: state.lastMs,
    producers: producers.map((producer): ProducerLedger => {
      const cells = state.cells.filter((cell) => cell.producer === producer);
      const newest = state.producers.find((each) => each.producer === producer) ?? cells.at(-1)!;
      const written = [...new Set(cells.map(({ topic }) => topic))];
      const { acks, idempotent } = newest;
      return { ...part({ ...scope, producer }), producer, acks, idempotent, topics: written };
    }),
    topics: topics.map((topic): TopicLedger => {
      const ofTopic = state.cells.filter((cell) => cell.topic === topic);
      const partitions = [...new Set(ofTopic.map(({ partition }) => partition))].filter((each) => each !== null);
      return {
        ...part({ topic }),
        topic,
        partitions: partitions
          .sort((a, b) => a - b)
          .map((partition) => ({
            partition,
            funnel: funnelOf(ofTopic.filter((cell) => cell.partition === partition)),
          })),
      };
    }),
    settled: state.cells.every(({ counts }) => counts.unread === 0 && counts.inFlight === 0),
    ...file,
  };
}
