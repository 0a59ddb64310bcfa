/** A text file that is written as a stream: no more than its buffer waits in memory, and whoever writes waits for the disk. */
import { closeSync, openSync, writeSync } from 'node:fs';

const bufferChars = 256 * 1024;

export class TextFile {
  readonly #fd: number;
  #waiting: string[] = [];
  #chars = 0;
  bytes = 0;

  /** The file must not exist. */
  constructor(path: string) {
    this.#fd = openSync(path, 'wx', 0o644);
  }

  write(text: string): void {
    this.#waiting.push(text);
    this.#chars += text.length;
    if (this.#chars >= bufferChars) this.#flush();
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting.join(''), 'utf8');
    this.#waiting = [];
    this.#chars = 0;
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    this.bytes += bytes.length;
  }

  close(): void {
    try {
      this.#flush();
    } finally {
      closeSync(this.#fd);
    }
  }
}

export function writeWhole(path: string, text: string): void {
  const file = new TextFile(path);
  file.write(text);
  file.close();
}
