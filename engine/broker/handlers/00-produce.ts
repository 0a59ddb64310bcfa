/**
 * Produce (0), versions 3-13.
 *
 * One record batch of magic 2 for each partition, appended as it came: offsets and leader epoch are written into the
 * received bytes. `acks` 0 is answered with nothing, or by closing the connection when something went wrong, 1 after the
 * local append, -1 when every in-sync replica has the batch; any other value is INVALID_REQUIRED_ACKS.
 *
 * Versions: 7 allows zstd; 8 adds record errors; 10 tells the current leader with NOT_LEADER_OR_FOLLOWER; 13 names topics
 * by id, and an unknown id is UNKNOWN_TOPIC_ID. Transactional batches belong to no transaction that this broker could
 * verify: INVALID_TXN_STATE, from 11 on TRANSACTION_ABORTABLE (KIP-890).
 */
import type { TopicName, Uuid } from '../../base/ids.ts';
import { zeroUuid } from '../../base/uuid.ts';
import { CloseConnectionError } from '../../net/index.ts';
import type { Handler, RequestContext } from '../../net/index.ts';
import { ErrorCode, errorName, produceApi } from '../../protocol/index.ts';
import type { ProduceRequest, ProduceResponseInput } from '../../protocol/index.ts';
import { batchAt, CorruptRecordError } from '../../record/index.ts';
import type { AppendEntry, AppendOutcome, Replicas } from '../../replication/index.ts';
import { CurrentLeaders } from './current-leader.ts';
import { isInternalTopic } from './internal-topics.ts';

export interface ProduceDeps {
  readonly replicas: Replicas;
  /** Name of the listener that clients use. */
  readonly listener: string;
}

type Topic = ProduceRequest['topicData'][number];
type PartitionAnswer = ProduceResponseInput['responses'][number]['partitionResponses'][number];

/** One partition of the request: what becomes of it is an index into the appended entries, or settled already. */
type Slot = { readonly index: number } & (
  { readonly entry: number } | { readonly error: ErrorCode; readonly message: string | null }
);

interface Plan {
  readonly topics: readonly {
    readonly topic: Topic;
    readonly name: TopicName | null;
    readonly slots: readonly Slot[];
  }[];
  readonly entries: AppendEntry[];
}

/** Name of the internal client that may write into internal topics (`AdminUtils.ADMIN_CLIENT_ID`). */
const adminClientId = '__admin_client';
const zstd = 4;

export function produceHandler(deps: ProduceDeps): Handler<typeof produceApi> {
  const { replicas } = deps;

  function handle(
    request: ProduceRequest,
    context: RequestContext,
  ): ProduceResponseInput | null | Promise<ProduceResponseInput | null> {
    const { acks, timeoutMs } = request;
    const plan = planAppend(request, context);
    if (acks !== 0 && acks !== 1 && acks !== -1) {
      return answer(
        plan,
        plan.entries.map((entry) => refused(entry, ErrorCode.INVALID_REQUIRED_ACKS)),
        acks,
        context,
      );
    }
    const outcomes = replicas.append(plan.entries, { requiredAcks: acks, timeoutMs, origin: 'client' });
    return outcomes instanceof Promise
      ? outcomes.then((settled) => answer(plan, settled, acks, context))
      : answer(plan, outcomes, acks, context);
  }

  function planAppend(request: ProduceRequest, context: RequestContext): Plan {
    const { apiVersion, clientId } = context.header;
    const { topics: known } = replicas.image;
    const entries: AppendEntry[] = [];
    const topics = request.topicData.map((topic) => {
      const image = apiVersion >= 13 ? known.byId.get(topic.topicId) : known.byName.get(topic.name);
      const name = image?.name ?? (apiVersion >= 13 ? null : topic.name);
      const slots = topic.partitionData.map(({ index, records }): Slot => {
        if (image === undefined && apiVersion >= 13) return failure(index, ErrorCode.UNKNOWN_TOPIC_ID);
        if (!image?.partitions.has(index)) return failure(index, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        const invalid =
          records === null ? failure(index, ErrorCode.INVALID_RECORD) : validate(index, records, apiVersion);
        if (invalid !== null) return invalid;
        if (isInternalTopic(image.name) && clientId !== adminClientId) {
          return failure(index, ErrorCode.INVALID_TOPIC_EXCEPTION);
        }
        const topicId: Uuid = apiVersion >= 13 ? topic.topicId : zeroUuid;
        entries.push({ topic: image.name, topicId, partition: index, records: records! });
        return { index, entry: entries.length - 1 };
      });
      return { topic, name, slots };
    });
    return { topics, entries };
  }

  function answer(
    plan: Plan,
    outcomes: readonly AppendOutcome[],
    acks: number,
    context: RequestContext,
  ): ProduceResponseInput | null {
    if (acks === 0) return answerNothing(plan, outcomes);
    const leaders = new CurrentLeaders(replicas, deps.listener);
    const tellsLeader = context.header.apiVersion >= 10;
    const responses = plan.topics.map(({ topic, name, slots }) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: slots.map((slot): PartitionAnswer => {
        if ('error' in slot)
          return { ...noResult, index: slot.index, errorCode: slot.error, errorMessage: slot.message };
        const partition = partitionAnswer(outcomes[slot.entry]!);
        if (!tellsLeader || partition.errorCode !== ErrorCode.NOT_LEADER_OR_FOLLOWER) return partition;
        return { ...partition, currentLeader: leaders.of(name!, slot.index) };
      }),
    }));
    return { responses, throttleTimeMs: 0, nodeEndpoints: leaders.endpoints };
  }

  // The order of appends is the order of requests whether or not an acknowledgement is waited for in between, so that
  // followers may copy what a producer has in flight in one go.
  return { api: produceApi, pipelined: true, handle };
}

const noResult = { baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };

function failure(index: number, error: ErrorCode, message: string | null = null): Slot {
  return { index, error, message };
}

/** Null when `records` may be appended (`ProduceRequest.validateRecords`, and no transaction). */
function validate(index: number, records: Uint8Array, apiVersion: number): Slot | null {
  try {
    const batch = batchAt(records, 0);
    if (batch === null) return failure(index, ErrorCode.INVALID_RECORD);
    if (apiVersion < 7 && batch.compression === zstd) return failure(index, ErrorCode.UNSUPPORTED_COMPRESSION_TYPE);
    if (batchAt(records, batch.sizeInBytes) !== null) return failure(index, ErrorCode.INVALID_RECORD);
    if (!batch.isTransactional) return null;
    return apiVersion > 10
      ? failure(index, ErrorCode.TRANSACTION_ABORTABLE)
      : failure(index, ErrorCode.INVALID_TXN_STATE, 'Partition was not added to the transaction');
  } catch (fault) {
    if (!(fault instanceof CorruptRecordError)) throw fault;
    const wrongMagic = records.length > 16 && records[16] !== 2;
    return failure(index, wrongMagic ? ErrorCode.INVALID_RECORD : ErrorCode.CORRUPT_MESSAGE);
  }
}

function refused(entry: AppendEntry, error: ErrorCode): AppendOutcome {
  const { topic, partition } = entry;
  return { topic, partition, error, errorMessage: null, lastOffset: -1, recordErrors: [], ...noResult };
}

function partitionAnswer(outcome: AppendOutcome): PartitionAnswer {
  const { partition, error, baseOffset, logAppendTimeMs, logStartOffset, errorMessage, recordErrors } = outcome;
  return {
    index: partition,
    errorCode: error,
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
    errorMessage,
    recordErrors: recordErrors.map(({ batchIndex, message }) => ({ batchIndex, batchIndexErrorMessage: message })),
  };
}

/** Without acknowledgements an error can only be told by closing the connection, so that the client asks for metadata. */
function answerNothing(plan: Plan, outcomes: readonly AppendOutcome[]): null {
  const errors = [
    ...plan.topics.flatMap(({ slots }) => slots.flatMap((slot) => ('error' in slot ? [slot.error] : []))),
    ...outcomes.flatMap(({ error }) => (error === ErrorCode.NONE ? [] : [error])),
  ];
  if (errors.length === 0) return null;
  throw new CloseConnectionError(
    `error during produce request with acks=0: ${errors.map((error) => errorName(error)).join(', ')}`,
  );
}
