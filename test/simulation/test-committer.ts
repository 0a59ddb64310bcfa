/**
 * Commits growing offsets for a group without members, as a consumer with assigned partitions does. A commit that was
 * acknowledged may be replaced by a later one, never by an earlier one, whoever coordinates. Under faults a reader may be
 * told of an earlier one: a coordinator that does not know yet that it was replaced answers from memory, as Kafka's does.
 */
import type { Env } from '../../engine/env/index.ts';
import { ErrorCode, findCoordinatorApi, offsetCommitApi, offsetFetchApi } from '../../engine/protocol/index.ts';
import { Brokers } from './brokers.ts';
import type { Verdict } from './verdict.ts';

const group = 'the-books';

export class TestCommitter {
  /** Commits that were acknowledged. */
  committed = 0;
  readonly #topic: string;
  readonly #brokers: Brokers;
  readonly #verdict: Verdict;
  #sent = 0;
  #acknowledged = -1;
  #coordinator: number | null = null;
  #stopped = false;
  #finished = false;

  constructor(topic: string, env: Env, ports: ReadonlyMap<number, number>, verdict: Verdict) {
    this.#topic = topic;
    this.#brokers = new Brokers(env, 'committer', ports);
    this.#verdict = verdict;
  }

  /** The last commit has been acknowledged and read back. */
  get finished(): boolean {
    return this.#finished;
  }

  start(): void {
    this.#run().catch((error: unknown) => {
      this.#verdict.violate(`the committer failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
  }

  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    await this.#brokers.leader(this.#topic, 0);
    while (!this.#stopped) {
      await this.#commit(++this.#sent);
      if (this.#brokers.env.random.integer(5) === 0) await this.#readBack();
      await this.#brokers.sleep(this.#brokers.env.random.integer(300));
    }
    while (!(await this.#commit(++this.#sent))) await this.#brokers.sleep(100);
    while (!(await this.#readBack())) await this.#brokers.sleep(100);
    this.#finished = true;
  }

  async #commit(offset: number): Promise<boolean> {
    const answer = await this.#ask((coordinator) =>
      this.#brokers.ask(coordinator, offsetCommitApi, {
        groupId: group,
        memberId: '',
        topics: [
          {
            topicId: this.#brokers.topicId(this.#topic) ?? '',
            partitions: [{ partitionIndex: 0, committedOffset: offset, committedMetadata: null }],
          },
        ],
      }),
    );
    if (answer?.topics[0]?.partitions[0]?.errorCode !== ErrorCode.NONE) return this.#failed();
    this.#acknowledged = offset;
    this.committed++;
    return true;
  }

  async #readBack(): Promise<boolean> {
    const topicId = this.#brokers.topicId(this.#topic) ?? '';
    const least = this.#stopped ? this.#acknowledged : -1;
    const answer = await this.#ask((coordinator) =>
      this.#brokers.ask(coordinator, offsetFetchApi, {
        groups: [{ groupId: group, topics: [{ topicId, partitionIndexes: [0] }] }],
        requireStable: true,
      }),
    );
    const found = answer?.groups[0];
    const partition = found?.topics[0]?.partitions[0];
    if (found?.errorCode !== ErrorCode.NONE || partition?.errorCode !== ErrorCode.NONE) return this.#failed();
    if (partition.committedOffset < least || partition.committedOffset > this.#sent) {
      this.#verdict.violate(
        `broker ${String(this.#coordinator)} says ${group} committed ${partition.committedOffset}; ${least} was acknowledged, ${this.#sent} sent`,
      );
    }
    return true;
  }

  #failed(): boolean {
    this.#coordinator = null;
    return false;
  }

  async #ask<T>(ask: (coordinator: number) => Promise<T | null>): Promise<T | null> {
    this.#coordinator ??= await this.#findCoordinator();
    return ask(this.#coordinator);
  }

  async #findCoordinator(): Promise<number> {
    const request = { keyType: 0, coordinatorKeys: [group] };
    const { coordinators } = await this.#brokers.askAny(
      findCoordinatorApi,
      request,
      (response) => response.coordinators[0]?.errorCode === ErrorCode.NONE,
    );
    return coordinators[0]!.nodeId;
  }
}
