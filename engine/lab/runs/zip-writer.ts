/**
 * A folder as one .zip, file by file: `fflate` writes the container, Node's own zlib deflates off this thread. No more than
 * a piece of a file is in memory. Without Zip64, so all files together may have 4 GiB.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { crc32, createDeflateRaw } from 'node:zlib';
import { Zip, type AsyncFlateStreamHandler, type ZipInputFile } from 'fflate';
import { RunError } from './run-error.ts';

const pieceBytes = 128 * 1024;
/** Of deflate: half the time of the usual 6 for a tenth more bytes. */
const level = 4;
export const zipBytesMax = 0xffff_fffe;
const nothing = new Uint8Array(0);

/** Makes `target`, which must not exist, of the named files of `folder`. `step` is called after each piece. */
export async function zipFolder(
  folder: string,
  names: readonly string[],
  target: string,
  step: (done: number, total: number) => Promise<void>,
): Promise<void> {
  const sizes = names.map((name) => statSync(join(folder, name)).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  if (total > zipBytesMax) {
    throw new RunError('archive', target, 'Its files have more than 4 GiB together. Export to a folder instead.');
  }
  const fd = openSync(target, 'wx', 0o644);
  try {
    await zipInto(fd, folder, names, (done) => step(done, total));
  } finally {
    closeSync(fd);
  }
}

async function zipInto(
  fd: number,
  folder: string,
  names: readonly string[],
  step: (done: number) => Promise<void>,
): Promise<void> {
  let failure: Error | null = null;
  const zip = new Zip((error, bytes) => {
    if (error !== null) failure ??= error;
    else for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
  });
  let done = 0;
  const piece = new Uint8Array(pieceBytes);
  for (const name of names) {
    const entry = new DeflatedFile(name, statSync(join(folder, name)).mtime);
    zip.add(entry);
    const source = openSync(join(folder, name), 'r');
    try {
      for (;;) {
        const length = readSync(source, piece, 0, pieceBytes, null);
        if (length === 0) break;
        await entry.write(piece.subarray(0, length));
        if (failure !== null) throw failure as Error;
        done += length;
        await step(done);
      }
      await entry.end();
    } finally {
      entry.close();
      closeSync(source);
    }
  }
  zip.end();
  if (failure !== null) throw failure as Error;
}

/** A file of the container: what is written to it comes out deflated. */
class DeflatedFile implements ZipInputFile {
  readonly filename: string;
  readonly mtime: Date;
  readonly compression = 8;
  size = 0;
  crc = 0;
  /** Set by the container. */
  ondata?: AsyncFlateStreamHandler;
  readonly #deflate = createDeflateRaw({ level, chunkSize: pieceBytes });

  constructor(filename: string, mtime: Date) {
    this.filename = filename;
    this.mtime = mtime;
    this.#deflate.on('data', (bytes: Uint8Array<ArrayBuffer>) => this.ondata?.(null, bytes, false));
  }

  /** The bytes are taken when it resolves. */
  write(bytes: Uint8Array): Promise<void> {
    this.size += bytes.length;
    this.crc = crc32(bytes, this.crc);
    return new Promise((resolve, reject) => {
      this.#deflate.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  async end(): Promise<void> {
    const ended = once(this.#deflate, 'end');
    this.#deflate.end();
    await ended;
    this.ondata?.(null, nothing, true);
  }

  close(): void {
    this.#deflate.destroy();
  }
}
