/**
 * Broker configs of Kafka 4.3.1: logs on disk and what new topics get.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const logsAndTopicsConfigs = parseDefinitions(`
alter.config.policy.class.name | class | null | low | | | Java class that judges config changes. No effect here.
auto.create.topics.enable | boolean | true | high | | | Whether a topic is made when somebody asks for its metadata.
compression.gzip.level | int | -1 | medium | cluster-wide | gzip level | gzip level when the broker compresses; -1: the codec's own default.
compression.lz4.level | int | 9 | medium | cluster-wide | 1..17 | lz4 level when the broker compresses.
compression.type | string | producer | high | cluster-wide | one of uncompressed, zstd, lz4, snappy, gzip, producer | How batches are stored: as the producer sent them (producer), or with this codec.
compression.zstd.level | int | 3 | medium | cluster-wide | -131072..22 | zstd level when the broker compresses.
cordoned.log.dirs | list | | medium | per-broker | list; null | Log directories that take no new replicas.
create.topic.policy.class.name | class | null | low | | | Java class that judges new topics. No effect here.
default.replication.factor | int | 1 | medium | | | Replicas of a topic that is made without saying how many.
delete.topic.enable | boolean | true | high | | | Whether topics may be deleted.
log.cleaner.backoff.ms | long | 15000 | medium | cluster-wide | >= 0 | Pause of the cleaner when there is nothing to clean.
log.cleaner.dedupe.buffer.size | long | 134217728 | medium | cluster-wide | | Memory for the cleaner's map of keys, in bytes.
log.cleaner.delete.retention.ms | long | 86400000 | medium | cluster-wide | >= 0 | How long tombstones and transaction markers stay in a compacted log, so that readers from the start see them.
log.cleaner.enable | boolean | true | medium | | | Whether compacted topics are compacted.
log.cleaner.io.buffer.load.factor | double | 0.9 | medium | cluster-wide | | How full the cleaner's map of keys may get.
log.cleaner.io.buffer.size | int | 524288 | medium | cluster-wide | >= 0 | Memory for the cleaner's reads and writes, in bytes.
log.cleaner.io.max.bytes.per.second | double | 1.7976931348623157E308 | medium | cluster-wide | | Bytes that the cleaner reads and writes in a second at most.
log.cleaner.max.compaction.lag.ms | long | 9223372036854775807 | medium | cluster-wide | >= 1 | Longest time a record stays out of reach of compaction.
log.cleaner.min.cleanable.ratio | double | 0.5 | medium | cluster-wide | 0..1 | Share of the log that must be uncleaned before it is compacted.
log.cleaner.min.compaction.lag.ms | long | 0 | medium | cluster-wide | >= 0 | Shortest time a record is safe from compaction.
log.cleaner.threads | int | 1 | medium | cluster-wide | >= 0 | Threads of the cleaner in Kafka. No effect here.
log.cleanup.policy | list | delete | medium | cluster-wide | list of compact, delete | delete: old segments go; compact: the last value of each key stays; both may be combined. Empty: nothing is removed.
log.dir | list | /tmp/kafka-logs | high | | list; not empty | The log directory, when log.dirs is not set.
log.dirs | list | null | high | | list; not empty; null | The log directories, separated by commas.
log.flush.interval.messages | long | 9223372036854775807 | high | cluster-wide | >= 1 | Records after which the log is forced to disk. Replication is the usual means of durability.
log.flush.interval.ms | long | null | high | cluster-wide | | Time after which appended records are forced to disk.
log.flush.offset.checkpoint.interval.ms | int | 60000 | high | | >= 0 | How often recovery points are written.
log.flush.scheduler.interval.ms | long | 9223372036854775807 | high | | | How often logs are checked for a due flush.
log.flush.start.offset.checkpoint.interval.ms | int | 60000 | high | | >= 0 | How often log start offsets are written.
log.index.interval.bytes | int | 4096 | medium | cluster-wide | >= 0 | Bytes of log between two entries of the offset index.
log.index.size.max.bytes | int | 10485760 | medium | cluster-wide | >= 4 | Largest size of an offset or time index; a full index begins a new segment.
log.initial.task.delay.ms | long | 30000 | low internal | | >= 0 | Delay of the first periodic work on logs after the start.
log.local.retention.bytes | long | -2 | medium | cluster-wide | >= -2 | Bytes kept on local disk with tiered storage; -2: as retention.bytes. No effect here.
log.local.retention.ms | long | -2 | medium | cluster-wide | >= -2 | Time kept on local disk with tiered storage; -2: as retention.ms. No effect here.
log.message.timestamp.after.max.ms | long | 3600000 | medium | cluster-wide | >= 0 | How far a record's timestamp may lie after the broker's clock (CreateTime only).
log.message.timestamp.before.max.ms | long | 9223372036854775807 | medium | cluster-wide | >= 0 | How far a record's timestamp may lie before the broker's clock (CreateTime only).
log.message.timestamp.type | string | CreateTime | medium | cluster-wide | one of CreateTime, LogAppendTime | CreateTime: the producer's time; LogAppendTime: the broker's.
log.preallocate | boolean | false | medium | cluster-wide | | Whether a new segment's file gets its full size at once.
log.retention.bytes | long | -1 | high | cluster-wide | | Bytes of log kept for each partition before the oldest segments go; -1: no limit.
log.retention.check.interval.ms | long | 300000 | medium | | >= 1 | How often logs are checked for segments to remove.
log.retention.hours | int | 168 | high | | | Age in hours at which segments go, when minutes and ms are not set.
log.retention.minutes | int | null | high | | | Age in minutes at which segments go, when ms is not set.
log.retention.ms | long | null | high | cluster-wide | | Age at which segments go; -1: no limit.
log.roll.hours | int | 168 | high | | >= 1 | Hours after which a new segment begins, when ms is not set.
log.roll.jitter.hours | int | 0 | high | | >= 0 | Random part subtracted from the roll time in hours, when ms is not set.
log.roll.jitter.ms | long | null | high | cluster-wide | | Random part subtracted from segment.ms, so that partitions do not roll at once.
log.roll.ms | long | null | high | cluster-wide | | Time after which a new segment begins even if it is not full.
log.segment.bytes | int | 1073741824 | high | cluster-wide | >= 1048576 | Size at which a new segment begins.
log.segment.delete.delay.ms | long | 60000 | high | cluster-wide | >= 0 | Time between the removal of a segment from the log and of its files from the disk.
message.max.bytes | int | 1048588 | high | cluster-wide | >= 0 | Largest record batch accepted, in bytes, after compression.
min.insync.replicas | int | 1 | high | cluster-wide | >= 1 | In-sync replicas that must be there for acks=all, and for the high watermark to advance.
num.partitions | int | 1 | medium | | >= 1 | Partitions of a topic that is made without saying how many.
num.recovery.threads.per.data.dir | int | 2 | high | cluster-wide | >= 1 | Threads that recover logs in Kafka. No effect here.
`);
