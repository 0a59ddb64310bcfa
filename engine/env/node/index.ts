/** The real world of one node: this machine's clock, a directory of its disk, TCP, the system's randomness. */
import type { Env } from '../env.ts';
import { NodeClock } from './node-clock.ts';
import { NodeDisk } from './node-disk.ts';
import { NodeNetwork } from './node-network.ts';
import { NodeRandom } from './node-random.ts';
import { NodeTracer, type TelemetrySink } from './node-tracer.ts';

export * from './node-clock.ts';
export * from './node-disk.ts';
export * from './node-network.ts';
export * from './node-random.ts';
export * from './node-tracer.ts';

/** `root` is where relative paths begin; `sink` receives the telemetry. */
export function nodeEnv(root: string, sink: TelemetrySink): Env {
  return {
    clock: new NodeClock(),
    disk: new NodeDisk(root),
    network: new NodeNetwork(),
    random: new NodeRandom(),
    tracer: new NodeTracer(sink),
  };
}
