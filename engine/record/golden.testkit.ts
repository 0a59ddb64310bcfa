/** Files of partition directories that Apache Kafka 4.3.1 wrote, kept beside the tests as raw deflate in base64. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

interface GoldenDirectory {
  readonly about: string;
  readonly files: Readonly<Record<string, string>>;
}

/** Content of each file by its name. */
export function readGoldenDirectory(path: string): Map<string, Uint8Array> {
  const { files } = JSON.parse(readFileSync(path, 'utf8')) as GoldenDirectory;
  return new Map(
    Object.entries(files).map(([name, text]) => [name, new Uint8Array(inflateRawSync(Buffer.from(text, 'base64')))]),
  );
}
