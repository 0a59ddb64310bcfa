/**
 * Names of snapshots (class `Snapshots`): `<end offset, 20 digits>-<epoch, 10 digits>.checkpoint`; with `.part` behind
 * while it is written, `.deleted` before it is removed. `bootstrap.checkpoint` lies elsewhere and has no id.
 */
import type { Disk } from '../env/disk.ts';
import type { OffsetAndEpoch } from './listener.ts';

export const partSuffix = '.part';
const pattern = /^(\d{20})-(\d{10})\.checkpoint$/;
const leftover = /^\d{20}-\d{10}.*\.checkpoint\.(part|deleted)$/;

export function snapshotName(id: OffsetAndEpoch): string {
  return `${String(id.offset).padStart(20, '0')}-${String(id.epoch).padStart(10, '0')}.checkpoint`;
}

/** Null when `name` is no finished snapshot's. */
export function parseSnapshotName(name: string): OffsetAndEpoch | null {
  const match = pattern.exec(name);
  return match === null ? null : { offset: Number(match[1]), epoch: Number(match[2]) };
}

/** By offset, then epoch. */
export function compareIds(a: OffsetAndEpoch, b: OffsetAndEpoch): number {
  return a.offset - b.offset || a.epoch - b.epoch;
}

/** The finished snapshots of a directory, oldest first. */
export function listSnapshots(disk: Disk, directory: string): OffsetAndEpoch[] {
  const ids = disk.list(directory).map(parseSnapshotName);
  return ids.filter((id) => id !== null).sort(compareIds);
}

/** Removes what an earlier run left unfinished. */
export function removeLeftovers(disk: Disk, directory: string): void {
  for (const name of disk.list(directory)) {
    if (leftover.test(name)) disk.removeFile(`${directory}/${name}`);
  }
}
