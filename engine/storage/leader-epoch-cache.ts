/**
 * Which leader epoch begins at which offset (`LeaderEpochFileCache`), kept in `leader-epoch-checkpoint`. Epochs and start
 * offsets rise from entry to entry. Changes are written at once, and made durable with the log's next flush: what is
 * lost with the power is read again from the batches, which carry their epoch.
 */
import type { LeaderEpoch, Offset } from '../base/ids.ts';
import { assert } from '../base/assert.ts';
import type { Disk } from '../env/index.ts';
import { BatchHeader } from '../record/index.ts';
import { MalformedCheckpointError, formatCheckpoint, parseCheckpoint, parseWhole } from './checkpoint-file.ts';
import type { EpochEndOffset, EpochEntry } from './log-types.ts';
import { readIfThere, replaceFileLazily, syncFile } from './write-file.ts';

export const leaderEpochFile = 'leader-epoch-checkpoint';

export class LeaderEpochCache {
  readonly #disk: Disk;
  readonly #path: string;
  #entries: EpochEntry[];
  #unsynced = false;

  private constructor(disk: Disk, path: string, entries: EpochEntry[]) {
    this.#disk = disk;
    this.#path = path;
    this.#entries = entries;
  }

  /** Throws MalformedCheckpointError when the file is not in its format. */
  static read(disk: Disk, directory: string): LeaderEpochCache {
    const path = `${directory}/${leaderEpochFile}`;
    const entries = readIfThere(disk, path, (content) => parseEntries(content, path)) ?? [];
    return new LeaderEpochCache(disk, path, entries);
  }

  static empty(disk: Disk, directory: string): LeaderEpochCache {
    return new LeaderEpochCache(disk, `${directory}/${leaderEpochFile}`, []);
  }

  get entries(): readonly EpochEntry[] {
    return this.#entries;
  }
  get latest(): EpochEntry | null {
    return this.#entries.at(-1) ?? null;
  }
  get earliest(): EpochEntry | null {
    return this.#entries[0] ?? null;
  }

  /** The epochs of whole batches that are about to be appended. */
  assignAll(batches: Uint8Array): void {
    for (let at = 0; at < batches.length;) {
      const batch = new BatchHeader(batches, at);
      this.assign(batch.leaderEpoch, batch.baseOffset);
      at += batch.sizeInBytes;
    }
  }

  /** Later entries that contradict the new one go. */
  assign(epoch: LeaderEpoch, startOffset: Offset): void {
    const latest = this.latest;
    if (latest !== null && latest.epoch === epoch && startOffset >= latest.startOffset) return;
    assert(epoch >= 0 && startOffset >= 0, () => `leader epoch ${epoch} at offset ${startOffset}`);
    const kept = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
    this.#replace([...kept, { epoch, startOffset }]);
  }

  /** The largest epoch not above `epoch` and where it ends; null when the cache cannot tell. */
  endOffsetFor(epoch: LeaderEpoch, logEndOffset: Offset): EpochEndOffset | null {
    if (epoch < 0) return null;
    if (this.latest?.epoch === epoch) return { epoch, endOffset: logEndOffset };
    const higher = this.#entries.find((entry) => entry.epoch > epoch);
    if (higher === undefined) return null;
    const floor = this.#entries.findLast((entry) => entry.epoch <= epoch);
    return { epoch: floor?.epoch ?? epoch, endOffset: higher.startOffset };
  }

  epochForOffset(offset: Offset): LeaderEpoch | null {
    return this.#entries.findLast((entry) => entry.startOffset <= offset)?.epoch ?? null;
  }

  /** Removes entries that start at or above `endOffset`. */
  truncateFromEnd(endOffset: Offset): void {
    const latest = this.latest;
    if (latest === null || latest.startOffset < endOffset) return;
    this.#replace(this.#entries.filter((entry) => entry.startOffset < endOffset));
  }

  /** Removes entries that end at or below `startOffset`; the one that covers it starts there. */
  truncateFromStart(startOffset: Offset): void {
    const covering = this.#entries.findLast((entry) => entry.startOffset <= startOffset);
    if (covering === undefined) return;
    if (covering === this.#entries[0] && covering.startOffset === startOffset) return;
    const later = this.#entries.filter((entry) => entry.startOffset > startOffset);
    this.#replace([{ epoch: covering.epoch, startOffset }, ...later]);
  }

  clear(): void {
    if (this.#entries.length > 0) this.#replace([]);
  }

  /** Makes the file durable, but for its name in the directory. True when there was something to do. */
  flush(): boolean {
    if (!this.#unsynced) return false;
    syncFile(this.#disk, this.#path);
    this.#unsynced = false;
    return true;
  }

  #replace(entries: EpochEntry[]): void {
    const lines = entries.map((entry) => `${entry.epoch} ${entry.startOffset}`);
    replaceFileLazily(this.#disk, this.#path, formatCheckpoint(lines));
    // Only now: what could not be written is tried again by the next change.
    this.#entries = entries;
    this.#unsynced = true;
  }
}

function parseEntries(content: Uint8Array, path: string): EpochEntry[] {
  return parseCheckpoint(content, path, 2).map(([epochText, offsetText]) => {
    const epoch = parseWhole(epochText);
    const startOffset = parseWhole(offsetText);
    if (epoch === null || startOffset === null) {
      throw new MalformedCheckpointError(`Malformed line in checkpoint file (${path}): ${epochText} ${offsetText}`);
    }
    return { epoch, startOffset };
  });
}
