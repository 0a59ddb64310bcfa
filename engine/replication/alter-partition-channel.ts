/**
 * Sends proposed ISRs to the controller (Kafka's `AlterPartitionManager`): one request is under way at a time and carries
 * everything proposed by then; at most one proposal of a partition waits, another is OPERATION_NOT_ATTEMPTED. A request
 * that the controller did not answer, or refused as a whole, is made again after a pause, without end: a proposal is only
 * settled by the controller's word about it.
 */
import type { BrokerEpoch, DurationMs, NodeId, TopicPartitionKey, Uuid } from '../base/ids.ts';
import { topicPartitionKey } from '../base/ids.ts';
import type { Clock, Timer, Tracer } from '../env/index.ts';
import { alterPartitionApi, ErrorCode, errorName } from '../protocol/index.ts';
import type {
  AlterPartitionRequestInput,
  AlterPartitionResponse,
  Api,
  RequestInputOf,
  ResponseOf,
} from '../protocol/index.ts';
import type { AlterPartitionOutcome, AlterPartitionProposal, AlterPartitionSender } from './alter-partition.ts';

/** The channel to the active controller. */
export interface ControllerRequests {
  send<A extends Api>(
    api: A,
    request: RequestInputOf<A>,
    options: { readonly timeoutMs: DurationMs },
  ): Promise<ResponseOf<A>>;
}

export interface AlterPartitionChannelOptions {
  readonly nodeId: NodeId;
  readonly controller: ControllerRequests;
  readonly clock: Clock;
  readonly tracer: Tracer;
  readonly brokerEpoch: () => BrokerEpoch;
}

interface Item {
  readonly proposal: AlterPartitionProposal;
  readonly resolve: (outcome: AlterPartitionOutcome) => void;
}

const retryMs: DurationMs = 50;
const requestTimeoutMs: DurationMs = 30_000;

export class AlterPartitionChannel implements AlterPartitionSender {
  readonly #options: AlterPartitionChannelOptions;
  readonly #unsettled = new Map<TopicPartitionKey, Item>();
  #inFlight = false;
  #retry: Timer | null = null;
  #stopped = false;

  constructor(options: AlterPartitionChannelOptions) {
    this.#options = options;
  }

  alterPartition(proposal: AlterPartitionProposal): Promise<AlterPartitionOutcome> {
    const key = topicPartitionKey(proposal.topic, proposal.partition);
    if (this.#unsettled.has(key)) return Promise.resolve({ error: ErrorCode.OPERATION_NOT_ATTEMPTED });
    return new Promise((resolve) => {
      this.#unsettled.set(key, { proposal, resolve });
      if (this.#retry === null) this.#send();
    });
  }

  /** Nothing is sent any more; proposals stay open. */
  stop(): void {
    this.#stopped = true;
    this.#retry?.cancel();
  }

  #send(): void {
    if (this.#inFlight || this.#stopped || this.#unsettled.size === 0) return;
    const items = [...this.#unsettled.values()];
    const { controller, nodeId, brokerEpoch } = this.#options;
    const request = {
      brokerId: nodeId,
      brokerEpoch: brokerEpoch(),
      topics: byTopic(items.map((item) => item.proposal)),
    };
    this.#inFlight = true;
    controller.send(alterPartitionApi, request, { timeoutMs: requestTimeoutMs }).then(
      (response) => {
        this.#inFlight = false;
        this.#answered(items, response);
      },
      (fault: unknown) => {
        this.#inFlight = false;
        this.#sendLater(`no answer: ${fault instanceof Error ? fault.message : String(fault)}`);
      },
    );
  }

  #answered(items: readonly Item[], response: AlterPartitionResponse): void {
    if (response.errorCode !== ErrorCode.NONE) return this.#sendLater(errorName(response.errorCode));
    for (const item of items) {
      const outcome = outcomeOf(item.proposal, response);
      // Left out by the controller: it stays, and goes with the next request.
      if (outcome === null) continue;
      this.#unsettled.delete(topicPartitionKey(item.proposal.topic, item.proposal.partition));
      item.resolve(outcome);
    }
    if (items.some((item) => this.#isUnsettled(item))) this.#sendLater('a partition was left out of the response');
    else this.#send();
  }

  #isUnsettled(item: Item): boolean {
    return this.#unsettled.get(topicPartitionKey(item.proposal.topic, item.proposal.partition)) === item;
  }

  #sendLater(reason: string): void {
    if (this.#stopped) return;
    this.#options.tracer.log('warn', 'AlterPartition', `AlterPartition request failed (${reason}), retrying.`);
    this.#retry?.cancel();
    this.#retry = this.#options.clock.after(retryMs, () => {
      this.#retry = null;
      this.#send();
    });
  }
}

function byTopic(proposals: readonly AlterPartitionProposal[]): AlterPartitionRequestInput['topics'] {
  const topics = new Map<Uuid, AlterPartitionRequestInput['topics'][number]['partitions'][number][]>();
  for (const { topicId, partition, leaderEpoch, partitionEpoch, isr } of proposals) {
    let partitions = topics.get(topicId);
    if (partitions === undefined) topics.set(topicId, (partitions = []));
    partitions.push({ partitionIndex: partition, leaderEpoch, partitionEpoch, newIsrWithEpochs: isr });
  }
  return [...topics].map(([topicId, partitions]) => ({ topicId, partitions }));
}

function outcomeOf(proposal: AlterPartitionProposal, response: AlterPartitionResponse): AlterPartitionOutcome | null {
  const topic = response.topics.find(({ topicId }) => topicId === proposal.topicId);
  const answer = topic?.partitions.find(({ partitionIndex }) => partitionIndex === proposal.partition);
  if (answer === undefined) return null;
  if (answer.errorCode !== ErrorCode.NONE) return { error: answer.errorCode as Exclude<ErrorCode, 0> };
  const { leaderEpoch, partitionEpoch, isr } = answer;
  return { error: ErrorCode.NONE, leaderEpoch, partitionEpoch, isr };
}
