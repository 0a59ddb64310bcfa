/** Each shipped scenario runs headless, at high speed, and holds. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { placesBeside } from '../../cli/process.ts';
import { parseScenario, runHeadless } from '../../engine/lab/index.ts';
import { root } from '../interop/lab-process.ts';

const folder = join(root, 'scenarios');
const shipped = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
/** As fast as brokers on two busy cores keep their sessions. */
const speed = 6;
// Threads run what is built, as a user's do.
const { workers } = placesBeside(pathToFileURL(join(root, 'out', 'main', 'cli.js')).href);

describe('a shipped scenario holds all that it expects', () => {
  test.each(shipped)('%s', async (name) => {
    const parsed = parseScenario(readFileSync(join(folder, name), 'utf8'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const dataDir = mkdtempSync(join(tmpdir(), 'brokerlab-scenario-'));
    try {
      const { scenario } = parsed;
      const view = await runHeadless({ scenario, name, seed: null, speed, dataDir, workers });
      const { state, failure, expectations } = view;
      expect({ state, failure, notHeld: expectations.filter((each) => each.verdict !== 'holds') }).toEqual({
        state: 'done',
        failure: null,
        notHeld: [],
      });
      expect(expectations.length).toBeGreaterThan(2);
    } finally {
      rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});
