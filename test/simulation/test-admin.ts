/** Creates and deletes topics all the time. What was acknowledged must be so on every broker in the end. */
import { zeroUuid } from '../../engine/base/uuid.ts';
import type { Env } from '../../engine/env/index.ts';
import { createTopicsApi, deleteTopicsApi, ErrorCode, metadataApi } from '../../engine/protocol/index.ts';
import { Brokers } from './brokers.ts';
import { memberIds } from './sim-cluster.ts';
import type { Verdict } from './verdict.ts';

const prefix = 'short-lived-';

export class TestAdmin {
  /** Names that must be there, and that must not; unknown outcomes are in neither. */
  readonly #present = new Set<string>();
  readonly #absent = new Set<string>();
  readonly #brokers: Brokers;
  readonly #verdict: Verdict;
  /** What the broker that was last asked had wrong. */
  disagreement = '';
  #stopped = false;
  #finished = false;

  constructor(env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.#brokers = new Brokers(env, 'admin', ports);
    this.#verdict = verdict;
  }

  get finished(): boolean {
    return this.#finished;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      this.#verdict.violate(`the admin failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    const { random } = this.#brokers.env;
    for (let number = 0; !this.#stopped; number++) {
      const name = `${prefix}${number}`;
      if (await this.#create(name)) this.#present.add(name);
      await this.#brokers.sleep(random.integer(1500));
      const [oldest] = this.#present;
      if (oldest !== undefined && this.#present.size > 3) {
        this.#present.delete(oldest);
        if (await this.#delete(oldest)) this.#absent.add(oldest);
      }
    }
    for (const id of memberIds) while (!(await this.#agrees(id))) await this.#brokers.sleep(200);
    this.#finished = true;
  }

  async #create(name: string): Promise<boolean> {
    const topics = [{ name, numPartitions: 2, replicationFactor: 3, assignments: [], configs: [] }];
    const answer = await this.#brokers.ask(this.#anyone(), createTopicsApi, { topics, timeoutMs: 2000 });
    return answer?.topics[0]?.errorCode === ErrorCode.NONE;
  }

  async #delete(name: string): Promise<boolean> {
    const request = { topics: [{ name, topicId: zeroUuid }], timeoutMs: 2000 };
    const answer = await this.#brokers.ask(this.#anyone(), deleteTopicsApi, request);
    return answer?.responses[0]?.errorCode === ErrorCode.NONE;
  }

  /** Whether the broker's metadata holds what was acknowledged; it may take its time to learn it. */
  async #agrees(id: number): Promise<boolean> {
    const answer = await this.#brokers.ask(id, metadataApi, { topics: null });
    if (answer === null) return false;
    const names = new Set(answer.topics.map(({ name }) => name));
    const missing = [...this.#present].filter((name) => !names.has(name));
    const left = [...this.#absent].filter((name) => names.has(name));
    this.disagreement = `broker ${id} does not know [${missing}] and still has [${left}]`;
    return missing.length === 0 && left.length === 0;
  }

  #anyone(): number {
    return this.#brokers.env.random.integer(memberIds.length) + 1;
  }
}
