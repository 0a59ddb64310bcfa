/** `partition.metadata` in a partition's directory: which topic the files belong to. Two lines, no newline at the end. */
import type { Uuid } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import { isUuid } from '../base/uuid.ts';
import type { Disk } from '../env/index.ts';
import { readIfThere, replaceFileLazily } from './write-file.ts';

export const partitionMetadataFile = 'partition.metadata';

/** Null when the file is absent or not in its format (as after a power loss right behind its creation). */
export function readPartitionMetadata(disk: Disk, directory: string): Uuid | null {
  return readIfThere(disk, `${directory}/${partitionMetadataFile}`, (content) => {
    const match = /^version: 0\ntopic_id: (\S{22})\n?$/.exec(fromUtf8(content));
    return match?.[1] !== undefined && isUuid(match[1]) ? match[1] : null;
  });
}

export function writePartitionMetadata(disk: Disk, directory: string, topicId: Uuid): void {
  replaceFileLazily(disk, `${directory}/${partitionMetadataFile}`, utf8(`version: 0\ntopic_id: ${topicId}`));
}
