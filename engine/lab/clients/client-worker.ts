/**
 * The thread of one lab client: builds its world (`world/`), runs the producer or consumer in it with its workload,
 * posts what it tells. A freeze is this thread standing still: heartbeats, timers and sockets wait with it.
 *
 * Leaves to others: what an application around the client does (`producer-workload`, `consumer-workload`), which events
 * are worth a line (`event-folder`).
 */
import { enableCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { BugError } from '../../base/assert.ts';
import { KafkaError } from '../../client/index.ts';
import type { Env } from '../../env/index.ts';
import { nodeCodecs } from '../../env/node/compression.ts';
import { SeededRandom } from '../../env/sim/seeded-random.ts';
import { flushReports } from '../ledger/client-reports.ts';
import { tapTo } from '../wire/wire-port.ts';
import { Halt } from '../world/halt.ts';
import { isToWorld, ThreadWorld } from '../world/thread-world.ts';
import { freezeCell, type ClientSetup, type FromClient, type ToClient } from './client-messages.ts';
import { clientConfigs } from './client-settings.ts';
import { EventFolder, foldMs } from './event-folder.ts';
import { runConsumer } from './run-consumer.ts';
import { runProducer } from './run-producer.ts';
import type { RunningClient } from './running-client.ts';

enableCompileCache();

/** Lines wait this long for company before they are posted. */
const gatherMs = 20;

const setup = workerData as ClientSetup;
const port = parentPort;
if (port === null) throw new BugError('client-worker runs in a worker thread only');
const freezeWord = new Int32Array(setup.freeze);
/** A client has nothing on the disk that could be lost with the power. */
const halt = new Halt().buffer;
const world = new ThreadWorld(setup.world, { root: '.', sink: () => {}, halt });
const tap = tapTo(setup.wire, setup.client);
const env: Env = tap === null ? world.env : { ...world.env, wire: tap };
const folder = new EventFolder();

let gatherTimer: NodeJS.Timeout | null = null;
let foldTimer: NodeJS.Timeout | null = null;
let sampleTimer: NodeJS.Timeout | null = null;
let isEnding = false;

/** For what is told: lab time, without skew. */
function nowMs(): number {
  return Math.floor(env.clock.precise());
}

function post(message: FromClient): void {
  port?.postMessage(message);
}

function postLines(lines: ReturnType<EventFolder['flush']>): void {
  if (lines.length > 0) post({ type: 'lines', lines });
}

/** After the lines that tell of what was before: a position must not be known before where it began. */
function postInOrder(message: FromClient): void {
  postLines(folder.takeLines());
  post(message);
}

function gather(): void {
  gatherTimer ??= setTimeout(() => {
    gatherTimer = null;
    postLines(folder.takeLines());
  }, gatherMs);
  foldTimer ??= setTimeout(() => {
    foldTimer = null;
    postLines(folder.flush());
  }, foldMs);
}

function fail(error: unknown): void {
  if (isEnding) return;
  isEnding = true;
  postLines(folder.flush());
  tap?.flush();
  const { message } = error as Error;
  post({ type: 'failed', code: error instanceof KafkaError ? error.code : 'bug', message: message ?? String(error) });
  // Ends the thread, not the process: what was posted is delivered first.
  setImmediate(() => process.exit(1));
}

function observe(intervalMs: number): void {
  if (sampleTimer !== null) clearInterval(sampleTimer);
  sampleTimer = setInterval(() => client?.sample(), intervalMs);
  client?.sample();
}

/** Null for configs that cannot be used; the thread is ending then. */
function openClient(): RunningClient | null {
  const { role } = setup;
  const seed = role.kind === 'producer' ? role.settings.seed : null;
  const random = seed === null ? new SeededRandom(0).fork(setup.client) : new SeededRandom(seed);
  const shared = {
    env,
    codecs: nodeCodecs,
    configs: clientConfigs(setup.client, setup.bootstrapServers, role),
    post: postInOrder,
    random,
    ledger: setup.ledger,
    onFault: (source: string, error: string, detail: string) => {
      folder.addFault(nowMs(), source, error, detail);
      gather();
    },
    onWoken: (call: string) => {
      folder.addWoken(nowMs(), call);
      gather();
    },
    onEnd: fail,
  };
  try {
    return role.kind === 'producer'
      ? runProducer(role, {
          ...shared,
          onEvent: (event) => {
            folder.addProducer(nowMs(), event);
            if (event.kind === 'batch-sent') tap?.drained({ ...event, atMs: env.clock.precise() });
            gather();
          },
        })
      : runConsumer(role.settings, {
          ...shared,
          onEvent: (event) => {
            folder.addConsumer(nowMs(), event);
            gather();
          },
        });
  } catch (error) {
    fail(error);
    return null;
  }
}

function close(limitMs: number): Promise<void> {
  return end(async () => client?.close(limitMs));
}

async function end(closing: () => Promise<void>): Promise<void> {
  isEnding = true;
  await closing();
  if (sampleTimer !== null) clearInterval(sampleTimer);
  client?.sample();
  postLines(folder.flush());
  tap?.flush();
  post({ type: 'closed' });
  setImmediate(() => process.exit(0));
}

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);

const client = openClient();
if (client !== null) observe(setup.sampleIntervalMs);

port.on('message', (message: ToClient) => {
  if (isToWorld(message)) return world.receive(message);
  switch (message.type) {
    case 'close':
      close(message.limitMs).catch(fail);
      return;
    case 'wakeup':
      end(async () => client?.wakeup?.(message.limitMs)).catch(fail);
      return;
    case 'freeze':
      client?.sample();
      tap?.flush();
      flushReports();
      world.rest(() => Atomics.wait(freezeWord, freezeCell, 1));
      return;
    case 'observe':
      observe(message.intervalMs);
      return;
    case 'settings':
      client?.change(message.role);
      return;
  }
});
