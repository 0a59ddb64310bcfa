/**
 * Topic configs of Kafka 4.3.1. Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const topicConfigDefinitions = parseDefinitions(`
cleanup.policy | list | delete | medium | | list of compact, delete | delete: old segments go; compact: the last value of each key stays; both may be combined. Empty: nothing is removed.
compression.gzip.level | int | -1 | medium | | gzip level | gzip level when the broker compresses; -1: the codec's own default.
compression.lz4.level | int | 9 | medium | | 1..17 | lz4 level when the broker compresses.
compression.type | string | producer | medium | | one of uncompressed, zstd, lz4, snappy, gzip, producer | How batches are stored: as the producer sent them (producer), or with this codec.
compression.zstd.level | int | 3 | medium | | -131072..22 | zstd level when the broker compresses.
delete.retention.ms | long | 86400000 | medium | | >= 0 | How long tombstones and transaction markers stay in a compacted log, so that readers from the start see them.
file.delete.delay.ms | long | 60000 | medium | | >= 0 | Time between the removal of a segment from the log and of its files from the disk.
flush.messages | long | 9223372036854775807 | medium | | >= 1 | Records after which the log is forced to disk. Replication is the usual means of durability.
flush.ms | long | 9223372036854775807 | medium | | >= 0 | Time after which appended records are forced to disk.
follower.replication.throttled.replicas | list | | medium | | throttled replicas | Replicas whose followers are throttled: partition:broker pairs, or *.
index.interval.bytes | int | 4096 | medium | | >= 0 | Bytes of log between two entries of the offset index.
internal.segment.bytes | int | null | medium internal | | | Overrides segment.bytes without its lower limit; for tests.
leader.replication.throttled.replicas | list | | medium | | throttled replicas | Replicas throttled on the leader's side: partition:broker pairs, or *.
local.retention.bytes | long | -2 | medium | | >= -2 | Bytes kept on local disk with tiered storage; -2: as retention.bytes. No effect here.
local.retention.ms | long | -2 | medium | | >= -2 | Time kept on local disk with tiered storage; -2: as retention.ms. No effect here.
max.compaction.lag.ms | long | 9223372036854775807 | medium | | >= 1 | Longest time a record stays out of reach of compaction.
max.message.bytes | int | 1048588 | medium | | >= 0 | Largest record batch accepted, in bytes, after compression.
message.timestamp.after.max.ms | long | 3600000 | medium | | >= 0 | How far a record's timestamp may lie after the broker's clock (CreateTime only).
message.timestamp.before.max.ms | long | 9223372036854775807 | medium | | >= 0 | How far a record's timestamp may lie before the broker's clock (CreateTime only).
message.timestamp.type | string | CreateTime | medium | | one of CreateTime, LogAppendTime | CreateTime: the producer's time; LogAppendTime: the broker's.
min.cleanable.dirty.ratio | double | 0.5 | medium | | 0..1 | Share of the log that must be uncleaned before it is compacted.
min.compaction.lag.ms | long | 0 | medium | | >= 0 | Shortest time a record is safe from compaction.
min.insync.replicas | int | 1 | medium | | >= 1 | In-sync replicas that must be there for acks=all, and for the high watermark to advance.
preallocate | boolean | false | medium | | | Whether a new segment's file gets its full size at once.
remote.log.copy.disable | boolean | false | medium | | | Tiered storage: no more segments are uploaded. No effect here.
remote.log.delete.on.disable | boolean | false | medium | | | Tiered storage: remote data goes when it is switched off. No effect here.
remote.storage.enable | boolean | false | medium | | | Tiered storage for this topic. Not available here.
retention.bytes | long | -1 | medium | | | Bytes of log kept for each partition before the oldest segments go; -1: no limit.
retention.ms | long | 604800000 | medium | | >= -1 | Age at which segments go; -1: no limit.
segment.bytes | int | 1073741824 | medium | | >= 1048576 | Size at which a new segment begins.
segment.index.bytes | int | 10485760 | medium | | >= 4 | Largest size of an offset or time index; a full index begins a new segment.
segment.jitter.ms | long | 0 | medium | | >= 0 | Random part subtracted from segment.ms, so that partitions do not roll at once.
segment.ms | long | 604800000 | medium | | >= 1 | Time after which a new segment begins even if it is not full.
unclean.leader.election.enable | boolean | false | medium | | | Whether a replica outside the ISR may lead when nothing else is left; loses records.
`);
