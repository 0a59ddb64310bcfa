/**
 * DeleteRecords (21), versions 0-2: moves the log start offset of partitions led here up to an offset, -1 being the high
 * watermark. Answered with the low watermark when every live replica has followed, or REQUEST_TIMED_OUT. Above the high
 * watermark is OFFSET_OUT_OF_RANGE, a topic that is only compacted POLICY_VIOLATION, an internal one
 * INVALID_TOPIC_EXCEPTION. The versions differ in encoding alone.
 */
import type { Handler } from '../../net/index.ts';
import { deleteRecordsApi, ErrorCode } from '../../protocol/index.ts';
import type { DeleteRecordsRequest, DeleteRecordsResponseInput } from '../../protocol/index.ts';
import type { DeletionEntry, Replicas } from '../../replication/index.ts';
import { findPartition } from '../../metadata/index.ts';
import { isInternalTopic } from './internal-topics.ts';

export interface DeleteRecordsDeps {
  readonly replicas: Replicas;
}

type Answer = DeleteRecordsResponseInput['topics'][number]['partitions'][number];

export function deleteRecordsHandler({ replicas }: DeleteRecordsDeps): Handler<typeof deleteRecordsApi> {
  async function handle(request: DeleteRecordsRequest): Promise<DeleteRecordsResponseInput> {
    const entries: DeletionEntry[] = [];
    const answers = request.topics.map((topic) =>
      topic.partitions.map(({ partitionIndex, offset }): Answer | number => {
        if (findPartition(replicas.image, topic.name, partitionIndex) === null) {
          return failed(partitionIndex, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        }
        if (isInternalTopic(topic.name)) return failed(partitionIndex, ErrorCode.INVALID_TOPIC_EXCEPTION);
        entries.push({ topic: topic.name, partition: partitionIndex, offset });
        return entries.length - 1;
      }),
    );
    const outcomes = await replicas.deleteRecords(entries, request.timeoutMs);
    const topics = request.topics.map(({ name }, at) => ({
      name,
      partitions: answers[at]!.map((answer): Answer => {
        if (typeof answer !== 'number') return answer;
        const { partition, lowWatermark, error } = outcomes[answer]!;
        return { partitionIndex: partition, lowWatermark, errorCode: error };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  }

  return { api: deleteRecordsApi, handle };
}

function failed(partitionIndex: number, errorCode: ErrorCode): Answer {
  return { partitionIndex, lowWatermark: -1, errorCode };
}
