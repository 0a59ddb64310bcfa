/**
 * Which brokers a lab has and where they listen. A new lab takes the ports that are asked for, or those that are free
 * from 9092 on; a known one keeps its ports where they are free. A port that was asked for is never replaced by another.
 */
import { LabStartError, randomUuid, type BrokerEntry, type LabFile } from './lab-directory.ts';
import { isFree, nextFree } from './ports.ts';

export const defaultFirstPort = 9092;
/** Voters of a new lab's quorum; brokers beyond it have no vote. */
const votersMax = 3;
/** A controller listens this far above its broker, where that port is free. */
const controllerPortStep = 100;

/** Of a new lab. `port`: of its first broker, null for any. Throws {@link LabStartError}. */
export async function newRoster(count: number, port: number | null): Promise<LabFile> {
  const taken = new Set<number>();
  const brokers: BrokerEntry[] = [];
  for (let id = 1; id <= count; id++) {
    const brokerPort = await choosePort((port ?? defaultFirstPort) + id - 1, port !== null, taken);
    const controllerPort = id <= votersMax ? await nextFree(brokerPort + controllerPortStep, taken) : null;
    brokers.push({ id, port: brokerPort, controllerPort, directoryId: randomUuid() });
  }
  return { version: 1, clusterId: randomUuid(), createdMs: Date.now(), portsPinned: port !== null, brokers };
}

/** A known lab's, with ports that can be had now. Throws {@link LabStartError}. */
export async function settledRoster(known: LabFile, port: number | null): Promise<LabFile> {
  const portsPinned = port !== null || known.portsPinned;
  const taken = new Set<number>();
  const brokers: BrokerEntry[] = [];
  for (const entry of known.brokers) {
    const wanted = port === null ? entry.port : port + entry.id - 1;
    const brokerPort = await choosePort(wanted, portsPinned, taken);
    const controllerPort = entry.controllerPort === null ? null : await nextFree(entry.controllerPort, taken);
    brokers.push({ ...entry, port: brokerPort, controllerPort });
  }
  return { ...known, portsPinned, brokers };
}

/** The next broker of a lab: the next id, the next free port, no vote. */
export async function oneMore(file: LabFile): Promise<BrokerEntry> {
  const id = Math.max(...file.brokers.map((entry) => entry.id)) + 1;
  const taken = new Set(file.brokers.flatMap((entry) => [entry.port, entry.controllerPort ?? entry.port]));
  const port = await nextFree(Math.max(...file.brokers.map((entry) => entry.port)) + 1, taken);
  return { id, port, controllerPort: null, directoryId: randomUuid() };
}

async function choosePort(wanted: number, pinned: boolean, taken: Set<number>): Promise<number> {
  if (!pinned) return nextFree(wanted, taken);
  if (taken.has(wanted) || !(await isFree(wanted))) throw portInUse(wanted);
  taken.add(wanted);
  return wanted;
}

export function portInUse(port: number): LabStartError {
  const hint = 'is in use by another program. End that program, or start the lab with another --port.';
  return new LabStartError('port-in-use', 'port', `127.0.0.1:${port}`, hint);
}
