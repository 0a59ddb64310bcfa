/**
 * Broker configs of Kafka 4.3.1: producer ids and transactions.
 * Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const transactionsConfigs = parseDefinitions(`
add.partitions.to.txn.retry.backoff.max.ms | int | 100 | high | | >= 0 | Longest time for which a broker retries to add a partition to a transaction.
add.partitions.to.txn.retry.backoff.ms | int | 20 | high | | >= 1 | Pause between tries to add a partition to a transaction.
producer.id.expiration.check.interval.ms | int | 600000 | low internal | | >= 1 | How often forgotten producer ids are looked for.
producer.id.expiration.ms | int | 86400000 | low | cluster-wide | >= 1 | Idle time after which a partition forgets a producer id.
transaction.abort.timed.out.transaction.cleanup.interval.ms | int | 10000 | low | | >= 1 | How often transactions that ran out of time are looked for.
transaction.max.timeout.ms | int | 900000 | high | | >= 1 | Longest timeout that a transaction may ask for.
transaction.partition.verification.enable | boolean | true | low | cluster-wide | | Whether a partition checks that it belongs to a transaction before it takes its records.
transaction.remove.expired.transaction.cleanup.interval.ms | int | 3600000 | low | | >= 1 | How often expired transactional ids are looked for.
transaction.state.log.load.buffer.size | int | 5242880 | high | | >= 1 | Bytes read at a time when transactions are loaded.
transaction.state.log.min.isr | int | 2 | high | | >= 1 | min.insync.replicas of __transaction_state.
transaction.state.log.num.partitions | int | 50 | high | | >= 1 | Partitions of __transaction_state.
transaction.state.log.replication.factor | short | 3 | high | | >= 1 | Replicas of __transaction_state.
transaction.state.log.segment.bytes | int | 104857600 | high | | >= 1 | Segment size of __transaction_state.
transaction.two.phase.commit.enable | boolean | false | low | | | Whether transactions may take part in a two-phase commit.
transactional.id.expiration.ms | int | 604800000 | high | | >= 1 | Idle time after which a transactional id is forgotten.
`);
