/**
 * Kafka's checkpoint files (`CheckpointFile`): text, one line each: version (0), number of entries, then the entries. In
 * the offset checkpoints of a log directory (`recovery-point-offset-checkpoint`, `log-start-offset-checkpoint`,
 * `replication-offset-checkpoint`) an entry is `topic partition offset`; in `leader-epoch-checkpoint` it is
 * `epoch startOffset`.
 */
import type { Offset, TopicPartitionKey } from '../base/ids.ts';
import { topicPartitionKey } from '../base/ids.ts';
import { fromUtf8, utf8 } from '../base/text.ts';
import type { Disk } from '../env/index.ts';
import { parsePartitionDirectory } from './file-names.ts';
import { readIfThere } from './write-file.ts';

/** A checkpoint file is not in its format. Tells the file and the line. */
export class MalformedCheckpointError extends Error {
  override readonly name = 'MalformedCheckpointError';
}

export function formatCheckpoint(lines: readonly string[]): Uint8Array {
  return utf8(['0', String(lines.length), ...lines, ''].join('\n'));
}

/** The entry lines, each split at spaces into `fields` parts. */
export function parseCheckpoint(content: Uint8Array, path: string, fields: number): string[][] {
  const lines = fromUtf8(content).split('\n');
  const malformed = (line: string | undefined): MalformedCheckpointError =>
    new MalformedCheckpointError(`Malformed line in checkpoint file (${path}): ${line}`);
  if (lines[0] !== '0')
    throw new MalformedCheckpointError(`Unrecognized version of the checkpoint file (${path}): ${lines[0]}`);
  const expected = parseWhole(lines[1]);
  if (expected === null) throw malformed(lines[1]);
  const entries = lines.slice(2).filter((line) => line !== '');
  if (entries.length !== expected) {
    throw new MalformedCheckpointError(
      `Expected ${expected} entries in checkpoint file (${path}), but found only ${entries.length}`,
    );
  }
  return entries.map((line) => {
    const parts = line.split(/\s+/);
    if (parts.length !== fields) throw malformed(line);
    return parts;
  });
}

/** A non-negative integer; null for anything else. */
export function parseWhole(text: string | undefined): number | null {
  if (text === undefined || !/^\d{1,19}$/.test(text)) return null;
  return Number(text);
}

/** One offset for each partition of a log directory. */
export class OffsetCheckpoint {
  readonly path: string;
  readonly #disk: Disk;
  #last: string | null = null;

  constructor(disk: Disk, path: string) {
    this.#disk = disk;
    this.path = path;
  }

  /** Empty when the file is absent. */
  read(): Map<TopicPartitionKey, Offset> {
    const offsets = new Map<TopicPartitionKey, Offset>();
    const rows = readIfThere(this.#disk, this.path, (content) => parseCheckpoint(content, this.path, 3)) ?? [];
    for (const [topic, partitionText, offsetText] of rows) {
      const partition = parseWhole(partitionText);
      const offset = parseWhole(offsetText);
      if (topic === undefined || partition === null || offset === null) {
        throw new MalformedCheckpointError(
          `Malformed line in checkpoint file (${this.path}): ${topic} ${partitionText} ${offsetText}`,
        );
      }
      offsets.set(topicPartitionKey(topic, partition), offset);
    }
    return offsets;
  }

  /** Durable when it returns. Nothing is written when nothing changed since the last write. */
  write(offsets: ReadonlyMap<TopicPartitionKey, Offset>): void {
    const lines: string[] = [];
    for (const [key, offset] of offsets) {
      const id = parsePartitionDirectory(key);
      if (id !== null) lines.push(`${id.topic} ${id.partition} ${offset}`);
    }
    const text = lines.join('\n');
    if (text === this.#last) return;
    this.#disk.replaceFile(this.path, formatCheckpoint(lines));
    this.#last = text;
  }
}
