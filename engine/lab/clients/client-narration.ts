/** From what lab clients tell to lines of the event log, one draft each, with the Java client's metric that moves with it. */
import type { ClientName, ClientState } from '../../contract/clients.ts';
import type { LabEventDraft, LabEventTone } from '../../contract/events.ts';
import type { ClientLine, TimedLine } from './client-messages.ts';
import type { SettingChange } from './client-settings.ts';

type Draft = Omit<LabEventDraft, 'atMs' | 'actor' | 'node'>;

const stateTones: Readonly<Record<ClientState, LabEventTone>> = {
  starting: 'plain',
  running: 'good',
  frozen: 'warning',
  stopping: 'plain',
  stopped: 'plain',
  killed: 'warning',
  failed: 'fault',
};

export function stateDraft(
  client: ClientName,
  atMs: number,
  was: ClientState,
  now: ClientState,
  detail: string,
): LabEventDraft {
  return {
    atMs,
    actor: 'lab',
    node: null,
    kind: 'client-process',
    source: 'Supervisor',
    args: { client, detail },
    change: { of: 'state', was, now },
    metric: null,
    tone: stateTones[now],
  };
}

export function settingDrafts(
  client: ClientName,
  atMs: number,
  source: 'ProducerConfig' | 'ConsumerConfig',
  changes: readonly SettingChange[],
): readonly LabEventDraft[] {
  return changes.map(({ setting, was, now }) => ({
    atMs,
    actor: 'you',
    node: null,
    kind: 'client-settings',
    source,
    args: { client, setting },
    change: { of: 'value', was, now },
    metric: null,
    tone: 'notice',
  }));
}

/** `group`: of a consumer; null for a producer. `again`: records that it reads again, with `took`. */
export function lineDraft(
  client: ClientName,
  group: string | null,
  { atMs, line }: TimedLine,
  again = 0,
): LabEventDraft {
  return { atMs, actor: 'client', node: null, ...draftOf(client, group, line, again) };
}

/** One arm for each line. */
function draftOf(client: ClientName, group: string | null, line: ClientLine, again: number): Draft {
  switch (line.type) {
    case 'batches-sent': {
      const { type: _type, ...args } = line;
      return {
        kind: 'batches-sent',
        source: 'Produce',
        args: { client, ...args },
        change: null,
        metric: 'record-send-rate',
        tone: 'plain',
      };
    }
    case 'batch-retried': {
      const { type: _type, ...args } = line;
      return {
        kind: 'batch-retried',
        source: 'Produce',
        args: { client, ...args },
        change: null,
        metric: 'record-retry-rate',
        tone: 'warning',
      };
    }
    case 'records-failed': {
      const { type: _type, ...args } = line;
      return {
        kind: 'records-failed',
        source: 'Produce',
        args: { client, ...args },
        change: null,
        metric: 'record-error-rate',
        tone: 'fault',
      };
    }
    case 'records-reordered': {
      const { type: _type, ...args } = line;
      return {
        kind: 'records-reordered',
        source: 'Produce',
        args: { client, ...args },
        change: null,
        metric: null,
        tone: 'warning',
      };
    }
    case 'callback':
      return {
        kind: 'consumer-callback',
        source: line.callback,
        args: { client, callback: line.callback, partitions: line.partitions.join(', ') || 'none' },
        change: null,
        metric: 'rebalance-total',
        tone: line.callback === 'onPartitionsLost' ? 'warning' : 'plain',
      };
    case 'committed':
      return {
        kind: 'offsets-committed',
        source: 'OffsetCommit',
        args: {
          group: group ?? '',
          client,
          topic: line.topic,
          partition: line.partition,
          commits: line.commits,
        },
        change: { of: 'offset', was: line.was === null ? 'none' : String(line.was), now: String(line.offset) },
        metric: 'commit-rate',
        tone: 'plain',
      };
    case 'took':
      return {
        kind: 'partition-taken',
        source: 'OffsetFetch',
        args: {
          group: group ?? '',
          client,
          topic: line.topic,
          partition: line.partition,
          offset: line.offset,
          from: line.source,
          again,
        },
        change: null,
        metric: null,
        tone: again > 0 ? 'notice' : 'plain',
      };
    case 'woken':
      return {
        kind: 'consumer-woken',
        source: 'WakeupException',
        args: { client, call: line.call },
        change: null,
        metric: null,
        tone: 'notice',
      };
    case 'fault':
      return {
        kind: 'client-fault',
        source: line.source,
        args: { client, error: line.error, detail: line.detail },
        change: null,
        metric: null,
        tone: line.fatal ? 'fault' : 'warning',
      };
  }
}
