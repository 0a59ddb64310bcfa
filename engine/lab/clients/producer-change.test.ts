import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { KeyFileView } from '../../contract/clients.ts';
import { producerSettings } from './client-settings.ts';
import { keepKeyFile, readKeyFile } from './key-files.ts';
import { producerChange, whyNotWhole } from './producer-change.ts';

const file = (text: string, format: 'tab' | 'keys' = 'tab') => ({ keyFile: { name: 'k.tsv', format, text } });

describe('what a command changes of a producer', () => {
  it('has a file by what it is, and its text apart', () => {
    const checked = producerChange({ ...file('a\t1\nb\t2\n'), keys: 'file' });
    expect(checked).toEqual({
      change: { keys: 'file', keyFile: { name: 'k.tsv', format: 'tab', records: 2, id: expect.any(String) } },
      keptFile: { file: expect.objectContaining({ records: 2 }), text: 'a\t1\nb\t2\n' },
    });
    expect(producerChange({ keyFile: null })).toEqual({ change: { keyFile: null }, keptFile: null });
  });

  it.each([
    [file('a\t1\nnothing\n'), 'keyFile', 'Line 2 has no tab between key and value.'],
    [file('\n', 'keys'), 'keyFile', 'It has no line with a record.'],
    [{ payload: 'x\n {{nope}}' }, 'payload', 'line 2, column 4: "nope" is unknown'],
    [{ headers: [{ key: 'h', value: '{{' }] }, 'header h', 'line 1, column 1: these braces are not closed'],
    [{ configs: { acks: '1' } }, 'config acks', 'It is a setting of its own: acks.'],
    [{ configs: { 'partitioner.class': 'x' } }, 'config partitioner.class', 'It is a setting of its own: partitioner.'],
  ])('%j is refused, with the place', (asked, thing, hint) => {
    expect(producerChange(asked)).toMatchObject({ code: 'invalid', thing, hint: expect.stringContaining(hint) });
  });

  it.each([
    [{ keys: 'fixed' }, 'keys'],
    [{ keys: 'file' }, 'keys'],
    [{ partitioner: 'custom' }, 'partitioner'],
    [{ partitioner: 'custom', partitionExpression: 'kee % 2' }, 'partitionExpression'],
    [{ partitioner: 'custom', partitionExpression: 'crc32(key) % partitions' }, null],
    [{ keys: 'fixed', keyNames: ['a'] }, null],
  ] as const)('%j lacks %s', (change, thing) => {
    expect(whyNotWhole(producerSettings('orders', change))?.thing ?? null).toBe(thing);
  });
});

describe('a file of keys', () => {
  it('is kept by its text, once for each, and read again', () => {
    const directory = mkdtempSync(join(tmpdir(), 'brokerlab-keys-'));
    const of = (text: string): KeyFileView => {
      const checked = producerChange(file(text));
      if ('code' in checked || checked.keptFile === null) throw new Error('refused');
      keepKeyFile(directory, checked.keptFile.file, checked.keptFile.text);
      return checked.keptFile.file;
    };
    const [first, same, other] = [of('a\t1'), of('a\t1'), of('a\t2')];
    expect(same).toEqual(first);
    expect([readKeyFile(directory, first), readKeyFile(directory, other)]).toEqual(['a\t1', 'a\t2']);
    expect(readdirSync(join(directory, 'key-files'))).toHaveLength(2);
    expect([readKeyFile(directory, null), readKeyFile(directory, { ...first, id: '00000000-1' })]).toEqual([
      null,
      null,
    ]);
    rmSync(directory, { recursive: true });
  });
});
