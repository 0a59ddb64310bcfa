/**
 * Broker configs of Kafka 4.3.1: listeners, connections, quotas and the process.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const serverAndNetworkConfigs = parseDefinitions(`
advertised.listeners | list | null | high | | list; not empty; null | Addresses that clients are told, where they differ from listeners.
background.threads | int | 10 | high | cluster-wide | >= 1 | Threads for background work in Kafka. Here a broker is one thread: no effect.
broker.rack | string | null | medium | | | Rack of the broker, for spreading replicas and for fetching from nearby.
client.quota.callback.class | class | null | low | | | Java class that decides quotas. No effect here.
config.providers | list | | low | cluster-wide | list | Providers that resolve variables in configs. No effect here.
connections.max.idle.ms | long | 600000 | medium | | | Idle time after which a connection is closed.
controlled.shutdown.enable | boolean | true | medium | | | Whether leaders move away before a broker stops.
early.start.listeners | list | null | high | | list; null | Listeners that open before authorization is ready. No effect here.
inter.broker.listener.name | string | null | medium | | | Listener by which brokers talk to each other.
kafka.metrics.polling.interval.secs | int | 10 | low | | >= 1 | Polling interval of Kafka's own metrics reporters. No effect here.
kafka.metrics.reporters | list | | low | | list | Java classes of Kafka's own metrics reporters. No effect here.
listener.security.protocol.map | string | SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT | low | per-broker | | Security protocol of each listener name.
listeners | list | PLAINTEXT://:9092 | high | per-broker | list; not empty | Addresses on which the node listens: NAME://host:port, separated by commas.
max.connection.creation.rate | int | 2147483647 | medium | cluster-wide | >= 0 | New connections accepted in a second.
max.connections | int | 2147483647 | medium | cluster-wide | >= 0 | Most connections of a broker.
max.connections.per.ip | int | 2147483647 | medium | cluster-wide | >= 0 | Most connections from one address.
max.connections.per.ip.overrides | string | | medium | cluster-wide | | Most connections from the addresses listed here: address:count, separated by commas.
max.request.partition.size.limit | int | 2000 | medium | | >= 1 | Most partitions that one DescribeTopicPartitions answers.
metric.reporters | list | org.apache.kafka.common.metrics.JmxReporter | low | cluster-wide | list | Java classes that report metrics. No effect here.
metrics.num.samples | int | 2 | low | | >= 1 | Samples kept for metrics in Kafka. No effect here.
metrics.recording.level | string | INFO | low | | | Level at which metrics are recorded in Kafka. No effect here.
metrics.sample.window.ms | long | 30000 | low | | >= 1 | Length of a metrics sample in Kafka. No effect here.
num.io.threads | int | 8 | high | cluster-wide | >= 1 | Threads that process requests in Kafka. Here a broker is one thread: no effect.
num.network.threads | int | 3 | high | cluster-wide | >= 1 | Threads for the network in Kafka. Here a broker is one thread: no effect.
queued.max.request.bytes | long | -1 | medium | | | Bytes of requests that may wait; -1: no limit. No effect here.
queued.max.requests | int | 500 | high | | >= 1 | Requests that may wait in Kafka. No effect here.
quota.window.num | int | 11 | low | | >= 1 | Samples kept for client quotas. No effect here.
quota.window.size.seconds | int | 1 | low | | >= 1 | Length of a sample for client quotas. No effect here.
request.timeout.ms | int | 30000 | high | | | Time that a request of a broker may take, retries included.
socket.connection.setup.timeout.max.ms | long | 30000 | medium | | | Longest time given to setting up a connection.
socket.connection.setup.timeout.ms | long | 10000 | medium | | | Time given to setting up a connection.
socket.listen.backlog.size | int | 50 | medium | | >= 1 | Connections that may wait to be accepted.
socket.receive.buffer.bytes | int | 102400 | high | | | Receive buffer of the server's sockets. No effect here.
socket.request.max.bytes | int | 104857600 | high | | >= 1 | Largest request, in bytes; the connection of a larger one is closed.
socket.send.buffer.bytes | int | 102400 | high | | | Send buffer of the server's sockets. No effect here.
telemetry.max.bytes | int | 1048576 | low | | >= 1 | Largest push of client telemetry.
`);
