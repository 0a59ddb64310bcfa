/** Our dump of Kafka's recorded files, against what Kafka's own tool printed of them. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../env/node/compression.ts';
import { NodeDisk } from '../../env/node/index.ts';
import { buildBatch } from '../../record/index.ts';
import { dumpLog } from './dump-log.ts';
import type { DumpOptions } from './dump-log.ts';

const golden = resolve(import.meta.dirname, '../../../../shared/golden');
const hasGolden = existsSync(`${golden}/dump-log`);

function optionsOf(words: readonly string[]): DumpOptions {
  const decoder = words.includes('--cluster-metadata-decoder')
    ? 'cluster-metadata'
    : words.includes('--offsets-decoder')
      ? 'offsets'
      : 'text';
  return {
    deepIteration: words.includes('--deep-iteration'),
    printData: words.includes('--print-data-log') || decoder !== 'text',
    decoder,
    skipRecordMetadata: words.includes('--skip-record-metadata'),
    verifyIndexOnly: words.includes('--verify-index-only'),
    indexSanityCheck: words.includes('--index-sanity-check'),
  };
}

/** Complaints come in no order from Kafka: each with its lines as one string, sorted. */
function split(text: string): { lines: string[]; complaints: string[] } {
  const at = text.search(/^Non-consecutive offsets in /m);
  const told =
    at < 0
      ? []
      : text
          .slice(at)
          .trimEnd()
          .split(/\n(?=Non-consecutive)/);
  return { lines: (at < 0 ? text : text.slice(0, at)).trimEnd().split('\n'), complaints: told.sort() };
}

const undecoded = /transaction-log-decoder|share-group-state-decoder|--files $/m;
const files = hasGolden ? readdirSync(`${golden}/dump-log`).filter((name) => name.endsWith('.txt')) : [];

describe.runIf(hasGolden)('dump-log prints what Kafka prints', () => {
  for (const name of files) {
    const recorded = readFileSync(`${golden}/dump-log/${name}`, 'utf8');
    const [command = '', ...rest] = recorded.split('\n');
    if (undecoded.test(command)) continue;
    it(`of ${name.slice(0, -4)}`, () => {
      const words = command.split(' ').slice(3);
      const paths = words[1]!.split(',').map((path) => `${golden}/data/node-1/${path}`);
      const lines: string[] = [];
      const print = (line: string): void => {
        lines.push(line.replaceAll(`${golden}/data/`, '').replace(/^(Dumping )?node-1\//, '$1'));
      };
      dumpLog(paths, optionsOf(words), { disk: new NodeDisk('/'), codecs: nodeCodecs }, { out: print, error: print });
      const expected = split(rest.join('\n').replace(/\[exit \d+\]\s*$/, ''));
      const found = split(lines.join('\n'));
      const known = (line: string): boolean => !/ key: (\{"type":"([3-9]|1\d)"|Unknown record type)/.test(line);
      expect(found.lines.filter(known)).toEqual(expected.lines.filter(known));
      expect(found.complaints).toEqual(expected.complaints);
    });
  }
});

describe('dump-log', () => {
  const directory = mkdtempSync(`${tmpdir()}/dump-log-`);
  const told = (name: string, content: Uint8Array, options: DumpOptions = {}): string[] => {
    writeFileSync(`${directory}/${name}`, content);
    const lines: string[] = [];
    const output = { out: (line: string) => lines.push(line), error: (line: string) => lines.push(`error: ${line}`) };
    dumpLog([`${directory}/${name}`], options, { disk: new NodeDisk('/'), codecs: nodeCodecs }, output);
    return lines.slice(1).map((line) => line.replaceAll(directory, ''));
  };
  const batch = buildBatch([{ timestamp: 5, key: new Uint8Array([107]), value: null }], { baseOffset: 7 });

  it('prints records with their keys and values, and what should follow but does not', () => {
    expect(told('00000000000000000007.log', batch, { printData: true })).toEqual([
      'Log starting offset: 7',
      expect.stringMatching(
        /^baseOffset: 7 lastOffset: 7 count: 1 .* position: 0 CreateTime: 5 size: 69 .* isvalid: true$/,
      ),
      '| offset: 7 CreateTime: 5 keySize: 1 valueSize: -1 sequence: -1 headerKeys: [] key: k',
      'error: Non-consecutive offsets in /00000000000000000007.log',
      'error:   -1 is followed by 7',
    ]);
  });

  it('tells of a torn tail, of bytes that are no batch, and of files that are none of a log', () => {
    expect(told('1.log', batch.subarray(0, 68)).at(-1)).toBe('Found 68 invalid bytes at the end of 1.log');
    expect(told('2.log', new Uint8Array(99))).toContain(
      'error: 2.log at position 0: Record size 0 is less than the minimum record overhead (14)',
    );
    expect(told('notes', new Uint8Array(1))).toEqual(['error: Ignoring unknown file /notes']);
    expect(told('3.snapshot', new Uint8Array(11))).toEqual(['error: Snapshot contained an unknown file version 0']);
  });

  it('finds an index that does not fit its log', () => {
    told('00000000000000000000.log', buildBatch([{ timestamp: 5, key: null, value: null }]));
    expect(told('00000000000000000000.index', new Uint8Array([0, 0, 0, 3, 0, 0, 0, 0]))).toEqual([
      'offset: 3 position: 0',
      'error: Mismatches in :/00000000000000000000.index',
      'error:   Index offset: 3, log offset: 0',
    ]);
    expect(told('00000000000000000000.timeindex', new Uint8Array([0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0]))).toEqual([
      'timestamp: 9 offset: 0',
      'error: Found timestamp mismatch in :/00000000000000000000.timeindex',
      'error:   Index timestamp: 9, log timestamp: 5',
    ]);
  });
});
