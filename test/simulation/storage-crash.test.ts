/**
 * One partition's log through many lives: random appends, rolls, flushes and truncations, ended by a kill or a power
 * loss, then recovered. A kill loses nothing that was written; a power loss nothing that was flushed; and whatever is
 * there afterwards is a log: whole batches, one behind the other, with the epochs that they carry.
 */
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../engine/base/crc32c.ts';
import { utf8 } from '../../engine/base/text.ts';
import { type SeededRandom, SimWorld } from '../../engine/env/sim/index.ts';
import { BatchBuilder, ensureBatchValid, iterateBatches, noCodecs } from '../../engine/record/index.ts';
import { defaultLogConfig, LogDirectory, type LogConfig, type PartitionLog } from '../../engine/storage/index.ts';

const config: LogConfig = { ...defaultLogConfig, segmentBytes: 4000, indexIntervalBytes: 200, segmentIndexBytes: 240 };
const topicId = 'topicidtopicidtopicid0';
const livesPerSeed = 8;

interface ModelBatch {
  readonly offset: number;
  readonly next: number;
  readonly checksum: number;
}

/** What the log must hold: `batches` in all, and those below `durableEnd` even after a power loss. */
class Model {
  batches: ModelBatch[] = [];
  durableEnd = 0;

  get end(): number {
    return this.batches.at(-1)?.next ?? 0;
  }

  truncate(offset: number): void {
    this.batches = this.batches.filter(({ next }) => next <= offset);
    this.durableEnd = Math.min(this.durableEnd, this.end);
  }
}

function contentOf(log: PartitionLog): ModelBatch[] {
  const batches: ModelBatch[] = [];
  for (let at = log.logStartOffset; at < log.logEndOffset;) {
    const read = log.read(at, 100_000, 'log-end', true);
    if (read.kind !== 'records' || read.records.length === 0) throw new Error(`nothing to read at ${at}`);
    const from = at;
    for (const batch of iterateBatches(read.records)) {
      ensureBatchValid(batch);
      if (batch.baseOffset !== at) throw new Error(`batch at ${batch.baseOffset} where ${at} is due`);
      const bytes = read.records.subarray(batch.position, batch.position + batch.sizeInBytes);
      batches.push({ offset: at, next: batch.nextOffset, checksum: crc32c(bytes) });
      at = batch.nextOffset;
    }
    if (at === from) throw new Error(`no whole batch at ${at}`);
  }
  return batches;
}

class Life {
  readonly log: PartitionLog;
  readonly directory: LogDirectory;
  readonly #random: SeededRandom;
  readonly #model: Model;
  #sequence: number;

  constructor(world: SimWorld, model: Model, random: SeededRandom) {
    const { env } = world.node('broker');
    this.#model = model;
    this.#random = random;
    this.directory = LogDirectory.open({
      context: { disk: env.disk, clock: env.clock, random: env.random, tracer: env.tracer, codecs: noCodecs },
      path: 'data',
      configOf: () => config,
    });
    this.directory.load();
    this.log = this.directory.log('orders-0') ?? this.directory.createLog('orders', 0, topicId, config);
    const [producer] = this.log.activeProducers();
    this.#sequence = producer === undefined ? 0 : producer.lastSequence + 1;
  }

  step(epoch: number): void {
    const drawn = this.#random.integer(100);
    if (drawn < 80) this.#append(epoch);
    else if (drawn < 88) this.#flush();
    else if (drawn < 92) this.log.roll();
    else if (drawn < 95) this.#truncate();
    else this.directory.checkpointRecoveryPoints();
  }

  #append(epoch: number): void {
    const count = 1 + this.#random.integer(4);
    const builder = new BatchBuilder({ producerId: 7, producerEpoch: 0, baseSequence: this.#sequence });
    const timestamp = 1_750_000_000_000 + this.#sequence;
    for (let i = 0; i < count; i++) {
      builder.append({ timestamp, key: null, value: utf8('v'.repeat(this.#random.integer(300))) });
    }
    const bytes = builder.build();
    const result = this.log.appendAsLeader(bytes, epoch);
    if (result.kind !== 'appended') throw new Error(result.message);
    this.#sequence += count;
    // The log assigns offset and epoch in place, so these are the bytes that it wrote.
    this.#model.batches.push({ offset: result.firstOffset, next: result.lastOffset + 1, checksum: crc32c(bytes) });
  }

  #flush(): void {
    this.log.flush({ forceFlushActiveSegment: true });
    this.#model.durableEnd = this.#model.end;
  }

  #truncate(): void {
    const { batches } = this.#model;
    if (batches.length === 0) return;
    const back = this.#random.integer(Math.min(6, batches.length));
    const target = batches[batches.length - 1 - back]!.offset;
    this.log.truncateTo(target);
    this.#model.truncate(target);
    const [producer] = this.log.activeProducers();
    this.#sequence = producer === undefined ? 0 : producer.lastSequence + 1;
  }
}

function texts(batches: readonly ModelBatch[]): string[] {
  return batches.map(({ offset, next, checksum }) => `${offset}-${next}: ${checksum}`);
}

/** What the log holds after recovery becomes the model of the next life. */
function checkRecovered(life: Life, model: Model, lostPower: boolean): void {
  const found = contentOf(life.log);
  if (lostPower) {
    const durable = model.batches.filter(({ next }) => next <= model.durableEnd);
    expect(texts(found).slice(0, durable.length)).toEqual(texts(durable));
  } else expect(texts(found)).toEqual(texts(model.batches));
  model.batches = found;
  model.durableEnd = Math.min(model.durableEnd, model.end);
  for (const { epoch, startOffset } of life.log.epochEntries) {
    expect(epoch >= 0 && startOffset <= life.log.logEndOffset).toBe(true);
  }
}

function run(seed: number): void {
  const world = new SimWorld(seed);
  const random = world.random.fork('lives');
  const model = new Model();
  const host = world.node('broker');
  let lostPower = false;
  for (let number = 0; number < livesPerSeed; number++) {
    const life = new Life(world, model, random);
    checkRecovered(life, model, lostPower);
    const steps = random.integer(60);
    for (let step = 0; step < steps; step++) {
      life.step(number);
      world.runSync(random.pick([0, 0, 10]));
    }
    lostPower = random.chance(0.6);
    if (lostPower) host.losePower();
    else host.kill();
    host.restart();
  }
}

const seeds = Array.from({ length: 120 }, (_, index) => index + 1);

describe('a log through kills and power losses', () => {
  it.each(seeds)('keeps its promises: seed %i', (seed) => {
    expect(() => run(seed)).not.toThrow();
  });
});
