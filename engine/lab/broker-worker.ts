/**
 * The thread of one broker: builds its world (`world/`), starts the node in it, and posts its telemetry. A pause
 * is this thread standing still: timers, sockets and heartbeats of the node wait with it.
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../base/assert.ts';
import type { TelemetryEvent } from '../base/telemetry.ts';
import { DiskError, type Env } from '../env/index.ts';
import { nodeCodecs } from '../env/node/compression.ts';
import { ClusterNode } from '../node/cluster-node.ts';
import type { MetadataView, NodeSample } from '../node/sample.ts';
import { type FromWorker, type TimedEvent, type ToWorker, type WorkerSetup } from './worker-messages.ts';
import { tapTo } from './wire/wire-port.ts';
import { isToWorld, ThreadWorld } from './world/thread-world.ts';

enableCompileCache();

/** Events wait this long for company before they are posted. */
const gatherMs = 10;
/** Beyond this many waiting events the oldest log lines go; state changes never do. */
const waitingEventsMax = 10_000;

const setup = workerData as WorkerSetup;
const port = parentPort;
if (port === null) throw new BugError('broker-worker runs in a worker thread only');

let events: TimedEvent[] = [];
let views: MetadataView[] = [];
let lastReplicas = new Map<string, NodeSample['replicas'][number]>();
let gatherTimer: NodeJS.Timeout | null = null;
let sampleTimer: NodeJS.Timeout | null = null;

function post(message: FromWorker): void {
  port?.postMessage(message);
}

function gather(): void {
  gatherTimer ??= setTimeout(() => flush(null), gatherMs);
}

function flush(sample: NodeSample | null): void {
  if (gatherTimer !== null) clearTimeout(gatherTimer);
  gatherTimer = null;
  if (events.length === 0 && views.length === 0 && sample === null) return;
  post({ type: 'telemetry', events, sample, metadata: views });
  events = [];
  views = [];
}

const world = new ThreadWorld(setup.world, { root: setup.directory, sink: hear, halt: setup.halt });
const tap = tapTo(setup.wire, setup.nodeId);
const env: Env = tap === null ? world.env : { ...world.env, wire: tap };

function hear(event: TelemetryEvent): void {
  if (event.type === 'log' && event.level === 'debug') return;
  if (events.length >= waitingEventsMax) {
    const line = events.findIndex((each) => each.event.type === 'log');
    if (line !== -1) events.splice(line, 1);
  }
  events.push({ atMs: Math.floor(world.env.clock.precise()), event });
  gather();
}

function fail(kind: 'fault' | 'bug', error: unknown): void {
  const { code, message, stack } = error as { code?: string; message?: string; stack?: string };
  flush(null);
  tap?.flush();
  post({
    type: 'failed',
    kind,
    code: code ?? (error as Error).name,
    message: message ?? String(error),
    stack: stack ?? '',
  });
  // Ends the thread, not the process: what was posted is delivered first.
  setImmediate(() => process.exit(1));
}

/** A disk that fails under a timer or a stop comes up unhandled; it is the machine's fault, not ours. */
function unexpected(error: unknown): void {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof DiskError) return fail('fault', at);
  fail('bug', error);
}

/** Null for configs or a directory that cannot be used; the thread is ending then. */
function openNode(): ClusterNode | null {
  try {
    return new ClusterNode({
      env,
      codecs: nodeCodecs,
      configs: setup.configs,
      clusterId: setup.clusterId,
      directoryId: setup.directoryId,
      onMetadata: (view) => {
        views.push(view);
        gather();
      },
      onBug: (error) => fail('bug', error),
      onFault: (error) => fail('fault', error),
    });
  } catch (error) {
    fail(error instanceof BugError ? 'bug' : 'fault', error);
    return null;
  }
}

const node = openNode() ?? (await new Promise<never>(() => {}));

/** Only what changed since the last sample. */
function sample(): void {
  const whole = node.sample();
  if (whole === null) return;
  const replicas = whole.replicas.filter((replica) => {
    const key = `${replica.topic}-${replica.partition}`;
    const was = lastReplicas.get(key);
    const same =
      was !== undefined &&
      was.role === replica.role &&
      was.logEndOffset === replica.logEndOffset &&
      was.highWatermark === replica.highWatermark &&
      was.logStartOffset === replica.logStartOffset &&
      was.leaderEpoch === replica.leaderEpoch;
    if (!same) lastReplicas.set(key, replica);
    return !same;
  });
  flush({ ...whole, replicas });
}

function observe(intervalMs: number): void {
  if (sampleTimer !== null) clearInterval(sampleTimer);
  sampleTimer = setInterval(sample, intervalMs);
  lastReplicas = new Map();
  sample();
}

let stopping = false;

async function stop(): Promise<void> {
  stopping = true;
  await node.stop();
  if (sampleTimer !== null) clearInterval(sampleTimer);
  flush(null);
  tap?.flush();
  post({ type: 'stopped' });
  port?.close();
}

port.on('message', (message: ToWorker) => {
  if (isToWorld(message)) return world.receive(message);
  switch (message.type) {
    case 'stop':
      stop().catch(unexpected);
      return;
    case 'leave':
      node.leave().then(() => post({ type: 'left' }), unexpected);
      return;
    case 'pause':
      flush(null);
      tap?.flush();
      world.standStill();
      return;
    case 'power-loss':
      world.losePowerIfAsked();
      return;
    case 'observe':
      observe(message.intervalMs);
      return;
  }
});

process.on('uncaughtException', unexpected);
process.on('unhandledRejection', unexpected);

// What is true when the node has started is told with it, not an interval later.
node.start().then(sample, (error) => {
  // A start that a stop cut short is no failure.
  if (!stopping) fail(error instanceof BugError ? 'bug' : 'fault', error);
});
