/** Why a fault cannot be: no such target, or a target that is not in a state for it. Pure. */
import type { ClientState } from '../../contract/clients.ts';
import type { CommandError } from '../../contract/commands.ts';
import { faultTarget, type FaultSpec, type LinkEnd } from '../../contract/faults.ts';
import { refused } from '../outcome.ts';
import type { FaultPicture } from './fault-world.ts';

const why = (code: string, thing: string, value: string, hint: string): CommandError =>
  refused(code, thing, value, hint).error;

/** Whether there is what it is about; asked also for a fault whose time has not come. */
export function whyNoTarget(spec: FaultSpec, picture: FaultPicture): CommandError | null {
  const target = faultTarget(spec);
  switch (target.on) {
    case 'broker':
      return hasBroker(target.node, picture) ? null : noBroker(target.node, picture);
    case 'client':
      return whyNoClient(spec, target.client, picture);
    case 'link':
      return whyNoLink(target.from, target.to, picture);
  }
}

function hasBroker(node: number, { brokers }: FaultPicture): boolean {
  return brokers.some((each) => each.id === node);
}

function clientNames({ producers, consumers }: FaultPicture): readonly string[] {
  return [...producers, ...consumers].map((each) => each.id);
}

function brokerWords({ brokers }: FaultPicture): string {
  return brokers.length === 0 ? 'The lab has no brokers.' : `Brokers are ${brokers.map((each) => each.id).join(', ')}.`;
}

function clientWords(picture: FaultPicture): string {
  const names = clientNames(picture);
  return names.length === 0 ? 'The lab has no clients.' : `Lab clients are ${names.join(', ')}.`;
}

function noBroker(node: number, picture: FaultPicture): CommandError {
  return why('no-such-broker', 'broker', String(node), brokerWords(picture));
}

function whyNoClient(spec: FaultSpec, client: string, picture: FaultPicture): CommandError | null {
  if (!clientNames(picture).includes(client)) {
    return why('no-such-client', 'client', client, clientWords(picture));
  }
  if (spec.kind !== 'slow-client' || picture.consumers.some((each) => each.id === client)) return null;
  return why('wrong-state', 'client', client, 'A producer has no processing time: only a consumer can be slow.');
}

function whyNoLink(from: LinkEnd, to: LinkEnd, picture: FaultPicture): CommandError | null {
  for (const end of [from, to]) {
    if (typeof end === 'number' && !hasBroker(end, picture)) return noBroker(end, picture);
    if (typeof end === 'string' && !clientNames(picture).includes(end)) {
      return why('no-such-end', 'link end', end, `${brokerWords(picture)} ${clientWords(picture)}`);
    }
  }
  if (from === to) return why('invalid', 'link', `${from} to ${to}`, 'A link has two different ends.');
  if (typeof from === 'number' || typeof to === 'number') return null;
  return why('invalid', 'link', `${from} to ${to}`, 'Clients do not talk to each other: one end is a broker.');
}

/** Whether its target is in a state for it now. The target exists. */
export function whyNotNow(spec: FaultSpec, picture: FaultPicture): CommandError | null {
  const target = faultTarget(spec);
  if (target.on === 'broker') return whyNotBroker(spec, target.node, picture);
  if (target.on === 'client') return whyNotClient(spec, target.client, picture);
  return null;
}

function whyNotBroker({ kind }: FaultSpec, node: number, { brokers }: FaultPicture): CommandError | null {
  const state = brokers.find((each) => each.id === node)?.process ?? 'stopped';
  const wrong = (hint: string): CommandError => why('wrong-state', `broker ${node}`, state, hint);
  const isGone = state === 'stopped' || state === 'killed' || state === 'failed';
  switch (kind) {
    case 'kill':
    case 'power-loss':
      return isGone ? wrong('Start it first.') : null;
    case 'stop':
      if (isGone) return wrong('Start it first.');
      return state === 'shutting-down' ? wrong('It is stopping already.') : null;
    case 'pause':
      return state === 'running' ? null : wrong('Only a running broker can be paused.');
    default:
      return null;
  }
}

function whyNotClient({ kind }: FaultSpec, client: string, picture: FaultPicture): CommandError | null {
  const state: ClientState =
    [...picture.producers, ...picture.consumers].find((each) => each.id === client)?.state ?? 'stopped';
  const wrong = (hint: string): CommandError => why('wrong-state', `client ${client}`, state, hint);
  const isGone = state === 'stopped' || state === 'killed' || state === 'failed';
  switch (kind) {
    case 'kill-client':
      return isGone ? wrong('Start it first.') : null;
    case 'stop-client':
      if (isGone) return wrong('It does not run.');
      return state === 'stopping' ? wrong('It is closing already.') : null;
    case 'freeze-client':
      return state === 'running' || state === 'starting' ? null : wrong('Only a running client can be frozen.');
    default:
      return null;
  }
}
