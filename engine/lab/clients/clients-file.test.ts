import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { consumerSettings, producerSettings } from './client-settings.ts';
import { readClientsFile, writeClientsFile, type RememberedClients } from './clients-file.ts';

let directory: string;
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'brokerlab-clients-'))));
afterEach(() => rmSync(directory, { recursive: true }));

const content: RememberedClients = {
  version: 1,
  producers: [
    { name: 'order-feed', runs: false, settings: producerSettings('orders', { configs: { 'linger.ms': '20' } }) },
  ],
  consumers: [
    { name: 'billing-1', runs: true, settings: consumerSettings('billing-1', 'billing', ['orders'], null, {}) },
  ],
};

describe('clients.json', () => {
  it('is not there in a new lab', () => {
    expect(readClientsFile(directory)).toBeNull();
  });

  it('gives back what was written, and leaves nothing beside it', () => {
    writeClientsFile(directory, content);
    expect(readClientsFile(directory)).toEqual(content);
    expect(readdirSync(directory)).toEqual(['clients.json']);
  });

  it.each([
    ['{', 'is no JSON'],
    ['{"version":2,"producers":[],"consumers":[]}', 'version'],
    [JSON.stringify({ ...content, consumers: [{ name: 'a b', runs: true }] }), 'consumers.0.name'],
    [JSON.stringify({ ...content, producers: [...content.producers, ...content.producers] }), 'the same name'],
  ])('%s is refused, with the path and what is wrong', (text, reason) => {
    writeFileSync(join(directory, 'clients.json'), text);
    expect(() => readClientsFile(directory)).toThrow(reason);
    expect(() => readClientsFile(directory)).toThrow(join(directory, 'clients.json'));
  });
});
