/**
 * From a node's telemetry to the lines of the event log: one draft each, or none for what the window does not show as a
 * line. The same metadata is told by every member; the first to tell an offset is heard, the others are not.
 */
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { LabChange, LabEventDraft, LabEventKind, LabEventTone } from '../contract/events.ts';

type EventOf<T extends TelemetryEvent['type']> = Extract<TelemetryEvent, { type: T }>;
type Draft = Omit<LabEventDraft, 'atMs' | 'node'>;

const nodes = (ids: readonly number[]): string =>
  ids.length === 0 ? 'none' : [...ids].sort((a, b) => a - b).join(', ');
const nodeName = (id: number | null): string => (id === null || id < 0 ? 'none' : String(id));

function draft(
  actor: Draft['actor'],
  kind: LabEventKind,
  source: string,
  args: Draft['args'],
  more: { change?: LabChange; metric?: string; tone?: LabEventTone } = {},
): Draft {
  return {
    actor,
    kind,
    source,
    args,
    change: more.change ?? null,
    metric: more.metric ?? null,
    tone: more.tone ?? 'plain',
  };
}

export class Narration {
  /** The newest offset of the metadata log that was told, and by whom. */
  #told = { offset: -1, node: -1 };

  /**
   * Lines for one event that `node` told; several when one change has several sides. A change of the metadata is the
   * doing of `controller`, the active one (null when nobody knows it), whoever tells it.
   */
  narrate(node: number, controller: number | null, atMs: number, event: TelemetryEvent): LabEventDraft[] {
    const metadata = 'offset' in event;
    if (metadata && !this.#firstToTell(node, event.offset)) return [];
    return this.#lines(node, event).map((line) => ({ ...line, atMs, node: metadata ? controller : node }));
  }

  #firstToTell(node: number, offset: number): boolean {
    const told = this.#told;
    if (offset < told.offset || (offset === told.offset && node !== told.node)) return false;
    this.#told = { offset, node };
    return true;
  }

  /** One arm for each event. */
  #lines(node: number, event: TelemetryEvent): Draft[] {
    switch (event.type) {
      case 'log':
        return event.level === 'warn' || event.level === 'error' ? [logLine(event)] : [];
      case 'lifecycle':
        return [draft('broker', 'lifecycle', 'BrokerLifecycle', { detail: event.detail || event.state })];
      case 'partition-changed':
        return partitionLines(event);
      case 'broker-registered':
        return [
          draft('controller', 'broker-registered', 'RegisterBrokerRecord', {
            node: event.broker,
            epoch: event.brokerEpoch,
          }),
        ];
      case 'broker-unregistered':
        return [
          draft(
            'controller',
            'broker-unregistered',
            'UnregisterBrokerRecord',
            { node: event.broker },
            { tone: 'notice' },
          ),
        ];
      case 'broker-fenced':
        return [fencingLine(event)];
      case 'topic-created':
        return [draft('controller', 'topic-created', 'TopicRecord', { topic: event.topic })];
      case 'topic-deleted':
        return [draft('controller', 'topic-deleted', 'RemoveTopicRecord', { topic: event.topic }, { tone: 'notice' })];
      case 'config-changed':
        return [
          draft(
            'controller',
            'config-changed',
            'ConfigRecord',
            { resource: event.resource, key: event.key, value: event.value ?? 'default' },
            { change: { of: 'value', was: '?', now: event.value ?? 'default' } },
          ),
        ];
      case 'quorum-role':
        return [quorumLine(node, event)];
      case 'quorum-snapshot':
        return [
          draft('controller', 'metadata-snapshot', 'Snapshot', {
            action: event.action,
            offset: event.endOffset,
            epoch: event.epoch,
          }),
        ];
      case 'log-recovered':
        return [
          draft(
            'broker',
            'log-recovered',
            'LogLoader',
            {
              topic: event.topic,
              partition: event.partition,
              from: event.from,
              to: event.to,
              bytes: event.truncatedBytes,
            },
            { tone: event.truncatedBytes > 0 ? 'warning' : 'plain' },
          ),
        ];
      case 'log-truncated':
        return [
          draft(
            'broker',
            'log-truncated',
            'UnifiedLog',
            { topic: event.topic, partition: event.partition },
            {
              change: { of: 'offset', was: String(event.from), now: String(event.to) },
              tone: 'notice',
            },
          ),
        ];
      case 'duplicate-dropped': {
        const { type, producerEpoch: epoch, baseSequence: sequence, baseOffset: offset, ...rest } = event;
        return [draft('broker', type, 'UnifiedLog', { ...rest, epoch, sequence, offset }, { tone: 'notice' })];
      }
      case 'segment-rolled':
      case 'segment-deleted':
        return [
          draft('broker', event.type, 'LogSegment', {
            topic: event.topic,
            partition: event.partition,
            offset: event.baseOffset,
            reason: event.reason,
          }),
        ];
      case 'group-state':
        return [
          draft(
            'broker',
            'group-state',
            'GroupCoordinator',
            { group: event.group, members: event.members, generation: event.generation, reason: event.reason },
            {
              change: { of: 'state', was: event.was, now: event.now },
              tone: event.now === 'Stable' ? 'good' : 'plain',
            },
          ),
        ];
      case 'group-member':
        return [
          draft(
            'broker',
            'group-member',
            'GroupCoordinator',
            { group: event.group, member: event.member, action: event.action, reason: event.reason },
            { tone: event.action === 'expired' || event.action === 'fenced' ? 'warning' : 'plain' },
          ),
        ];
      case 'coordinator-loaded':
      case 'coordinator-unloaded':
        return [draft('broker', 'coordinator', 'GroupCoordinator', { detail: event.type, partition: event.partition })];
      case 'controller':
        return [draft('controller', 'controller', 'QuorumController', { action: event.action, detail: event.detail })];
      case 'connection-closed':
        return [
          draft(
            'broker',
            'connection-closed',
            'SocketServer',
            { remote: event.remote, reason: event.reason },
            { tone: 'warning' },
          ),
        ];
      case 'client-error':
        return [
          draft(
            'broker',
            'client-error',
            event.api,
            { client: event.clientId, remote: event.remote, error: event.error, detail: event.detail },
            { tone: 'warning' },
          ),
        ];
      case 'isr-change':
        return event.stage === 'rejected'
          ? [
              draft('broker', 'log', 'AlterPartition', {
                component: 'AlterPartition',
                detail: `${event.topic}-${event.partition}: ISR ${nodes(event.now)} refused, ${event.reason}`,
              }),
            ]
          : [];
      case 'replica-role':
      case 'offsets-committed':
      // LabGroups tells the story that these two make.
      case 'group-request':
      case 'group-assignment':
        return [];
    }
  }
}

function logLine(event: EventOf<'log'>): Draft {
  return draft(
    'broker',
    'log',
    event.component,
    { component: event.component, detail: event.message },
    { tone: event.level === 'error' ? 'fault' : 'warning' },
  );
}

function partitionLines(event: EventOf<'partition-changed'>): Draft[] {
  const where = { topic: event.topic, partition: event.partition };
  const lines: Draft[] = [];
  const { leader, leaderEpoch, isr } = event;
  if (leaderEpoch.was < 0) return [];
  if (isr.was.length !== isr.now.length || isr.was.some((id) => !isr.now.includes(id))) {
    const shrunk = isr.was.some((id) => !isr.now.includes(id));
    lines.push(
      draft('controller', shrunk ? 'isr-shrunk' : 'isr-expanded', 'PartitionChangeRecord', where, {
        change: { of: 'isr', was: nodes(isr.was), now: nodes(isr.now) },
        metric: shrunk ? 'IsrShrinksPerSec' : 'IsrExpandsPerSec',
        tone: shrunk ? 'warning' : 'good',
      }),
    );
  }
  if (leader.was !== leader.now) {
    lines.push(
      draft(
        'controller',
        'leader-changed',
        'PartitionChangeRecord',
        { ...where, epoch: leaderEpoch.now, epochWas: leaderEpoch.was },
        {
          change: { of: 'leader', was: nodeName(leader.was), now: nodeName(leader.now) },
          metric: 'LeaderElectionRateAndTimeMs',
          tone: leader.now < 0 ? 'fault' : 'notice',
        },
      ),
    );
  }
  return lines;
}

function fencingLine(event: EventOf<'broker-fenced'>): Draft {
  const args = { node: event.broker };
  if (event.inControlledShutdown) {
    return draft('controller', 'controlled-shutdown', 'BrokerRegistrationChangeRecord', args, { tone: 'notice' });
  }
  return draft(
    'controller',
    event.fenced ? 'broker-fenced' : 'broker-unfenced',
    'BrokerRegistrationChangeRecord',
    args,
    {
      change: {
        of: 'state',
        was: event.fenced ? 'unfenced' : 'fenced',
        now: event.fenced ? 'fenced' : 'unfenced',
      },
      metric: 'FencedBrokerCount',
      tone: event.fenced ? 'warning' : 'good',
    },
  );
}

function quorumLine(node: number, event: EventOf<'quorum-role'>): Draft {
  if (event.role === 'leader') {
    return draft(
      'controller',
      'quorum-leader',
      'LeaderChangeMessage',
      { epoch: event.epoch, node },
      {
        change: { of: 'leader', was: 'none', now: nodeName(event.leader ?? node) },
        metric: 'ActiveControllerCount',
        tone: 'notice',
      },
    );
  }
  return draft('controller', 'quorum-role', 'RaftState', { epoch: event.epoch, role: event.role, node });
}
