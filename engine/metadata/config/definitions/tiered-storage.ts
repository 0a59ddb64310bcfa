/**
 * Broker configs of Kafka 4.3.1: tiered storage: known by name, without effect.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const tieredStorageConfigs = parseDefinitions(`
follower.fetch.last.tiered.offset.enable | boolean | false | medium | cluster-wide | | Part of tiered storage. No effect here.
remote.fetch.max.wait.ms | int | 500 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.list.offsets.request.timeout.ms | long | 30000 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.index.file.cache.total.size.bytes | long | 1073741824 | low | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.index.file.cache.ttl.ms | long | 900000 | low internal | | >= -1 | Part of tiered storage. No effect here.
remote.log.manager.copier.thread.pool.size | int | 10 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.copy.max.bytes.per.second | long | 9223372036854775807 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.copy.quota.window.num | int | 11 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.copy.quota.window.size.seconds | int | 1 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.expiration.thread.pool.size | int | 10 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.fetch.max.bytes.per.second | long | 9223372036854775807 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.fetch.quota.window.num | int | 11 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.fetch.quota.window.size.seconds | int | 1 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.follower.thread.pool.size | int | 2 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.task.interval.ms | long | 30000 | low | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.task.retry.backoff.max.ms | long | 30000 | low internal | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.task.retry.backoff.ms | long | 500 | low internal | | >= 1 | Part of tiered storage. No effect here.
remote.log.manager.task.retry.jitter | double | 0.2 | low internal | | 0..0.5 | Part of tiered storage. No effect here.
remote.log.manager.thread.pool.size | int | 2 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.metadata.custom.metadata.max.bytes | int | 128 | low | | >= 0 | Part of tiered storage. No effect here.
remote.log.metadata.manager.class.name | string | org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager | medium | | not empty | Part of tiered storage. No effect here.
remote.log.metadata.manager.class.path | string | null | medium | | | Part of tiered storage. No effect here.
remote.log.metadata.manager.impl.prefix | string | rlmm.config. | medium | | not empty | Part of tiered storage. No effect here.
remote.log.metadata.manager.listener.name | string | null | medium | | not empty | Part of tiered storage. No effect here.
remote.log.reader.max.pending.tasks | int | 100 | medium | | >= 1 | Part of tiered storage. No effect here.
remote.log.reader.threads | int | 10 | medium | cluster-wide | >= 1 | Part of tiered storage. No effect here.
remote.log.storage.manager.class.name | string | null | medium | | not empty | Part of tiered storage. No effect here.
remote.log.storage.manager.class.path | string | null | medium | | | Part of tiered storage. No effect here.
remote.log.storage.manager.impl.prefix | string | rsm.config. | medium | | not empty | Part of tiered storage. No effect here.
remote.log.storage.system.enable | boolean | false | medium | | | Part of tiered storage. No effect here.
`);
