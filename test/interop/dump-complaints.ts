/** The official kafka-dump-log over every file of a lab that it can read, and the lines in which it complains. */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { OfficialTools } from './java-programs.ts';

const complaint =
  /isvalid: false|Mismatches in|is corrupt|Could not|not found in|Found timestamp|out of order|Unable to|Exception|No such/i;
const readable = /\.(log|index|timeindex|txnindex|snapshot|checkpoint)$/;

export interface Dump {
  /** Each with the file that was being read. */
  readonly complaints: readonly string[];
  /** All that it printed. */
  readonly text: string;
}

/** Reads `dataDir`/broker-N/PARTITION/FILE of all brokers. The lab must have ended. `payloads`: the records are printed, too. */
export async function dumpComplaints(tools: OfficialTools, dataDir: string, payloads = false): Promise<Dump> {
  const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^broker-\d+[/\\][^/\\]+-\d+[/\\]/.test(name) && readable.test(name))
    .map((name) => join(dataDir, name));
  const of = (kind: RegExp): string[] => files.filter((file) => kind.test(file));
  const metadata = of(/__cluster_metadata-0/);
  const offsets = of(/__consumer_offsets-\d+.*\.log$/);
  const runs = [
    [
      files.filter((file) => !metadata.includes(file) && !offsets.includes(file)),
      ...(payloads ? ['--print-data-log'] : []),
      '--deep-iteration',
    ],
    [files.filter((file) => file.endsWith('index')), '--index-sanity-check'],
    [offsets, '--offsets-decoder'],
    [metadata, '--cluster-metadata-decoder'],
  ] as const;
  const complaints: string[] = [];
  let text = '';
  for (const [files, ...how] of runs) {
    const { status, stdout, stderr } = await tools.run('dump-log', ['--files', files.join(','), ...how]);
    if (status !== 0) complaints.push(`dump-log ${how.join(' ')} ended with ${status}`);
    text += stdout;
    let reading = '';
    // What a client of an earlier tool says about the brokers that have ended is not about files.
    const own = stderr.split('\n').filter((line) => !line.includes('(org.apache.kafka.clients.'));
    for (const line of [...stdout.split('\n'), ...own]) {
      if (line.startsWith('Dumping ')) reading = relative(dataDir, line.slice('Dumping '.length));
      else if (complaint.test(line)) complaints.push(`${reading}: ${line}`);
    }
  }
  return { complaints, text };
}
