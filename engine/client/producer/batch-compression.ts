/** What batches are compressed with, as a producer's configs say. */
import { type BatchOptions, Compression, type CompressionName, type RecordCodecs } from '../../record/index.ts';
import type { ConfigValues } from '../config/index.ts';

export function compressionOf(
  values: ConfigValues,
  codecs: RecordCodecs,
): Pick<BatchOptions, 'compression' | 'compressionLevel' | 'codecs'> {
  const name = values.string('compression.type') as CompressionName;
  const compression = Compression[name];
  if (name === 'none' || name === 'snappy') return { compression, codecs };
  return { compression, codecs, compressionLevel: values.number(`compression.${name}.level`) };
}
