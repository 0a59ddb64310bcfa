/**
 * A folder as one .zip, file by file through `fflate`'s stream: no more than a piece of a file is in memory. Without
 * Zip64, so a file may have 4 GiB and all of them together as well.
 */
import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Zip, ZipDeflate } from 'fflate';
import { RunError } from './run-error.ts';

const pieceBytes = 256 * 1024;
/** Of deflate: half the time of the usual 6 for a tenth more bytes. */
const level = 4;
export const zipBytesMax = 0xffff_fffe;

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
    const entry = new ZipDeflate(name, { level });
    entry.mtime = statSync(join(folder, name)).mtime;
    zip.add(entry);
    const source = openSync(join(folder, name), 'r');
    try {
      for (;;) {
        const length = readSync(source, piece, 0, pieceBytes, null);
        // It keeps a part of what it gets.
        entry.push(piece.slice(0, length), length === 0);
        if (failure !== null) throw failure as Error;
        done += length;
        await step(done);
        if (length === 0) break;
      }
    } finally {
      closeSync(source);
    }
  }
  zip.end();
  if (failure !== null) throw failure as Error;
}
