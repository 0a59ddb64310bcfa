/** Questions to the host and live tails of records. Answers are the asker's own: nothing is kept here. */
import { defineStore } from 'pinia';
import type {
  QueryAnswers,
  QueryInput,
  QueryName,
  QueryResult,
  TailInput,
  TailUpdate,
} from '../../engine/contract/queries.ts';
import type { Dispose, LabBridge } from '../bridge/lab-bridge.ts';

export const useQueries = defineStore('queries', () => {
  let bridge: Pick<LabBridge, 'ask' | 'tail'> | null = null;

  /** Never rejects: what cannot be answered, also because the line is down, is an outcome. */
  function ask<N extends QueryName>(name: N, input: QueryInput<N>): Promise<QueryResult<QueryAnswers[N]>> {
    if (bridge !== null) return bridge.ask(name, input);
    return Promise.resolve({ ok: false, error: { code: 'not-connected', thing: name, value: '', hint: '' } });
  }

  /** Until it is disposed of. When the line breaks it goes on with the next one; counts then begin again. */
  function tail(input: TailInput, onUpdate: (update: TailUpdate) => void): Dispose {
    return bridge === null ? () => {} : bridge.tail(input, onUpdate);
  }

  return { ask, tail, attach: (line: Pick<LabBridge, 'ask' | 'tail'>) => (bridge = line) };
});
