/**
 * DescribeLogDirs (35), versions 1-5: sizes and lags of the partitions in this broker's log directory; null topics ask for
 * all. A lag is that of the log's end behind the high watermark, -1 for a log that no replica uses. Versions: 3 adds an
 * error for the whole, 4 the volume's total and usable bytes, 5 whether the directory is cordoned (KIP-1066; never here).
 */
import type { TopicName, TopicPartitionKey } from '../../base/ids.ts';
import { topicPartitionKey } from '../../base/ids.ts';
import type { Disk } from '../../env/index.ts';
import type { Handler } from '../../net/index.ts';
import { describeLogDirsApi, ErrorCode } from '../../protocol/index.ts';
import type { DescribeLogDirsRequest, DescribeLogDirsResponseInput } from '../../protocol/index.ts';
import type { Replicas } from '../../replication/index.ts';
import type { LogDirectory } from '../../storage/index.ts';

export interface DescribeLogDirsDeps {
  readonly replicas: Replicas;
  readonly logs: LogDirectory;
  readonly disk: Disk;
  /** As the configuration names it, made absolute. */
  readonly logDir: string;
}

type TopicAnswer = NonNullable<DescribeLogDirsResponseInput['results'][number]['topics']>[number];
type PartitionAnswer = TopicAnswer['partitions'][number];

export function describeLogDirsHandler(deps: DescribeLogDirsDeps): Handler<typeof describeLogDirsApi> {
  const { replicas, logs, disk, logDir } = deps;

  function handle(request: DescribeLogDirsRequest): DescribeLogDirsResponseInput {
    const wanted = request.topics === null ? null : wantedKeys(request.topics);
    const byTopic = new Map<TopicName, PartitionAnswer[]>();
    for (const log of logs.logs()) {
      if (wanted !== null && !wanted.has(topicPartitionKey(log.topic, log.partition))) continue;
      const used = replicas.partition(log.topic, log.partition)?.log === log;
      const answer = {
        partitionIndex: log.partition,
        partitionSize: log.sizeInBytes,
        offsetLag: used ? Math.max(0, log.highWatermark - log.logEndOffset) : -1,
        isFutureKey: false,
      };
      const partitions = byTopic.get(log.topic);
      if (partitions === undefined) byTopic.set(log.topic, [answer]);
      else partitions.push(answer);
    }
    const { totalBytes, freeBytes } = disk.space(logs.path);
    const topics = [...byTopic].map(([name, partitions]) => ({ name, partitions }));
    const result = { errorCode: ErrorCode.NONE, logDir, topics, totalBytes, usableBytes: freeBytes, isCordoned: false };
    return { throttleTimeMs: 0, errorCode: ErrorCode.NONE, results: [result] };
  }

  return { api: describeLogDirsApi, handle };
}

function wantedKeys(topics: NonNullable<DescribeLogDirsRequest['topics']>): Set<TopicPartitionKey> {
  return new Set(topics.flatMap(({ topic, partitions }) => partitions.map((index) => topicPartitionKey(topic, index))));
}
