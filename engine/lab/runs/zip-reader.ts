/**
 * Reads a .zip from a stranger: by its central directory, one named file at a time, as a stream. Names that are not flat,
 * sizes beyond what was allowed, methods other than stored and deflated, encrypted entries, bad checksums and entries that
 * inflate to more than they say are refused before or while they are read, never afterwards.
 */
import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { RunError } from './run-error.ts';

const endBytes = 22;
const commentMax = 65_535;
const endSignature = 0x06054b50;
const entrySignature = 0x02014b50;
const localSignature = 0x04034b50;
const localBytes = 30;
const pieceBytes = 256 * 1024;
const entriesMax = 64;
/** Files of an export. */
const flatName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,100}$/;

export interface ZipEntry {
  readonly name: string;
  /** As the directory says; reading more than that is refused. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly crc: number;
  readonly deflated: boolean;
  readonly at: number;
}

export class ZipReader {
  readonly #path: string;
  readonly #fd: number;
  readonly #size: number;
  readonly entries: readonly ZipEntry[];

  /** @throws {@link RunError} when it is no .zip, or one that nobody exported. */
  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
    try {
      this.#size = fstatSync(this.#fd).size;
      this.entries = this.#directory();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #refuse(hint: string, cause?: unknown): never {
    throw new RunError('archive', this.#path, hint, cause);
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    if (at < 0 || readSync(this.#fd, bytes, 0, length, at) !== length) {
      this.#refuse('It ends before its contents do: it is damaged or was not written to its end.');
    }
    return bytes;
  }

  #directory(): ZipEntry[] {
    const tail = this.#read(
      Math.max(0, this.#size - endBytes - commentMax),
      Math.min(this.#size, endBytes + commentMax),
    );
    let end = tail.length - endBytes;
    while (end >= 0 && tail.readUInt32LE(end) !== endSignature) end -= 1;
    if (end < 0) this.#refuse('It is no .zip. Open the folder or the .zip of an export.');
    const count = tail.readUInt16LE(end + 10);
    const length = tail.readUInt32LE(end + 12);
    const start = tail.readUInt32LE(end + 16);
    if (count > entriesMax || length > entriesMax * 65_536) {
      this.#refuse(`It holds ${count} files; an export has no more than ${entriesMax}.`);
    }
    return this.#entriesOf(this.#read(start, length), count);
  }

  #entriesOf(directory: Buffer, count: number): ZipEntry[] {
    const entries: ZipEntry[] = [];
    let at = 0;
    for (let each = 0; each < count; each++) {
      if (at + 46 > directory.length || directory.readUInt32LE(at) !== entrySignature) {
        this.#refuse('Its directory is damaged.');
      }
      const flags = directory.readUInt16LE(at + 8);
      const method = directory.readUInt16LE(at + 10);
      const nameBytes = directory.readUInt16LE(at + 28);
      const name = directory.toString('utf8', at + 46, at + 46 + nameBytes);
      if (!flatName.test(name)) {
        this.#refuse(`It holds "${name.slice(0, 80)}"; an export has no folders and no such names.`);
      }
      if ((flags & 1) !== 0) this.#refuse(`${name} is encrypted; an export is not.`);
      if (method !== 0 && method !== 8) this.#refuse(`${name} is packed by method ${method}; an export uses deflate.`);
      entries.push({
        name,
        crc: directory.readUInt32LE(at + 16),
        packedBytes: directory.readUInt32LE(at + 20),
        bytes: directory.readUInt32LE(at + 24),
        at: directory.readUInt32LE(at + 42),
        deflated: method === 8,
      });
      at += 46 + nameBytes + directory.readUInt16LE(at + 30) + directory.readUInt16LE(at + 32);
    }
    if (new Set(entries.map(({ name }) => name)).size !== entries.length) this.#refuse('It holds a name twice.');
    return entries;
  }

  /** Writes one file to `target`, which must not exist. `step` is called after each piece. */
  async unpack(
    entry: ZipEntry,
    target: string,
    bytesMax: number,
    step: (done: number) => Promise<void>,
  ): Promise<void> {
    const { name } = entry;
    if (entry.bytes > bytesMax) {
      this.#refuse(`${name} says it has ${entry.bytes} bytes; no more than ${bytesMax} are taken.`);
    }
    const fd = openSync(target, 'wx', 0o600);
    let written = 0;
    let sum = 0;
    try {
      for await (const piece of this.#pieces(entry)) {
        written += piece.length;
        if (written > entry.bytes) this.#refuse(`${name} has more bytes than its directory says.`);
        sum = crc32(piece, sum);
        for (let at = 0; at < piece.length;) at += writeSync(fd, piece, at);
        await step(written);
      }
    } catch (error) {
      if (error instanceof RunError || (error as Error).name === 'AbortError') throw error;
      this.#refuse(`${name} cannot be unpacked (${(error as Error).message}).`, error);
    } finally {
      closeSync(fd);
    }
    if (written !== entry.bytes || sum !== entry.crc) {
      this.#refuse(`${name} is damaged: its length or checksum is not what the directory says.`);
    }
  }

  /** A short file as text. */
  text(entry: ZipEntry, bytesMax: number): string {
    if (entry.bytes > bytesMax || entry.packedBytes > bytesMax) this.#refuse(`${entry.name} is too long.`);
    const packed = this.#read(this.#startOf(entry), entry.packedBytes);
    const bytes = entry.deflated ? inflateRawSync(packed, { maxOutputLength: bytesMax }) : packed;
    if (bytes.length !== entry.bytes || crc32(bytes) !== entry.crc) this.#refuse(`${entry.name} is damaged.`);
    return bytes.toString('utf8');
  }

  #startOf({ name, at }: ZipEntry): number {
    const local = this.#read(at, localBytes);
    if (local.readUInt32LE(0) !== localSignature) this.#refuse(`${name} is not where the directory says.`);
    return at + localBytes + local.readUInt16LE(26) + local.readUInt16LE(28);
  }

  async *#pieces(entry: ZipEntry): AsyncGenerator<Buffer, void, void> {
    const start = this.#startOf(entry);
    if (!entry.deflated) return yield* this.#stored(start, entry.packedBytes);
    const inflate = createInflateRaw({ chunkSize: pieceBytes });
    // Fed as it drains; what goes wrong on the way is the reader's error below.
    void feed(inflate, this.#stored(start, entry.packedBytes));
    yield* inflate as AsyncIterable<Buffer>;
  }

  *#stored(start: number, length: number): Generator<Buffer, void, void> {
    for (let at = 0; at < length; at += pieceBytes) {
      yield this.#read(start + at, Math.min(pieceBytes, length - at));
    }
  }

  close(): void {
    closeSync(this.#fd);
  }
}

async function feed(into: ReturnType<typeof createInflateRaw>, pieces: Iterable<Buffer>): Promise<void> {
  try {
    for (const piece of pieces) {
      if (into.destroyed) return;
      if (!into.write(piece)) await new Promise<void>((resolve) => into.once('drain', resolve).once('close', resolve));
    }
    into.end();
  } catch (error) {
    into.destroy(error as Error);
  }
}
