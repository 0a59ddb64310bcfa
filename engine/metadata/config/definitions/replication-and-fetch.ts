/**
 * Broker configs of Kafka 4.3.1: replication and fetching.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const replicationAndFetchConfigs = parseDefinitions(`
alter.log.dirs.replication.quota.window.num | int | 11 | low | | >= 1 | Samples kept for quotas of moves between log directories. No effect here.
alter.log.dirs.replication.quota.window.size.seconds | int | 1 | low | | >= 1 | Length of a sample for quotas of moves between log directories. No effect here.
delete.records.purgatory.purge.interval.requests | int | 1 | medium | | | Purge interval of the waiting DeleteRecords in Kafka. No effect here.
fetch.max.bytes | int | 57671680 | medium | | >= 1024 | Most bytes a broker returns for one fetch.
fetch.purgatory.purge.interval.requests | int | 1000 | medium | | | Purge interval of the waiting fetches in Kafka. No effect here.
max.incremental.fetch.session.cache.slots | int | 1000 | medium | | >= 0 | Incremental fetch sessions that a broker keeps.
num.replica.alter.log.dirs.threads | int | null | high | | | Threads that move replicas between log directories in Kafka. No effect here.
num.replica.fetchers | int | 1 | high | cluster-wide | >= 1 | Fetchers from each other broker.
producer.purgatory.purge.interval.requests | int | 1000 | medium | | | Purge interval of the waiting produces in Kafka. No effect here.
replica.fetch.backoff.ms | int | 1000 | medium | | >= 0 | Pause of a follower after a failed fetch.
replica.fetch.max.bytes | int | 1048576 | medium | | >= 0 | Bytes that a follower asks for of each partition.
replica.fetch.min.bytes | int | 1 | high | | | Bytes that a follower's fetch waits for.
replica.fetch.response.max.bytes | int | 10485760 | medium | | >= 0 | Bytes that a follower asks for in one fetch.
replica.fetch.wait.max.ms | int | 500 | high | | | Longest time that a follower's fetch waits.
replica.high.watermark.checkpoint.interval.ms | long | 5000 | high | | | How often high watermarks are written.
replica.lag.time.max.ms | long | 30000 | high | | | Time a follower may be behind before it leaves the ISR.
replica.selector.class | string | null | medium | | | Java class that picks the replica a consumer reads from. No effect here.
replica.socket.receive.buffer.bytes | int | 65536 | high | | | Receive buffer of followers' sockets. No effect here.
replica.socket.timeout.ms | int | 30000 | high | | | Time given to a follower's request.
replication.quota.window.num | int | 11 | low | | >= 1 | Samples kept for replication quotas. No effect here.
replication.quota.window.size.seconds | int | 1 | low | | >= 1 | Length of a sample for replication quotas. No effect here.
`);
