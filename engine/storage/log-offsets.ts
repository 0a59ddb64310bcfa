/** Offsets with and without their place in the log (`LogOffsetMetadata`). */
import type { Offset } from '../base/ids.ts';
import type { OffsetMetadata } from './log-types.ts';

/** Only the offset is known. */
export function offsetOnly(offset: Offset): OffsetMetadata {
  return { offset, segmentBaseOffset: -1, positionInSegment: -1 };
}

export function isOffsetOnly(metadata: OffsetMetadata): boolean {
  return metadata.segmentBaseOffset < 0;
}

/** Whether `metadata` lies on an older segment than `other`. */
export function isOnOlderSegment(metadata: OffsetMetadata, other: OffsetMetadata): boolean {
  return !isOffsetOnly(metadata) && !isOffsetOnly(other) && metadata.segmentBaseOffset < other.segmentBaseOffset;
}
