/**
 * The world of one thread, real and with faults: lab time, the machine's disk and network. The host changes it by messages
 * of `world-messages`.
 */
import { LabClock } from '../../env/node/lab-clock.ts';
import { NodeDisk, NodeNetwork, NodeRandom, NodeTracer, type TelemetrySink } from '../../env/node/index.ts';
import { TimeCell } from '../../env/node/time-cell.ts';
import type { Env } from '../../env/index.ts';
import type { ToWorld, WorldFaults, WorldSetup } from './world-messages.ts';

export class ThreadWorld {
  readonly env: Env;
  readonly #clock: LabClock;

  /** `root` is where relative paths begin; `sink` receives the telemetry. */
  constructor(setup: WorldSetup, root: string, sink: TelemetrySink) {
    this.#clock = new LabClock(new TimeCell(setup.time));
    this.env = {
      clock: this.#clock,
      disk: new NodeDisk(root),
      network: new NodeNetwork(),
      random: new NodeRandom(),
      tracer: new NodeTracer(sink),
    };
    this.#apply(setup.faults);
  }

  receive(message: ToWorld): void {
    if (message.type === 'world-faults') this.#apply(message.faults);
    else if (message.type === 'world-time') this.#clock.paceChanged();
  }

  /** No timer fires any more. */
  close(): void {
    this.#clock.close();
  }

  #apply(faults: WorldFaults): void {
    this.#clock.setSkew(faults.skewMs);
  }
}

export function isToWorld(message: { readonly type: string }): message is ToWorld {
  return message.type.startsWith('world-');
}
