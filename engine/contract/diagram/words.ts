/**
 * The words of a drawn diagram. An exported picture is read on its own, so it has its words inside; the window hands in its
 * own language, everything else gets {@link englishWords}. Kafka's names are not translated.
 */
import type { SpaceTimeLane, SpaceTimeMark, SpaceTimeStep, SpaceTimeWait, WireCall, WireSubject } from '../wire.ts';
import { bytes, duration, grouped } from './format.ts';

export interface Told {
  readonly title: string;
  readonly detail: string;
}

export interface DiagramWords {
  /** `broker 2`, `order-feed`, and below it `leader, epoch 5`. */
  lane(lane: SpaceTimeLane): { readonly name: string; readonly role: string };
  /** `Produce v13`, and below it `3 records, 176 B · 0.32 ms`. */
  request(call: WireCall): Told;
  response(call: WireCall): Told;
  /** `appended by leader 2`, and below it `LEO 176 989`. */
  mark(mark: SpaceTimeMark): Told;
  /** Above a milestone's line: `acked`. */
  milestone(mark: SpaceTimeMark): string;
  wait(wait: SpaceTimeWait): string;
  /** `4.8 ms cut`. */
  cut(duration: string): string;
}

/** The parts of sentences that differ between languages; everything else is put together by {@link diagramWords}. */
export interface DiagramLexicon {
  readonly broker: (node: string) => string;
  readonly roles: Readonly<Record<NonNullable<SpaceTimeLane['role']>, string>>;
  readonly epoch: (epoch: number) => string;
  readonly generation: (generation: number) => string;
  readonly records: (count: number) => string;
  readonly response: (api: string) => string;
  readonly noError: string;
  readonly unanswered: string;
  readonly from: (offset: string) => string;
  readonly milestones: Readonly<Partial<Record<SpaceTimeStep, string>>>;
  readonly marks: Readonly<Record<SpaceTimeStep, (args: MarkArgs) => Told>>;
  readonly waits: Readonly<Record<SpaceTimeWait['kind'], string>>;
  readonly cut: (duration: string) => string;
}

/** Arguments of a mark as text: numbers in groups. */
export type MarkArgs = Readonly<Record<string, string>>;

export function diagramWords(lexicon: DiagramLexicon): DiagramWords {
  const join = (parts: readonly (string | null)[]): string =>
    parts.filter((part) => part !== null && part !== '').join(' · ');
  return {
    lane: ({ kind, name, role, epoch, group, label }) => ({
      name: kind === 'node' ? lexicon.broker(name) : label === null ? name : `${label} ${name}`,
      role: [role === null ? '' : lexicon.roles[role], epoch === null ? '' : lexicon.epoch(epoch), group ?? '']
        .filter((part) => part !== '')
        .join(', '),
    }),
    request: (call) => ({
      title: `${call.api} v${call.version}${fetchedFrom(call, lexicon)}`,
      detail: join([carried(call, lexicon, 'request'), flightTime(call.sentMs, call.arrivedMs), lost(call, lexicon)]),
    }),
    response: (call) => ({
      title: lexicon.response(call.api),
      detail: join([
        call.error ?? carried(call, lexicon, 'response') ?? lexicon.noError,
        flightTime(call.answeredMs, call.receivedMs),
      ]),
    }),
    mark: ({ step, args }) => lexicon.marks[step](textArgs(args, lexicon)),
    milestone: (mark) => lexicon.milestones[mark.step] ?? lexicon.marks[mark.step](textArgs(mark.args, lexicon)).title,
    wait: ({ kind, fromMs, toMs }) => `${lexicon.waits[kind]} ${duration(toMs - fromMs)}`,
    cut: lexicon.cut,
  };
}

/** Names that are numbers and no amounts: they are written as they are. */
const plain = new Set(['node', 'leader', 'partition', 'epoch', 'generation', 'members', 'version']);

/** `who` is a node or a client as it is called. */
function textArgs(args: SpaceTimeMark['args'], { broker }: DiagramLexicon): MarkArgs {
  const node = String(args['node'] ?? '');
  const told = Object.fromEntries(
    Object.entries(args).map(([name, value]) => [
      name,
      typeof value === 'string' || plain.has(name)
        ? String(value)
        : name.endsWith('Ms')
          ? duration(value)
          : grouped(value),
    ]),
  );
  return { ...told, who: /^\d+$/.test(node) ? broker(node) : node };
}

function flightTime(fromMs: number | null, toMs: number | null): string | null {
  return fromMs === null || toMs === null ? null : duration(Math.max(0, toMs - fromMs));
}

function lost(
  { arrivedMs, answeredMs, receivedMs, error, oneWay }: WireCall,
  { unanswered }: DiagramLexicon,
): string | null {
  if (oneWay || answeredMs !== null || (receivedMs !== null && error === null)) return null;
  return error ?? (arrivedMs === null || receivedMs === null ? unanswered : null);
}

function only(subjects: readonly WireSubject[]): WireSubject | null {
  return subjects.length === 1 ? subjects[0]! : null;
}

function fetchedFrom({ api, subjects }: WireCall, { from }: DiagramLexicon): string {
  const offset = api === 'Fetch' ? (only(subjects)?.fetchOffset ?? null) : null;
  return offset === null ? '' : ` ${from(grouped(offset))}`;
}

/** Records travel with a Produce request and with a Fetch response. */
function carried(
  { api, subjects, requestBytes, group }: WireCall,
  lexicon: DiagramLexicon,
  part: 'request' | 'response',
): string | null {
  const withRecords = part === 'request' ? 'Produce' : 'Fetch';
  if (api === withRecords) {
    const records = subjects.reduce((sum, { records: count }) => sum + (count ?? 0), 0);
    const size =
      part === 'request' ? (requestBytes ?? 0) : subjects.reduce((sum, { bytes: count }) => sum + (count ?? 0), 0);
    if (records > 0) return `${lexicon.records(records)}, ${bytes(size)}`;
    const mark = only(subjects)?.highWatermark ?? null;
    return part === 'response' && mark !== null ? `HW ${grouped(mark)}` : null;
  }
  if (part === 'request' && api === 'OffsetCommit') {
    const one = only(subjects);
    return one === null || one.committed === null ? null : `${one.topic}-${one.partition} = ${grouped(one.committed)}`;
  }
  return part === 'request' && group !== null && group.generation !== null && group.generation >= 0
    ? lexicon.generation(group.generation)
    : null;
}

const english: DiagramLexicon = {
  broker: (node) => `broker ${node}`,
  roles: {
    leader: 'leader',
    follower: 'follower',
    controller: 'controller',
    coordinator: 'coordinator',
    producer: 'producer',
    consumer: 'consumer',
  },
  epoch: (epoch) => `epoch ${epoch}`,
  generation: (generation) => `generation ${generation}`,
  records: (count) => (count === 1 ? '1 record' : `${grouped(count)} records`),
  response: (api) => `${api} response`,
  noError: 'no error',
  unanswered: 'no answer',
  from: (offset) => `@${offset}`,
  milestones: {
    sent: 'sent',
    'appended-leader': 'appended',
    'high-watermark': 'replicated',
    acked: 'acked',
    refused: 'refused',
    read: 'read',
    committed: 'committed',
    'rebalance-began': 'began',
    generation: 'generation',
    'rebalance-over': 'stable',
    'last-heard': 'last heard',
    fenced: 'fenced',
    'vote-asked': 'candidate',
    elected: 'elected',
    'first-produce': 'writes again',
  },
  marks: {
    sent: ({ detail = '' }) => ({ title: 'send()', detail }),
    drained: ({ records = '', reason = '' }) => ({
      title: 'batch drained',
      detail: join2(amount(records, 'record'), reason),
    }),
    'appended-leader': ({ node, logEnd }) => ({
      title: `appended by leader ${node}`,
      detail: logEnd === undefined ? '' : `LEO ${logEnd}`,
    }),
    'appended-follower': ({ node }) => ({ title: `appended by ${node}`, detail: 'its next Fetch tells the leader' }),
    'high-watermark': ({ highWatermark, isr }) => ({
      title: `high watermark ${highWatermark}`,
      detail: isr === undefined ? '' : `ISR ${isr} all have it`,
    }),
    acked: ({ acks }) => ({ title: 'acked', detail: acks === undefined ? '' : `acks=${acks}` }),
    refused: ({ error }) => ({ title: 'refused', detail: error ?? '' }),
    read: ({ client, records }) => ({
      title: `read by ${client}`,
      detail: records === undefined ? '' : amount(records, 'record'),
    }),
    processed: ({ client }) => ({ title: `processed by ${client}`, detail: '' }),
    committed: ({ client, offset, partition }) => ({
      title: `committed by ${client}`,
      detail: `${partition} = ${offset}`,
    }),
    'rebalance-began': ({ reason }) => ({ title: 'rebalance began', detail: reason ?? '' }),
    'told-to-rejoin': ({ client, error }) => ({ title: `${client} is told`, detail: error ?? '' }),
    left: ({ client }) => ({ title: `${client} left`, detail: 'LeaveGroup' }),
    joined: ({ client }) => ({ title: `${client} joins`, detail: 'JoinGroup' }),
    generation: ({ generation, members }) => ({
      title: `generation ${generation}`,
      detail: members === undefined ? '' : amount(members, 'member'),
    }),
    'assignment-sent': ({ client }) => ({ title: `assignment by ${client}`, detail: 'SyncGroup of the group leader' }),
    assigned: ({ client }) => ({ title: `${client} has its assignment`, detail: '' }),
    'rebalance-over': ({ generation }) => ({
      title: 'rebalance over',
      detail: generation === undefined ? '' : `generation ${generation}`,
    }),
    'last-heard': ({ node }) => ({ title: `last heard of ${node}`, detail: 'BrokerHeartbeat' }),
    fenced: ({ node }) => ({ title: `broker ${node} fenced`, detail: '' }),
    'vote-asked': ({ who, epoch }) => ({ title: `${who} asks for votes`, detail: `epoch ${epoch}` }),
    'vote-won': ({ node, voter }) => ({ title: `vote of ${voter}`, detail: `for ${node}` }),
    elected: ({ leader, epoch }) => ({
      title: `leader ${leader}`,
      detail: epoch === undefined ? '' : `epoch ${epoch}`,
    }),
    learned: ({ who }) => ({ title: `${who} learns it`, detail: '' }),
    'first-fetch': ({ who, leader }) => ({ title: `${who} fetches from ${leader}`, detail: 'first one' }),
    'first-produce': ({ client, leader }) => ({ title: `${client} writes to ${leader}`, detail: 'first one accepted' }),
  },
  waits: {
    accumulator: 'accumulator',
    'in-flight': 'in flight',
    append: 'append',
    'delayed-produce': 'DelayedProduce waits',
    'delayed-fetch': 'DelayedFetch waits',
    processing: 'processing',
    'delayed-join': 'DelayedJoin waits',
    session: 'session runs out',
  },
  cut: (text) => `${text} cut`,
};

function amount(count: string, unit: string): string {
  return `${count} ${unit}${count === '1' ? '' : 's'}`;
}

function join2(first: string, second: string): string {
  return second === '' ? first : `${first}, ${second}`;
}

export const englishWords: DiagramWords = diagramWords(english);
