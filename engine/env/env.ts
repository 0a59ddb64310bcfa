/** The outside world of one node. Nothing in the engine's core reaches further than this. */
import type { Clock } from './clock.ts';
import type { Disk } from './disk.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import type { Tracer } from './tracer.ts';
import type { WireTap } from './wire-tap.ts';

export interface Env {
  readonly clock: Clock;
  readonly disk: Disk;
  readonly network: Network;
  readonly random: Random;
  readonly tracer: Tracer;
  /** Left out: nobody listens. */
  readonly wire?: WireTap;
}
