/**
 * Telemetry of a node, told as a line of the window's event log. Pure: one event in, at most one line out; what is too
 * fine for the log (debug lines, the start's own steps, committed offsets) gives none.
 */
import type { NodeId } from '../base/ids.ts';
import type { TelemetryEvent } from '../base/telemetry.ts';
import type { LabChange, LabEventDraft, LabEventKind, LabEventTone } from '../contract/events.ts';

type Line = Pick<LabEventDraft, 'kind' | 'source' | 'args'> &
  Partial<Pick<LabEventDraft, 'change' | 'metric' | 'tone' | 'actor' | 'node'>>;

export function labEventOf(node: NodeId, atMs: number, event: TelemetryEvent): LabEventDraft | null {
  const line = lineOf(node, event);
  if (line === null) return null;
  return { atMs, actor: 'broker', node, change: null, metric: null, tone: 'plain', ...line };
}

/** `1, 2, 3`; `none` for nobody. */
export function nodeSet(nodes: readonly NodeId[]): string {
  return nodes.length === 0 ? 'none' : nodes.join(', ');
}

function nodeName(node: NodeId | null): string {
  return node === null || node < 0 ? 'none' : String(node);
}

function change(of: LabChange['of'], was: string, now: string): LabChange {
  return { of, was, now };
}

function lineOf(node: NodeId, event: TelemetryEvent): Line | null {
  switch (event.type) {
    case 'log': {
      if (event.level === 'debug' || event.level === 'info') return null;
      const tone: LabEventTone = event.level === 'error' ? 'fault' : 'warning';
      return {
        kind: 'log',
        source: event.component,
        args: { component: event.component, detail: event.message },
        tone,
      };
    }
    case 'lifecycle':
      return { kind: 'lifecycle', source: event.state, args: { detail: event.detail } };
    case 'log-recovered':
      return {
        kind: 'log-recovered',
        source: 'LogLoader',
        args: { topic: event.topic, partition: event.partition, bytes: event.truncatedBytes },
        change: change('offset', String(event.from), String(event.to)),
        tone: event.truncatedBytes > 0 ? 'warning' : 'plain',
      };
    case 'log-truncated':
      return {
        kind: 'log-truncated',
        source: 'truncate',
        args: { topic: event.topic, partition: event.partition, records: event.from - event.to },
        change: change('offset', String(event.from), String(event.to)),
        tone: 'warning',
      };
    case 'segment-rolled':
    case 'segment-deleted':
      return {
        kind: event.type,
        source: 'LogSegment',
        args: { topic: event.topic, partition: event.partition, offset: event.baseOffset, detail: event.reason },
        metric: event.type === 'segment-rolled' ? 'NumLogSegments' : null,
      };
    case 'isr-change':
      return isrChangeLine(event);
    case 'partition-changed':
      return partitionLine(event);
    case 'topic-created':
    case 'topic-deleted':
      return {
        kind: event.type,
        source: event.type === 'topic-created' ? 'TopicRecord' : 'RemoveTopicRecord',
        args: { topic: event.topic, topicId: event.topicId },
        metric: 'GlobalTopicCount',
        actor: 'controller',
        tone: 'notice',
      };
    case 'broker-registered':
    case 'broker-unregistered':
      return {
        kind: event.type,
        source: event.type === 'broker-registered' ? 'RegisterBrokerRecord' : 'UnregisterBrokerRecord',
        args: { node: event.broker },
        actor: 'controller',
      };
    case 'broker-fenced':
      return fencedLine(event);
    case 'config-changed':
      return {
        kind: 'config-changed',
        source: 'ConfigRecord',
        args: { resource: event.resource === '' ? 'cluster' : event.resource, key: event.key },
        change: change('value', '…', event.value ?? 'default'),
        actor: 'controller',
        tone: 'notice',
      };
    case 'quorum-role':
      return quorumLine(node, event);
    case 'quorum-snapshot':
      return {
        kind: 'metadata-snapshot',
        source: 'RaftSnapshot',
        args: { action: event.action, offset: event.endOffset, epoch: event.epoch },
      };
    case 'controller':
      return {
        kind: 'controller',
        source: event.action,
        args: { action: event.action, detail: event.detail },
        actor: 'controller',
      };
    case 'group-state':
      return {
        kind: 'group-state',
        source: 'GroupCoordinator',
        args: { group: event.group, members: event.members, generation: event.generation, detail: event.reason },
        change: change('state', event.was, event.now),
      };
    case 'group-member':
      return {
        kind: 'group-member',
        source: memberSources[event.action],
        args: { group: event.group, client: event.clientId, action: event.action, detail: event.reason },
        tone: event.action === 'expired' || event.action === 'fenced' ? 'warning' : 'plain',
      };
    case 'coordinator-loaded':
      return {
        kind: 'coordinator',
        source: '__consumer_offsets',
        args: { action: 'loaded', partition: event.partition, groups: event.groups, offsets: event.offsets },
      };
    case 'connection-closed':
      return {
        kind: 'connection-closed',
        source: event.listener,
        args: { remote: event.remote, detail: event.reason },
        tone: 'warning',
      };
    case 'client-error':
      return {
        kind: 'client-error',
        source: event.api,
        args: { client: event.clientId, error: event.error, detail: event.detail },
        tone: 'warning',
      };
    case 'replica-role':
    case 'offsets-committed':
    case 'coordinator-unloaded':
      return null;
  }
}

const memberSources = {
  joined: 'JoinGroup',
  rejoined: 'JoinGroup',
  left: 'LeaveGroup',
  expired: 'Heartbeat',
  fenced: 'JoinGroup',
  replaced: 'JoinGroup',
} as const;

/** The leader's side of it; what came of it in the metadata is `partition-changed`. */
function isrChangeLine(event: Extract<TelemetryEvent, { type: 'isr-change' }>): Line | null {
  if (event.stage !== 'proposed') return null;
  const shrunk = event.now.length < event.was.length;
  return {
    kind: shrunk ? 'isr-shrunk' : 'isr-expanded',
    source: 'AlterPartition',
    args: { topic: event.topic, partition: event.partition, detail: event.reason },
    change: change('isr', nodeSet(event.was), nodeSet(event.now)),
    metric: shrunk ? 'IsrShrinksPerSec' : 'IsrExpandsPerSec',
    tone: shrunk ? 'warning' : 'good',
  };
}

function partitionLine(event: Extract<TelemetryEvent, { type: 'partition-changed' }>): Line | null {
  const { leader, leaderEpoch, isr } = event;
  const args = { topic: event.topic, partition: event.partition, epoch: leaderEpoch.now, epochWas: leaderEpoch.was };
  const common = { source: 'PartitionChangeRecord', args, actor: 'controller' as const };
  if (leader.was !== leader.now || leaderEpoch.was !== leaderEpoch.now) {
    return {
      ...common,
      kind: 'leader-changed',
      change: change('leader', nodeName(leader.was), nodeName(leader.now)),
      metric: 'LeaderElectionRateAndTimeMs',
      tone: leader.now < 0 ? 'fault' : 'notice',
    };
  }
  if (isr.was.length === isr.now.length) return null;
  const shrunk = isr.now.length < isr.was.length;
  return {
    ...common,
    kind: shrunk ? 'isr-shrunk' : 'isr-expanded',
    args: { ...args, detail: '' },
    change: change('isr', nodeSet(isr.was), nodeSet(isr.now)),
    metric: shrunk ? 'IsrShrinksPerSec' : 'IsrExpandsPerSec',
    tone: shrunk ? 'warning' : 'good',
  };
}

function fencedLine(event: Extract<TelemetryEvent, { type: 'broker-fenced' }>): Line {
  const common = {
    source: 'BrokerRegistrationChangeRecord',
    args: { node: event.broker },
    actor: 'controller' as const,
    metric: 'FencedBrokerCount',
  };
  if (event.inControlledShutdown && !event.fenced) {
    return {
      ...common,
      kind: 'controlled-shutdown',
      change: change('state', 'running', 'shutting-down'),
      tone: 'notice',
    };
  }
  const [kind, was, now]: [LabEventKind, string, string] = event.fenced
    ? ['broker-fenced', 'unfenced', 'fenced']
    : ['broker-unfenced', 'fenced', 'unfenced'];
  return { ...common, kind, change: change('state', was, now), tone: event.fenced ? 'warning' : 'good' };
}

/** Only what the whole quorum feels: a new leader, and a voter that stands for election. */
function quorumLine(node: NodeId, event: Extract<TelemetryEvent, { type: 'quorum-role' }>): Line | null {
  if (event.role === 'leader') {
    return {
      kind: 'quorum-leader',
      source: 'LeaderChangeMessage',
      args: { node, epoch: event.epoch },
      actor: 'controller',
      metric: 'current-leader',
      tone: 'notice',
    };
  }
  if (event.role !== 'candidate' && event.role !== 'prospective' && event.role !== 'resigned') return null;
  return {
    kind: 'quorum-role',
    source: 'Vote',
    args: { node, role: event.role, epoch: event.epoch },
    metric: 'current-state',
  };
}
