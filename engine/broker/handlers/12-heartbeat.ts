/**
 * Heartbeat (12), versions 0-4.
 *
 * A member is alive; REBALANCE_IN_PROGRESS tells it to rejoin, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION and
 * FENCED_INSTANCE_ID (v3: static members) that it is out. While the coordinator loads, it is simply believed.
 */
import type { GroupCoordinator } from '../../coordinator/index.ts';
import type { Handler } from '../../net/index.ts';
import { heartbeatApi } from '../../protocol/index.ts';

export interface HeartbeatDeps {
  readonly coordinator: Pick<GroupCoordinator, 'heartbeat'>;
}

export function heartbeatHandler(deps: HeartbeatDeps): Handler<typeof heartbeatApi> {
  return { api: heartbeatApi, handle: (request) => deps.coordinator.heartbeat(request) };
}
