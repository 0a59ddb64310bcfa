/**
 * Which segments may go (`UnifiedLog.deleteOldSegments`): from the oldest on, as long as a rule says so. A segment goes
 * only when the high watermark has passed it, and an empty active one never does.
 */
import type { Offset, TimestampMs } from '../base/ids.ts';
import type { LogConfig } from './log-config.ts';
import type { LogSegment } from './log-segment.ts';
import type { Segments } from './segments.ts';

export interface RetentionView {
  readonly segments: Segments;
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  readonly logEndOffset: Offset;
}

/** Whether `segment` may go; `next` is the one behind it. */
export type RetentionRule = (segment: LogSegment, next: LogSegment | null) => boolean;

export interface NamedRule {
  /** For the log and telemetry. */
  readonly reason: string;
  /** Made when the rule's turn comes: earlier rules may have removed segments. */
  readonly start: (view: RetentionView) => RetentionRule | null;
}

/** The rules of a topic in Kafka's order. Compacted logs only lose what lies below the log start offset. */
export function retentionRules(config: LogConfig, now: TimestampMs): NamedRule[] {
  if (!config.cleanupPolicy.delete) return [belowLogStart];
  return [belowLogStart, tooLarge(config), tooOld(config, now)];
}

const belowLogStart: NamedRule = {
  reason: 'log start offset breach',
  start:
    ({ logStartOffset }) =>
    (_segment, next) =>
      next !== null && next.baseOffset <= logStartOffset,
};

function tooLarge({ retentionBytes }: LogConfig): NamedRule {
  return {
    reason: 'log retention size breach',
    start: ({ segments }) => {
      const size = segments.sizeInBytes;
      if (retentionBytes < 0 || size < retentionBytes) return null;
      let excess = size - retentionBytes;
      return (segment) => {
        if (excess - segment.size < 0) return false;
        excess -= segment.size;
        return true;
      };
    },
  };
}

function tooOld({ retentionMs }: LogConfig, now: TimestampMs): NamedRule {
  return {
    reason: 'log retention time breach',
    start: () => (retentionMs < 0 ? null : (segment) => now - segment.largestTimestamp > retentionMs),
  };
}

export function deletableSegments(view: RetentionView, rule: RetentionRule): LogSegment[] {
  const { segments, highWatermark, logEndOffset } = view;
  const deletable: LogSegment[] = [];
  for (const segment of segments.values) {
    const next = segments.behind(segment);
    const end = next?.baseOffset ?? logEndOffset;
    if (highWatermark < end || !rule(segment, next) || (next === null && segment.size === 0)) break;
    deletable.push(segment);
  }
  return deletable;
}
