/**
 * Broker configs that exist only as dynamic ones: rates of replication throttles. Columns: see definition-table.ts.
 */
import { parseDefinitions } from '../definition-table.ts';

export const throttleConfigs = parseDefinitions(`
follower.replication.throttled.rate | long | 9223372036854775807 | medium | per-broker | >= 0 | Bytes a second that a throttled follower fetches. No effect here.
leader.replication.throttled.rate | long | 9223372036854775807 | medium | per-broker | >= 0 | Bytes a second that a leader sends to throttled replicas. No effect here.
replica.alter.log.dirs.io.max.bytes.per.second | long | 9223372036854775807 | medium | per-broker | >= 0 | Bytes a second for moves between log directories. No effect here.
`);
