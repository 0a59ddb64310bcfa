/** A lab producer with its workload, as its thread runs it. */
import {
  ExpressionPartitioner,
  type AccumulatorSample,
  type ProducerEvent,
  type ProducerSample,
} from '../../client/index.ts';
import { parseRows } from '../../contract/templates/index.ts';
import { reportedProducer } from '../ledger/client-reports.ts';
import type { ClientRole, ProducerNumbers } from './client-messages.ts';
import { ProducerWorkload } from './producer-workload.ts';
import { RecordMaker } from './record-maker.ts';
import { sampleAgeMsMax, type RunningClient, type RunningClientOptions } from './running-client.ts';

type ProducerRole = Extract<ClientRole, { kind: 'producer' }>;

/** Throws a ConfigException. */
export function runProducer(role: ProducerRole, options: RunningClientOptions<ProducerEvent>): RunningClient {
  const { settings, keyFileText } = role;
  const { env, codecs, configs, random, post } = options;
  let failedInBatches = 0;
  let failedAlone = 0;
  const producer = reportedProducer(options.ledger, {
    env,
    codecs,
    configs,
    ...(settings.partitioner === 'custom'
      ? { partitioner: new ExpressionPartitioner(settings.partitionExpression) }
      : {}),
    onEvent: (event) => {
      if (event.kind === 'batch-failed') failedInBatches += event.records;
      options.onEvent(event);
    },
  });
  const rows = settings.keyFile === null ? [] : parseRows(keyFileText ?? '', settings.keyFile.format).rows;
  const workload = new ProducerWorkload(settings, {
    clock: env.clock,
    records: new RecordMaker(random, rows),
    producer,
  });
  const sampler = new ProducerSampler();
  const { effective, notices } = producer.sample();
  post({ type: 'configured', effective, notices });
  workload.start();

  /** Records that never got into a batch (no metadata, no memory, too large) have no event of their own. */
  function tellFailedAlone({ totals, lastError }: ProducerSample): void {
    const alone = totals.failed - failedInBatches;
    if (alone > failedAlone && lastError !== null) options.onFault('Producer', lastError.code, lastError.message);
    failedAlone = Math.max(alone, failedAlone);
  }

  return {
    sample() {
      const sample = producer.sample();
      if (sampler.becomesReady(sample)) post({ type: 'ready' });
      tellFailedAlone(sample);
      const atMs = Math.floor(env.clock.precise());
      const news = sampler.newsOf(atMs, sample, workload);
      if (news !== null) post({ type: 'producer', atMs, sample: news });
    },
    change(role: ClientRole) {
      if (role.kind === 'producer') workload.change(role.settings);
    },
    async close(limitMs) {
      workload.stop();
      await producer.close(limitMs);
    },
  };
}

/** What of a sample the host has not heard: accumulators that changed; nothing at all when everything stands. */
export class ProducerSampler {
  #postedMs = Number.NEGATIVE_INFINITY;
  #isReady = false;
  #last: ProducerSample | null = null;
  readonly #accumulators = new Map<string, AccumulatorSample>();

  becomesReady(sample: ProducerSample): boolean {
    if (this.#isReady || !sample.ready) return false;
    this.#isReady = true;
    return true;
  }

  newsOf(
    atMs: number,
    sample: ProducerSample,
    { noticed, heldMs }: Pick<ProducerWorkload, 'noticed' | 'heldMs'>,
  ): ProducerNumbers | null {
    const { effective: _effective, notices: _notices, ready: _ready, blockedSends: _blockedSends, ...numbers } = sample;
    const accumulators = sample.accumulators.filter((each) => this.#isNew(each));
    const last = this.#last;
    const stands = last !== null && accumulators.length === 0 && sameNumbers(last, sample);
    if (stands && atMs - this.#postedMs < sampleAgeMsMax) return null;
    this.#last = sample;
    this.#postedMs = atMs;
    return { ...numbers, noticed, heldMs, accumulators };
  }

  #isNew(accumulator: AccumulatorSample): boolean {
    const key = `${accumulator.topic}-${accumulator.partition}`;
    const was = this.#accumulators.get(key);
    if (was !== undefined && sameAccumulator(was, accumulator)) return false;
    this.#accumulators.set(key, accumulator);
    return true;
  }
}

function sameNumbers(a: ProducerSample, b: ProducerSample): boolean {
  return (
    a.totals.sent === b.totals.sent &&
    a.totals.acknowledged === b.totals.acknowledged &&
    a.totals.failed === b.totals.failed &&
    a.totals.retries === b.totals.retries &&
    a.inFlightRequests === b.inFlightRequests &&
    a.bufferBytes === b.bufferBytes &&
    a.producerId === b.producerId &&
    a.producerEpoch === b.producerEpoch &&
    a.lastError?.atMs === b.lastError?.atMs
  );
}

function sameAccumulator(a: AccumulatorSample, b: AccumulatorSample): boolean {
  return (
    a.batchBytes === b.batchBytes &&
    a.batchRecords === b.batchRecords &&
    a.waitingBatches === b.waitingBatches &&
    a.inFlightBatches === b.inFlightBatches &&
    a.retrying === b.retrying &&
    a.lastSent?.atMs === b.lastSent?.atMs &&
    a.ackMs === b.ackMs &&
    a.error === b.error &&
    a.lastOffset === b.lastOffset &&
    a.appended === b.appended &&
    a.acknowledged === b.acknowledged &&
    a.failed === b.failed &&
    a.retries === b.retries &&
    a.reordered === b.reordered &&
    a.sequence?.last === b.sequence?.last
  );
}
