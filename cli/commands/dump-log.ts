/** `lab dump-log`: files of a log directory in words, as the official `kafka-dump-log` prints them. */
import { dumpLog, nodeSource, type RecordDecoder } from '../../engine/lab/dump-log/index.ts';
import { UsageError, parse } from '../arguments.ts';

export async function dumpLogCommand(argv: readonly string[]): Promise<void> {
  const args = parse(argv, {
    files: 'text',
    'print-data-log': 'flag',
    'deep-iteration': 'flag',
    'skip-record-metadata': 'flag',
    'offsets-decoder': 'flag',
    'cluster-metadata-decoder': 'flag',
    'verify-index-only': 'flag',
    'index-sanity-check': 'flag',
    'max-bytes': 'text',
  });
  const files = [...(args.text('files')?.split(',') ?? []), ...args.words];
  if (files.length === 0)
    throw new UsageError('FILE is needed: a .log, .index, .timeindex, .txnindex, .snapshot or .checkpoint');
  const decoder: RecordDecoder = args.flag('offsets-decoder')
    ? 'offsets'
    : args.flag('cluster-metadata-decoder')
      ? 'cluster-metadata'
      : 'text';
  const maxBytes = args.integer('max-bytes', 1, 2 ** 31 - 1);
  // `| head`: nobody reads the rest.
  process.stdout.on('error', () => process.exit(0));
  const complete = dumpLog(
    files,
    {
      decoder,
      deepIteration: args.flag('deep-iteration'),
      printData: args.flag('print-data-log') || decoder !== 'text',
      skipRecordMetadata: args.flag('skip-record-metadata'),
      verifyIndexOnly: args.flag('verify-index-only'),
      indexSanityCheck: args.flag('index-sanity-check'),
      ...(maxBytes === null ? {} : { maxBytes }),
    },
    nodeSource(),
    {
      out: (line) => process.stdout.write(`${line}\n`),
      error: (line) => process.stderr.write(`${line}\n`),
    },
  );
  if (!complete) process.exitCode = 1;
}
