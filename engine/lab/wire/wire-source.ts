/**
 * Where diagrams take what they tell: calls of a time (joined from what threads noted), the lab's picture of a moment, and
 * events. Names of lanes come from the picture at the diagram's moment.
 */
import type { LabEvent, LabEventKind } from '../../contract/events.ts';
import type { LinkEnd } from '../../contract/faults.ts';
import type { LabSnapshot } from '../../contract/snapshot.ts';
import type { LaneId, WireCall } from '../../contract/wire.ts';
import type { Half } from './halves.ts';
import { joinHalves, type LaneNames } from './join.ts';
import { metadataTopic, metadataTopicId } from './summarize.ts';
import { readProduceOf, readWire, type WireDatabase } from './wire-file.ts';

export interface Past {
  readonly db: WireDatabase;
  /** Null when the journal does not reach there. */
  moment(atMs: number): LabSnapshot | null;
  events(input: { fromMs?: number; toMs?: number; kinds?: LabEventKind[]; limit: number }): readonly LabEvent[];
}

/** A call that was sent here cannot have been noted later than that. */
const answerMsMax = 2000;

export function nodeLane(node: number): LaneId {
  return `node-${node}`;
}

export function clientLane(name: string): LaneId {
  return `client-${name}`;
}

export class WireSource {
  readonly past: Past;
  readonly picture: LabSnapshot;
  readonly names: LaneNames;
  /** Of what was read. */
  leftOut = 0;

  /** Names are those of `picture`. */
  constructor(past: Past, picture: LabSnapshot) {
    this.past = past;
    this.picture = picture;
    this.names = laneNames(picture);
  }

  calls(fromMs: number, toMs: number): WireCall[] {
    const { halves, leftOut } = readWire(this.past.db, fromMs - answerMsMax, toMs + answerMsMax);
    this.leftOut += leftOut;
    return joinHalves(halves, this.names).filter((call) => touches(call, fromMs, toMs));
  }

  /** Produce calls that may have carried the record, newest first. */
  produceOf(topic: string, partition: number, offset: number): WireCall[] {
    const id: string | undefined = this.picture.topics.find(({ name }) => name === topic)?.topicId;
    const halves = readProduceOf(this.past.db, id === undefined ? [topic] : [topic, id], partition, offset);
    const isIt = ({ summary }: Half): boolean => {
      const subject = summary?.subjects.find(
        (each) => each.partition === partition && (each.topic === topic || each.topic === id),
      );
      return subject !== undefined && holds(subject, offset);
    };
    const found = halves.filter((half) => half.api === 'Produce' && isIt(half));
    return joinHalves(found, this.names).reverse();
  }
}

function touches({ sentMs, arrivedMs, answeredMs, receivedMs }: WireCall, fromMs: number, toMs: number): boolean {
  const times = [sentMs, arrivedMs, answeredMs, receivedMs].filter((each) => each !== null);
  return Math.max(...times) >= fromMs && Math.min(...times) <= toMs;
}

/** Whether a batch with these bounds holds the offset. */
export function holds(
  { baseOffset, lastOffset }: { readonly baseOffset: number | null; readonly lastOffset: number | null },
  offset: number,
): boolean {
  return baseOffset !== null && lastOffset !== null && baseOffset <= offset && offset <= lastOffset;
}

function laneNames({ brokers, producers, consumers, topics }: LabSnapshot): LaneNames {
  const clients = new Set([...producers, ...consumers].map(({ id }) => id));
  const nodes = new Set(brokers.map(({ id }) => id));
  const ports = new Map<number, number>();
  for (const { id, port, controllerPort } of brokers) {
    if (port !== null) ports.set(port, id);
    if (controllerPort !== null) ports.set(controllerPort, id);
  }
  const topicNames = new Map<string, string>([[metadataTopicId, metadataTopic]]);
  for (const { name, topicId } of topics) topicNames.set(topicId, name);
  return {
    laneOf: (self: LinkEnd) => (typeof self === 'number' ? nodeLane(self) : clientLane(self)),
    laneOfClient: (clientId) => {
      if (clientId !== null && clients.has(clientId)) return clientLane(clientId);
      const node = /^(?:broker-(\d+)-fetcher-\d+|raft-client-(\d+)|(\d+))$/.exec(clientId ?? '');
      const id = Number(node?.[1] ?? node?.[2] ?? node?.[3] ?? Number.NaN);
      return nodes.has(id) ? nodeLane(id) : `other-${clientId ?? 'unknown'}`;
    },
    laneOfPort: (port) => {
      const node = ports.get(port);
      return node === undefined ? null : nodeLane(node);
    },
    topicOf: (nameOrId) => topicNames.get(nameOrId) ?? nameOrId,
  };
}
