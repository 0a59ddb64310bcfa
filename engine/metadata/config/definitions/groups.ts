/**
 * Broker configs of Kafka 4.3.1: the group coordinator, its offsets and share groups.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const groupsConfigs = parseDefinitions(`
group.consumer.assignment.interval.ms | int | 1000 | medium | cluster-wide | >= 0 | The time between two assignments of consumer groups, in ms.
group.consumer.assignors | list | uniform,range | medium | | list; not empty | Assignors of consumer groups on the broker's side, the first is the default.
group.consumer.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | The heartbeat interval of consumer groups, in ms.
group.consumer.max.assignment.interval.ms | int | 15000 | medium | | >= 0 | Upper limit of the time between two assignments of consumer groups, in ms.
group.consumer.max.heartbeat.interval.ms | int | 15000 | medium | | >= 1 | Upper limit of the heartbeat interval of consumer groups, in ms.
group.consumer.max.session.timeout.ms | int | 60000 | medium | | >= 1 | Upper limit of the session timeout of consumer groups, in ms.
group.consumer.max.size | int | 2147483647 | medium | | >= 1 | Most members of a consumer group.
group.consumer.migration.policy | string | bidirectional | medium | | any case of DISABLED, DOWNGRADE, UPGRADE, BIDIRECTIONAL | Which ways a group may change between the classic and the consumer protocol.
group.consumer.min.assignment.interval.ms | int | 0 | medium | | >= 0 | Lower limit of the time between two assignments of consumer groups, in ms.
group.consumer.min.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | Lower limit of the heartbeat interval of consumer groups, in ms.
group.consumer.min.session.timeout.ms | int | 45000 | medium | | >= 1 | Lower limit of the session timeout of consumer groups, in ms.
group.consumer.regex.refresh.interval.ms | int | 600000 | medium internal | | >= 10000 | How often subscriptions by pattern are resolved anew.
group.consumer.session.timeout.ms | int | 45000 | medium | | >= 1 | The session timeout of consumer groups, in ms.
group.coordinator.append.linger.ms | int | -1 | medium | | >= -1 | How long the group coordinator gathers records before it writes them; -1: as load demands.
group.coordinator.background.threads | int | 2 | high | | >= 1 | Threads for the group coordinator's background work in Kafka. No effect here.
group.coordinator.cached.buffer.max.bytes | int | 1048588 | medium | cluster-wide | >= 524288 | Largest buffer that the group coordinator keeps. No effect here.
group.coordinator.rebalance.protocols | list | classic,consumer,streams | medium | | list of consumer, classic, share, streams; not empty | Kinds of groups that the coordinator serves.
group.coordinator.threads | int | 4 | high | | >= 1 | Threads of the group coordinator in Kafka. No effect here.
group.initial.rebalance.delay.ms | int | 3000 | medium | | | How long an empty group waits for more members before its first rebalance.
group.max.session.timeout.ms | int | 1800000 | medium | | | Longest session timeout that a member may ask for.
group.max.size | int | 2147483647 | medium | | >= 1 | Most members of a group.
group.min.session.timeout.ms | int | 6000 | medium | | | Shortest session timeout that a member may ask for.
group.share.assignment.interval.ms | int | 1000 | medium | cluster-wide | >= 0 | Part of share groups.
group.share.assignors | list | simple | medium | | list; not empty | Part of share groups.
group.share.delivery.count.limit | int | 5 | medium | | 2..10 | Part of share groups.
group.share.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | Part of share groups.
group.share.initialize.retry.interval.ms | int | 30000 | low internal | | >= 1 | Part of share groups.
group.share.max.assignment.interval.ms | int | 15000 | medium | | >= 0 | Part of share groups.
group.share.max.delivery.count.limit | int | 10 | medium | | 5..25 | Part of share groups.
group.share.max.heartbeat.interval.ms | int | 15000 | medium | | >= 1 | Part of share groups.
group.share.max.partition.max.record.locks | int | 4000 | medium | | 2000..10000 | Part of share groups.
group.share.max.record.lock.duration.ms | int | 60000 | medium | | 30000..3600000 | Part of share groups.
group.share.max.session.timeout.ms | int | 60000 | medium | | >= 1 | Part of share groups.
group.share.max.share.sessions | int | 2000 | medium | | >= 1 | Part of share groups.
group.share.max.size | int | 200 | medium | | 1..1000 | Part of share groups.
group.share.min.assignment.interval.ms | int | 0 | medium | | >= 0 | Part of share groups.
group.share.min.delivery.count.limit | int | 2 | medium | | 2..5 | Part of share groups.
group.share.min.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | Part of share groups.
group.share.min.partition.max.record.locks | int | 100 | medium | | 100..2000 | Part of share groups.
group.share.min.record.lock.duration.ms | int | 15000 | medium | | 1000..30000 | Part of share groups.
group.share.min.session.timeout.ms | int | 45000 | medium | | >= 1 | Part of share groups.
group.share.partition.max.record.locks | int | 2000 | medium | | 100..10000 | Part of share groups.
group.share.persister.class.name | string | org.apache.kafka.server.share.persister.DefaultStatePersister | medium internal | | | Part of share groups.
group.share.record.lock.duration.ms | int | 30000 | medium | | 1000..3600000 | Part of share groups.
group.share.session.timeout.ms | int | 45000 | medium | | >= 1 | Part of share groups.
group.streams.assignment.interval.ms | int | 1000 | medium | cluster-wide | >= 0 | Part of streams groups.
group.streams.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | Part of streams groups.
group.streams.initial.rebalance.delay.ms | int | 3000 | medium | | >= 0 | Part of streams groups.
group.streams.max.assignment.interval.ms | int | 15000 | medium | | >= 0 | Part of streams groups.
group.streams.max.heartbeat.interval.ms | int | 15000 | medium | | >= 1 | Part of streams groups.
group.streams.max.session.timeout.ms | int | 60000 | medium | | >= 1 | Part of streams groups.
group.streams.max.size | int | 2147483647 | medium | | >= 1 | Part of streams groups.
group.streams.max.standby.replicas | int | 2 | medium | | >= 0 | Part of streams groups.
group.streams.min.assignment.interval.ms | int | 0 | medium | | >= 0 | Part of streams groups.
group.streams.min.heartbeat.interval.ms | int | 5000 | medium | | >= 1 | Part of streams groups.
group.streams.min.session.timeout.ms | int | 45000 | medium | | >= 1 | Part of streams groups.
group.streams.num.standby.replicas | int | 0 | medium | | >= 0 | Part of streams groups.
group.streams.session.timeout.ms | int | 45000 | medium | | >= 1 | Part of streams groups.
offset.metadata.max.bytes | int | 4096 | high | | | Longest text that may accompany a committed offset.
offsets.commit.timeout.ms | int | 5000 | high | | >= 1 | Time in which a commit must have been replicated.
offsets.load.buffer.size | int | 5242880 | high | | >= 1 | Bytes read at a time when groups are loaded.
offsets.retention.check.interval.ms | long | 600000 | high | | >= 1 | How often expired offsets are looked for.
offsets.retention.minutes | int | 10080 | high | | >= 1 | Minutes that the offsets of an empty group are kept.
offsets.topic.compression.codec | int | 0 | high | | | Codec of __consumer_offsets, by number.
offsets.topic.num.partitions | int | 50 | high | | >= 1 | Partitions of __consumer_offsets.
offsets.topic.replication.factor | short | 3 | high | | >= 1 | Replicas of __consumer_offsets.
offsets.topic.segment.bytes | int | 104857600 | high | | >= 1 | Segment size of __consumer_offsets.
share.coordinator.append.linger.ms | int | -1 | medium | | >= -1 | Part of share groups.
share.coordinator.cached.buffer.max.bytes | int | 1048588 | medium | cluster-wide | >= 524288 | Part of share groups.
share.coordinator.cold.partition.snapshot.interval.ms | int | 300000 | low internal | | >= 1 | Part of share groups.
share.coordinator.load.buffer.size | int | 5242880 | high | | >= 1 | Part of share groups.
share.coordinator.snapshot.update.records.per.snapshot | int | 500 | medium | | 0..500 | Part of share groups.
share.coordinator.state.topic.compression.codec | int | 0 | high | | | Part of share groups.
share.coordinator.state.topic.min.isr | short | 2 | high | | >= 1 | Part of share groups.
share.coordinator.state.topic.num.partitions | int | 50 | high | | >= 1 | Part of share groups.
share.coordinator.state.topic.prune.interval.ms | int | 300000 | low internal | | >= 1 | Part of share groups.
share.coordinator.state.topic.replication.factor | short | 3 | high | | >= 1 | Part of share groups.
share.coordinator.state.topic.segment.bytes | int | 104857600 | high | | >= 1 | Part of share groups.
share.coordinator.threads | int | 1 | medium | | >= 1 | Part of share groups.
share.coordinator.write.timeout.ms | int | 5000 | high | | >= 1 | Part of share groups.
share.fetch.purgatory.purge.interval.requests | int | 1000 | medium | | | Part of share groups.
`);
