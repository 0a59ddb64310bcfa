/** Answers of a real lab, and random ones of every shape, for tests of the drawn diagram. */
import { readFileSync } from 'node:fs';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import type { SpaceTime, SpaceTimeKind, SpaceTimeLane, WireCall } from '../wire.ts';

const file = new URL('./recorded-answers.ndjson', import.meta.url);

/** One of each kind but `span`, and the quorum's election besides. */
export function recordedAnswers(): SpaceTime[] {
  return readFileSync(file, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as SpaceTime);
}

export function recordedAnswer(kind: SpaceTimeKind): SpaceTime {
  const found = recordedAnswers().find(({ about }) => about.kind === kind);
  if (found === undefined) throw new Error(`there is no recorded ${kind}`);
  return found;
}

const epochMs = 1_750_000_000_000;

export function randomAnswer(seed: number): SpaceTime {
  const random = new SeededRandom(seed);
  const lanes = Array.from({ length: 1 + random.integer(9) }, (_, index): SpaceTimeLane => {
    const isNode = random.next() < 0.6;
    const name = isNode ? String(index + 1) : `client ${'x'.repeat(random.integer(12))}${index}`;
    return {
      id: isNode ? `node-${name}` : `client-${name}`,
      kind: isNode ? 'node' : 'client',
      name,
      role: null,
      epoch: null,
      group: null,
      label: null,
    };
  });
  const spanMs = 10 ** random.integer(6);
  const bursts = Array.from({ length: 1 + random.integer(6) }, () => random.next() * spanMs);
  const calls = Array.from({ length: random.integer(80) }, (_, id) => randomCall(random, id, lanes, bursts));
  const marks = Array.from({ length: random.integer(14) }, (_, index) => ({
    number: index + 1,
    step: (['sent', 'acked', 'committed', 'joined', 'elected', 'fenced'] as const)[random.integer(6)]!,
    lane: lanes[random.integer(lanes.length)]!.id,
    atMs: epochMs + bursts[random.integer(bursts.length)]! + random.next() * 3,
    args: { client: 'c1', node: 1, leader: 2, epoch: 3, acks: 'all', partition: 'a-0', offset: 5 },
    call: calls.length === 0 ? null : random.integer(calls.length),
  }));
  return {
    about: { kind: 'span', fromMs: epochMs, toMs: epochMs + spanMs },
    originMs: epochMs,
    fromMs: epochMs,
    toMs: epochMs + spanMs,
    lanes,
    calls,
    marks,
    waits: [],
    budgets: [],
    record: null,
    leftOut: 0,
    truncated: false,
  };
}

function randomCall(
  random: SeededRandom,
  id: number,
  lanes: readonly SpaceTimeLane[],
  bursts: readonly number[],
): WireCall {
  const sentMs = epochMs + bursts[random.integer(bursts.length)]! + random.next() * 5;
  const arrivedMs = sentMs + random.next() * (random.next() < 0.1 ? 300 : 2);
  const answeredMs = arrivedMs + random.next() * (random.next() < 0.3 ? 500 : 3);
  const receivedMs = answeredMs + random.next() * 2;
  const maybe = (ms: number): number | null => (random.next() < 0.15 ? null : ms);
  const error = random.next() < 0.1 ? 'ECONNRESET' : null;
  return {
    id,
    from: lanes[random.integer(lanes.length)]!.id,
    to: lanes[random.integer(lanes.length)]!.id,
    api: ['Produce', 'Fetch', 'Vote', 'OffsetCommit'][random.integer(4)]!,
    version: random.integer(18),
    correlationId: id,
    class: 'data',
    sentMs: maybe(sentMs),
    arrivedMs,
    handledMs: arrivedMs,
    answeredMs: maybe(answeredMs),
    receivedMs: maybe(receivedMs),
    requestBytes: 100,
    responseBytes: 100,
    error,
    oneWay: random.next() < 0.05,
    subjects: [],
    group: null,
    fields: {},
  };
}
