/**
 * One lab client as the supervisor holds it: a worker thread, and what was done to it. `kill` is `terminate()`: sockets
 * end, nothing is flushed or committed, nobody is told. `freeze` makes the whole thread stand still with its sockets open,
 * as a long garbage collection does. What the client does inside is told by its messages and not known here.
 */
import { Worker } from 'node:worker_threads';
import type { Dispose } from '../../base/disposer.ts';
import type { ClientState } from '../../contract/clients.ts';
import type { World } from '../world/world.ts';
import { freezeCell, type ClientSetup, type FromClient, type ToClient } from './client-messages.ts';

export interface ClientFailure {
  /** Kafka's name, or `bug`. */
  readonly code: string;
  readonly message: string;
}

/** As a broker's: most garbage of a client is buffers that go with young objects. */
const youngGenerationMb = 3;
/** Beyond the time-out of its `close()`, until a thread that does not end counts as hanging. */
const endGraceMs = 250;

export interface ClientThreadHandlers {
  onMessage(message: FromClient): void;
  onState(state: ClientState, failure: ClientFailure | null): void;
}

export class ClientThread {
  readonly #name: string;
  readonly #workerEntry: URL;
  readonly #handlers: ClientThreadHandlers;
  #worker: Worker | null = null;
  #freeze = new Int32Array(new SharedArrayBuffer(4));
  #state: ClientState = 'stopped';
  #beforeFreeze: ClientState = 'running';
  #failure: ClientFailure | null = null;
  #ended: Promise<void> = Promise.resolve();
  readonly #world: World;
  #leaveWorld: Dispose = () => {};

  constructor(name: string, workerEntry: URL, world: World, handlers: ClientThreadHandlers) {
    this.#name = name;
    this.#world = world;
    this.#workerEntry = workerEntry;
    this.#handlers = handlers;
  }

  get state(): ClientState {
    return this.#state;
  }

  /** Whether a thread exists. */
  get alive(): boolean {
    return this.#worker !== null;
  }

  start(setup: Omit<ClientSetup, 'client' | 'freeze' | 'world'>): void {
    this.#failure = null;
    this.#freeze = new Int32Array(new SharedArrayBuffer(4));
    const workerData: ClientSetup = {
      ...setup,
      client: this.#name,
      freeze: this.#freeze.buffer as SharedArrayBuffer,
      world: this.#world.setupFor(this.#name),
    };
    const worker = new Worker(this.#workerEntry, {
      workerData,
      transferList: [setup.ledger, setup.wire].filter((port) => port !== null),
      name: this.#name,
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
      stdout: false,
      stderr: false,
    });
    this.#worker = worker;
    this.#leaveWorld();
    this.#leaveWorld = this.#world.attach(this.#name, (message) => worker.postMessage(message));
    this.#become('starting');
    worker.on('message', (message: FromClient) => this.#receive(worker, message));
    worker.on('error', (error) => {
      if (this.#worker === worker) this.#failure ??= { code: 'bug', message: error.message };
    });
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        if (this.#worker === worker) this.#exited();
        resolve();
      });
    });
  }

  #receive(worker: Worker, message: FromClient): void {
    if (this.#worker !== worker) return;
    if (message.type === 'failed') this.#failure = { code: message.code, message: message.message };
    if (message.type === 'ready') {
      if (this.#state === 'starting') this.#become('running');
      else if (this.#state === 'frozen') this.#beforeFreeze = 'running';
    }
    this.#handlers.onMessage(message);
  }

  #exited(): void {
    const was = this.#state;
    this.#worker = null;
    this.#leaveWorld();
    if (this.#failure === null && was === 'stopping') return this.#become('stopped');
    this.#failure ??= { code: 'bug', message: `the thread of ${this.#name} ended by itself` };
    this.#become('failed');
  }

  #become(state: ClientState): void {
    this.#state = state;
    this.#handlers.onState(state, this.#failure);
  }

  post(message: ToClient): void {
    this.#worker?.postMessage(message);
  }

  /** `close()` of the client; resolves when the thread has ended, which is made sure of. A frozen one is thawed first. */
  async close(limitMs: number): Promise<void> {
    if (this.#worker === null) return;
    this.#release();
    if (this.#state !== 'stopping') this.#become('stopping');
    this.post({ type: 'close', limitMs });
    const late = this.#world.time.patience(limitMs + endGraceMs, () => void this.kill());
    await this.#ended;
    late.cancel();
  }

  /** As {@link close}, by `wakeup()`: the client's poll loop ends where it stands. */
  async wakeup(limitMs: number): Promise<void> {
    if (this.#worker === null) return;
    this.#become('stopping');
    this.post({ type: 'wakeup', limitMs });
    const timer = setTimeout(() => void this.kill(), limitMs + endGraceMs);
    await this.#ended;
    clearTimeout(timer);
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

  freeze(): void {
    if (this.#state !== 'running' && this.#state !== 'starting') return;
    this.#beforeFreeze = this.#state;
    Atomics.store(this.#freeze, freezeCell, 1);
    this.post({ type: 'freeze' });
    this.#become('frozen');
  }

  thaw(): void {
    if (this.#state !== 'frozen') return;
    this.#release();
    this.#become(this.#beforeFreeze);
  }

  #release(): void {
    Atomics.store(this.#freeze, freezeCell, 0);
    Atomics.notify(this.#freeze, freezeCell);
  }
}
