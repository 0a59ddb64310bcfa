/** What the command line may use of the dump. */
import { nodeCodecs } from '../../env/node/compression.ts';
import { NodeDisk } from '../../env/node/index.ts';
import type { DumpSource } from './dump-log.ts';

export * from './dump-log.ts';
export type { RecordDecoder } from './record-text.ts';

/** This machine's files. */
export function nodeSource(): DumpSource {
  return { disk: new NodeDisk('/'), codecs: nodeCodecs };
}
