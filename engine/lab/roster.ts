/**
 * Which brokers a lab has and where they listen. A new lab takes the ports that are asked for, or those that are free
 * from 9092 on; a known one keeps its ports where they are free. A port that was asked for is never replaced by another.
 */
import { LabStartError, randomUuid, type BrokerEntry, type LabFile } from './lab-directory.ts';
import { isFree, nextFree } from './ports.ts';

export const defaultFirstPort = 9092;
/** Voters of a new lab's quorum; brokers beyond it have no vote. */
const votersMax = 3;
/**
 * A controller listens this far above its broker, where that port is free. No round number: labs that stand side by side
 * on ports of the users' choosing (9092, 9192, 19092) do not take each other's.
 */
const controllerPortStep = 1071;
/** Above it the step goes down, not up. */
const highestStepped = 64_000;

/** Of a new lab. `port`: of its first broker, null for any. Throws {@link LabStartError}. */
export async function newRoster(count: number, port: number | null): Promise<LabFile> {
  const taken = new Set<number>();
  const brokers: BrokerEntry[] = [];
  for (let id = 1; id <= count; id++) {
    const brokerPort = await choosePort((port ?? defaultFirstPort) + id - 1, port !== null, taken);
    brokers.push({ id, port: brokerPort, controllerPort: null, directoryId: randomUuid() });
  }
  // When all brokers have theirs, so that no controller sits on a port that a broker must have.
  for (const [index, entry] of brokers.entries()) {
    if (entry.id > votersMax) continue;
    const step = entry.port + controllerPortStep > highestStepped ? -controllerPortStep : controllerPortStep;
    brokers[index] = { ...entry, controllerPort: await nextFree(entry.port + step, taken) };
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
    brokers.push({ ...entry, port: await choosePort(wanted, portsPinned, taken) });
  }
  for (const [index, entry] of brokers.entries()) {
    if (entry.controllerPort === null) continue;
    brokers[index] = { ...entry, controllerPort: await nextFree(entry.controllerPort, taken) };
  }
  return { ...known, portsPinned, brokers };
}

/** Another broker of a lab, without a vote: `id`, or the next one; on the port that the order of ids gives it, or the next free one. */
export async function oneMore(file: LabFile, id: number | null = null): Promise<BrokerEntry> {
  const last = file.brokers.reduce((a, b) => (a.id > b.id ? a : b));
  const number = id ?? last.id + 1;
  const taken = new Set(file.brokers.flatMap((entry) => [entry.port, entry.controllerPort ?? entry.port]));
  const port = await nextFree(Math.max(last.port + number - last.id, 1024), taken);
  return { id: number, port, controllerPort: null, directoryId: randomUuid() };
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
