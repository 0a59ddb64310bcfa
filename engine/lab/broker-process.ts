/**
 * One broker as the supervisor holds it: a worker thread, and what the user did to it. `kill` is `terminate()`: sockets
 * end, nothing is flushed, nobody is told. `pause` makes the whole thread stand still, as a long garbage collection does.
 * What the controller thinks of the broker (fenced or not) is not known here; it comes with the metadata.
 */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Dispose } from '../base/disposer.ts';
import type { FromWorker, ToWorker, WorkerSetup } from './worker-messages.ts';
import { Halt, halts, type PowerLossTold } from './world/halt.ts';
import type { World } from './world/world.ts';

/**
 * - `starting`: the thread runs and the node has not said that it is running
 * - `running`, `paused`
 * - `shutting-down`: asked to stop, in its controlled shutdown
 * - `stopped`: ended by its own shutdown
 * - `killed`: ended by the user
 * - `crashed`: ended by a fault or a bug, see `failure`
 */
export type ProcessState = 'starting' | 'running' | 'paused' | 'shutting-down' | 'stopped' | 'killed' | 'crashed';

export interface ProcessFailure {
  readonly kind: 'fault' | 'bug';
  readonly code: string;
  readonly message: string;
}

/**
 * A broker's garbage is mostly buffers of sockets and files, outside of the heap. They go with the young objects that
 * hold them, so a small young generation is emptied often.
 */
const youngGenerationMb = 3;
/**
 * V8 takes such buffers for a growing heap and would mark all of it several times a second, for a third of all processor
 * time under load. Without the early start a full collection comes when the heap itself has grown; with heaps of some
 * 15 MB it takes milliseconds. The flag is the process's, and must be set before the threads are made.
 */
setFlagsFromString('--no-incremental-marking');

/** A thread that has not ended by then hangs. Above what a controlled shutdown may take. */
const stopLimitMs = 20_000;

/** How long a thread may take to get to its shared word and to take its disk back. */
const powerLossLimitMs = 10_000;
const nothingLost: PowerLossTold = { vanishedBytes: 0, files: 0 };

export interface BrokerProcessHandlers {
  onMessage(message: FromWorker): void;
  onState(state: ProcessState, failure: ProcessFailure | null): void;
}

export class BrokerProcess {
  readonly nodeId: number;
  readonly #workerEntry: URL;
  readonly #handlers: BrokerProcessHandlers;
  #worker: Worker | null = null;
  #halt = new Halt();
  #state: ProcessState = 'stopped';
  #failure: ProcessFailure | null = null;
  #ended: Promise<void> = Promise.resolve();
  #onLeft: () => void = () => {};
  readonly #world: World;
  #leaveWorld: Dispose = () => {};

  constructor(nodeId: number, workerEntry: URL, world: World, handlers: BrokerProcessHandlers) {
    this.nodeId = nodeId;
    this.#world = world;
    this.#workerEntry = workerEntry;
    this.#handlers = handlers;
  }

  get state(): ProcessState {
    return this.#state;
  }

  get failure(): ProcessFailure | null {
    return this.#failure;
  }

  /** Whether a thread exists. */
  get alive(): boolean {
    return this.#worker !== null;
  }

  start(setup: Omit<WorkerSetup, 'halt' | 'world'>): void {
    this.#failure = null;
    this.#halt = new Halt();
    const workerData: WorkerSetup = {
      ...setup,
      halt: this.#halt.buffer,
      world: this.#world.setupFor(this.nodeId),
    };
    const worker = new Worker(this.#workerEntry, {
      workerData,
      transferList: setup.wire === null ? [] : [setup.wire],
      name: `broker-${this.nodeId}`,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
      stdout: false,
      stderr: false,
    });
    this.#worker = worker;
    this.#leaveWorld();
    this.#leaveWorld = this.#world.attach(this.nodeId, (message) => worker.postMessage(message));
    this.#become('starting');
    worker.on('message', (message: FromWorker) => this.#receive(worker, message));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#failure ??= { kind: 'bug', code: error.name, message: error.message };
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        if (this.#worker === worker) this.#exited();
        resolve();
      });
    });
  }

  #receive(worker: Worker, message: FromWorker): void {
    if (this.#worker !== worker) return;
    if (message.type === 'left') {
      this.#onLeft();
    } else if (message.type === 'failed') {
      this.#failure = { kind: message.kind, code: message.code, message: message.message };
    } else if (message.type === 'telemetry' && this.#state === 'starting') {
      const running = message.events.some(({ event }) => event.type === 'lifecycle' && event.state === 'running');
      if (running) this.#become('running');
    }
    this.#handlers.onMessage(message);
  }

  #exited(): void {
    const was = this.#state;
    this.#worker = null;
    this.#leaveWorld();
    if (this.#failure !== null) this.#become('crashed');
    else if (was === 'killed') return;
    else if (was === 'shutting-down') this.#become('stopped');
    else {
      this.#failure = { kind: 'bug', code: 'exit', message: `the thread of broker ${this.nodeId} ended by itself` };
      this.#become('crashed');
    }
  }

  #become(state: ProcessState): void {
    this.#state = state;
    this.#handlers.onState(state, this.#failure);
  }

  #post(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  observe(intervalMs: number): void {
    this.#post({ type: 'observe', intervalMs });
  }

  /**
   * The first half of a stop: the controller moves leaders away, the broker serves on. Resolves when it was granted, the
   * thread ended, or `limitMs` are over. A paused broker is resumed first.
   */
  async leave(limitMs: number): Promise<void> {
    if (this.#worker === null) return;
    this.#release();
    this.#become('shutting-down');
    const left = new Promise<void>((resolve) => (this.#onLeft = resolve));
    this.#post({ type: 'leave' });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
    await Promise.race([left, this.#ended, late]);
    clearTimeout(timer);
  }

  /** Controlled shutdown, unless it left already; resolves when the thread has ended, which is made sure of after `limitMs`. */
  async stop(limitMs = stopLimitMs): Promise<void> {
    if (this.#worker === null) return;
    this.#release();
    if (this.#state !== 'shutting-down') this.#become('shutting-down');
    this.#post({ type: 'stop' });
    const late = this.#world.time.patience(limitMs, () => void this.kill());
    await this.#ended;
    late.cancel();
  }

  /** Ends the thread at once; resolves when it is gone. */
  async kill(): Promise<void> {
    const worker = this.#worker;
    if (worker === null) return;
    this.#worker = null;
    this.#leaveWorld();
    this.#become('killed');
    this.#release();
    await worker.terminate();
  }

  /**
   * As {@link kill}, and what it has not flushed is gone from its disk before this resolves. A paused thread loses its power
   * like any other; one that hangs for good keeps its bytes, which is told as nothing lost.
   */
  async powerLoss(): Promise<PowerLossTold> {
    const worker = this.#worker;
    if (worker === null) return nothingLost;
    this.#halt.set(halts.losePower);
    this.#post({ type: 'power-loss' });
    const lost = await this.#halt.powerLost(powerLossLimitMs);
    if (this.#worker !== worker) return lost ?? nothingLost;
    this.#worker = null;
    this.#leaveWorld();
    this.#become('killed');
    await worker.terminate();
    return lost ?? nothingLost;
  }

  pause(): void {
    if (this.#worker === null || this.#state === 'paused') return;
    this.#halt.set(halts.still);
    this.#post({ type: 'pause' });
    this.#become('paused');
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#release();
    this.#become('running');
  }

  #release(): void {
    this.#halt.set(halts.none);
  }
}
