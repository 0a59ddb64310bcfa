/**
 * Tells of the requests that make a rebalance: JoinGroup, SyncGroup and LeaveGroup when they come and when they are
 * answered, Heartbeat when it is refused and the first time it is not any more. All other heartbeats go untold.
 */
import type { GroupId, MemberId } from '../../base/ids.ts';
import type { AssignedPartitions, TelemetryEvent } from '../../base/telemetry.ts';
import { ownedPartitionsOf, assignedPartitionsOf } from '../../coordinator/index.ts';
import type { Tracer } from '../../env/index.ts';
import type { RequestContext } from '../../net/index.ts';
import { ErrorCode, errorName, type JoinGroupRequest } from '../../protocol/index.ts';

type GroupRequestEvent = Extract<TelemetryEvent, { type: 'group-request' }>;
type Told = Pick<GroupRequestEvent, 'group' | 'member' | 'instanceId' | 'generation' | 'detail'>;

interface Answer {
  readonly errorCode: number;
  readonly member?: MemberId;
  readonly generation?: number;
  readonly detail: string;
}

/** Members whose last heartbeat was refused; who never comes back is forgotten when there are more. */
const refusedMax = 1000;

export class GroupRequests {
  readonly #tracer: Tracer;
  readonly #refused = new Set<string>();
  #requests = 0;

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Tells that a request came; what it gives tells that it is answered. */
  received(
    api: 'JoinGroup' | 'SyncGroup' | 'LeaveGroup',
    context: RequestContext,
    told: () => Told,
  ): (answer: () => Answer) => void {
    if (!this.#tracer.enabled) return () => {};
    const request = ++this.#requests;
    const known = told();
    const { apiVersion: version, clientId } = context.header;
    const base = { type: 'group-request', request, api, version, clientId: clientId ?? '' } as const;
    this.#tracer.emit({ ...base, ...known, stage: 'received', error: null });
    return (answer) => {
      const { errorCode, member, generation, detail } = answer();
      this.#tracer.emit({
        ...base,
        group: known.group,
        instanceId: known.instanceId,
        stage: 'answered',
        member: member ?? known.member,
        generation: generation ?? known.generation,
        error: nameOf(errorCode),
        detail,
      });
    };
  }

  heartbeat(
    context: RequestContext,
    told: Pick<Told, 'instanceId' | 'generation'> & { readonly group: GroupId; readonly member: MemberId },
    errorCode: number,
  ): void {
    if (!this.#tracer.enabled) return;
    const key = `${told.group}\0${told.member}`;
    const refused = errorCode !== ErrorCode.NONE;
    if (refused) this.#remember(key);
    else if (!this.#refused.delete(key)) return;
    const { apiVersion: version, clientId } = context.header;
    this.#tracer.emit({
      ...told,
      type: 'group-request',
      stage: 'answered',
      request: ++this.#requests,
      api: 'Heartbeat',
      version,
      clientId: clientId ?? '',
      error: nameOf(errorCode),
      detail: '',
    });
  }

  #remember(key: string): void {
    if (this.#refused.size >= refusedMax) this.#refused.clear();
    this.#refused.add(key);
  }
}

function nameOf(errorCode: number): string | null {
  return errorCode === ErrorCode.NONE ? null : errorName(errorCode);
}

/** `owned orders-0, orders-1; group is already rebalancing`. */
export function joinDetail({ protocols, protocolType, reason }: JoinGroupRequest): string {
  const first = protocolType === 'consumer' ? protocols[0] : undefined;
  const owned = first === undefined ? null : ownedPartitionsOf(first.metadata);
  const parts = [owned === null || owned.length === 0 ? '' : `owned ${listed(owned)}`, reason ?? ''];
  return parts.filter((part) => part !== '').join('; ');
}

/** `orders-0, orders-1`; of bytes that are no assignment of consumers their length. */
export function assignmentDetail(protocolType: string | null, assignment: Uint8Array): string {
  const partitions = protocolType === 'consumer' ? assignedPartitionsOf(assignment) : null;
  if (partitions === null) return `${assignment.length} bytes`;
  return partitions.length === 0 ? 'nothing' : listed(partitions);
}

function listed(partitions: readonly AssignedPartitions[]): string {
  return partitions.flatMap(({ topic, partitions: each }) => each.map((index) => `${topic}-${index}`)).join(', ');
}
