/**
 * Broker configs of Kafka 4.3.1: node identity, the metadata quorum and the controller.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const quorumAndControllerConfigs = parseDefinitions(`
auto.leader.rebalance.enable | boolean | true | high | | | Whether preferred leaders are restored on their own.
broker.heartbeat.interval.ms | int | 2000 | medium | | | Time between a broker's heartbeats to the controller.
broker.id | int | -1 | high | | | Same as node.id.
broker.session.timeout.ms | int | 9000 | medium | | | Silence after which the controller fences a broker.
controller.listener.names | list | required | high | | list; not empty | Names of the listeners that serve the controller.
controller.performance.always.log.threshold.ms | long | 2000 | medium internal | | >= 0 | Controller events slower than this are logged. No effect here.
controller.performance.sample.period.ms | long | 60000 | medium internal | | >= 100 | Period of the controller's performance log. No effect here.
controller.quorum.append.linger.ms | int | 25 | medium | | >= 0 | How long the quorum's leader gathers records before it writes them.
controller.quorum.auto.join.enable | boolean | false | low | | | Whether a controller adds itself to the voters. Voters are static here: no effect.
controller.quorum.bootstrap.servers | list | | high | | endpoints | Endpoints at which a node finds the quorum.
controller.quorum.election.backoff.max.ms | int | 1000 | high | | >= 0 | Longest wait before a failed election is tried again.
controller.quorum.election.timeout.ms | int | 1000 | high | | >= 0 | Time without a leader after which an election begins, plus a random part.
controller.quorum.fetch.max.bytes | int | 1048576 | low | | >= 1 | Most bytes in one fetch of the metadata log.
controller.quorum.fetch.snapshot.max.bytes | int | 1048576 | low | | >= 1 | Most bytes in one fetch of a metadata snapshot.
controller.quorum.fetch.timeout.ms | int | 2000 | high | | >= 0 | Time without a successful fetch after which a voter turns candidate and a leader resigns.
controller.quorum.request.timeout.ms | int | 2000 | medium | | >= 0 | Time given to a request within the quorum.
controller.quorum.retry.backoff.ms | int | 20 | low | | >= 0 | Wait before a failed request within the quorum is sent again.
controller.quorum.voters | list | | high | | voters | The voters: id@host:port, separated by commas.
controller.quota.window.num | int | 11 | low | | >= 1 | Samples kept for controller mutation quotas. No effect here.
controller.quota.window.size.seconds | int | 1 | low | | >= 1 | Length of a sample for controller mutation quotas. No effect here.
controller.socket.timeout.ms | int | 30000 | medium | | | Time given to a request from broker to controller.
initial.broker.registration.timeout.ms | int | 60000 | medium | | | Time in which a starting broker must have registered.
internal.metadata.delete.delay.millis | long | 60000 | low internal | | | Time before the files of removed metadata segments go.
internal.metadata.log.segment.bytes | int | null | low internal | | | Overrides metadata.log.segment.bytes without its lower limit; for tests.
internal.metadata.max.batch.size.in.bytes | int | 8388608 | low internal | | | Largest batch of the metadata log.
leader.imbalance.check.interval.seconds | long | 300 | high | | >= 1 | How often the controller looks for leaders to restore.
log.dir.failure.timeout.ms | long | 30000 | low | | >= 1 | Time after which a broker that cannot report a failed log directory stops.
metadata.log.dir | string | null | high | | | Directory of the metadata log, when it is not the first log directory.
metadata.log.max.record.bytes.between.snapshots | long | 20971520 | high | | >= 1 | Bytes of metadata records after which a snapshot is due.
metadata.log.max.snapshot.interval.ms | long | 3600000 | high | | >= 0 | Time after which a snapshot of the metadata is due; 0: never.
metadata.log.segment.bytes | int | 1073741824 | high | | >= 8388608 | Size at which the metadata log begins a new segment.
metadata.log.segment.ms | long | 604800000 | high | | | Time after which the metadata log begins a new segment.
metadata.max.idle.interval.ms | int | 500 | low | | >= 0 | How often an idle quorum leader writes a no-op record; 0: never.
metadata.max.retention.bytes | long | 104857600 | high | | | Size of metadata log and snapshots above which old ones go.
metadata.max.retention.ms | long | 604800000 | high | | | Age of metadata segments and snapshots at which they go.
node.id | int | required | high | | >= 0 | The node's id, unique in the cluster.
process.roles | list | required | high | | list of broker, controller; not empty | What the node is: broker, controller, or both.
server.max.startup.time.ms | long | 9223372036854775807 | medium internal | | >= 0 | Longest time a start may take.
unclean.leader.election.enable | boolean | false | high | cluster-wide | | Whether a replica outside the ISR may lead when nothing else is left; loses records.
unclean.leader.election.interval.ms | long | 300000 | medium internal | | >= 1 | How often partitions without a leader are looked at for an unclean election.
unstable.api.versions.enable | boolean | false | high internal | | | Whether unstable versions of APIs are served.
unstable.feature.versions.enable | boolean | false | high internal | | | Whether unstable versions of features may be finalized.
`);
