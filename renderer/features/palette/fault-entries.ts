/** Every fault that can be injected now, with the usual settings, and the way back for each that stands. */
import { faultTargetText, type FaultSpec } from '../../../engine/contract/faults.ts';
import { faultWords } from '../../../engine/contract/fault-words.ts';
import type { LabSnapshot } from '../../../engine/contract/snapshot.ts';
import {
  brokerFault,
  brokerFaultKinds,
  canBreakBroker,
  canBreakClient,
  clientFault,
  clientFaultKinds,
  defaultFaultSettings,
  linkFault,
  linkFaultKinds,
  standingFaults,
} from '../../model/faults.ts';
import type { PaletteEntry } from './entries.ts';

/** What the palette has as commands of their own. */
const commandKinds: ReadonlySet<FaultSpec['kind']> = new Set(['stop', 'kill', 'pause', 'stop-client', 'kill-client']);

export function faultEntries(snapshot: LabSnapshot): readonly PaletteEntry[] {
  return [
    ...liftEntries(snapshot),
    ...brokerSpecs(snapshot).map(injectEntry),
    ...clientSpecs(snapshot).map(injectEntry),
    ...linkSpecs(snapshot).map(injectEntry),
  ];
}

function liftEntries(snapshot: LabSnapshot): readonly PaletteEntry[] {
  const standing = standingFaults(snapshot).toReversed();
  const lifts = standing.map(({ id, spec }): PaletteEntry => ({
    id: `lift ${id}`,
    group: 'commands',
    words: ['faultsView.palette.lift', { fault: id, text: faultWords(spec).join(' ') }],
    keys: null,
    act: { type: 'command', command: { type: 'liftFault', fault: id } },
  }));
  if (standing.length < 2) return lifts;
  const all: PaletteEntry = {
    id: 'lift all',
    group: 'commands',
    words: ['command.liftAllFaults'],
    keys: null,
    act: { type: 'command', command: { type: 'liftAllFaults' } },
  };
  return [...lifts, all];
}

/** A power loss asks first: the view of faults does that. */
function injectEntry(fault: FaultSpec): PaletteEntry {
  const { kind } = fault;
  return {
    id: `fault ${faultWords(fault).join(' ')}`,
    group: 'commands',
    words: [`faultsView.palette.${kind}`, { target: 'node' in fault ? fault.node : faultTargetText(fault) }],
    keys: null,
    act:
      kind === 'power-loss'
        ? { type: 'go', path: `/faults/${fault.node}` }
        : { type: 'command', command: { type: 'injectFault', fault } },
  };
}

function brokerSpecs({ brokers }: LabSnapshot): readonly FaultSpec[] {
  return brokers.flatMap(({ id, process }) =>
    brokerFaultKinds
      .filter((kind) => !commandKinds.has(kind) && canBreakBroker(kind, process))
      .map((kind) => brokerFault(kind, id, defaultFaultSettings)),
  );
}

function clientSpecs({ producers, consumers }: LabSnapshot): readonly FaultSpec[] {
  const all = [
    ...producers.map((client) => ({ client, isConsumer: false })),
    ...consumers.map((client) => ({ client, isConsumer: true })),
  ];
  return all.flatMap(({ client, isConsumer }) =>
    clientFaultKinds
      // A consumer is frozen by a command of its own.
      .filter((kind) => !commandKinds.has(kind) && !(kind === 'freeze-client' && isConsumer))
      .filter((kind) => canBreakClient(kind, client, isConsumer))
      .map((kind) => clientFault(kind, client.id, defaultFaultSettings)),
  );
}

/** Each link once, both ways. */
function linkSpecs({ brokers, producers, consumers }: LabSnapshot): readonly FaultSpec[] {
  const nodes = brokers.map((each) => each.id);
  const ends = [...nodes, ...producers.map((each) => each.id), ...consumers.map((each) => each.id)];
  return nodes.flatMap((from, index) =>
    ends
      .slice(index + 1)
      .flatMap((to) => linkFaultKinds.map((kind) => linkFault(kind, from, to, defaultFaultSettings))),
  );
}
