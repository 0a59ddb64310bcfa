import { describe, expect, test } from 'vitest';
import type { LabCommand } from '../../contract/commands.ts';
import { labSnapshot } from '../../contract/snapshot.testkit.ts';
import { parseScenario } from './parse-scenario.ts';
import { Recorder } from './recorder.ts';

function recorded(commands: readonly (readonly [number, LabCommand])[]): Recorder {
  const recorder = new Recorder({ snapshot: labSnapshot(), configs: { 'replica.lag.time.max.ms': '4000' } }, 1000);
  for (const [atMs, command] of commands) recorder.record(command, { ok: true, node: null, fault: 7 }, atMs);
  return recorder;
}

const deeds: readonly (readonly [number, LabCommand])[] = [
  [1100, { type: 'setProducer', client: 'order-feed', acks: '1' }],
  [6130, { type: 'injectFault', fault: { kind: 'cut-link', from: 1, to: 2, both: true }, forMs: 20_000 }],
  [8230, { type: 'liftFault', fault: 7 }],
  [8240, { type: 'liftFault', fault: 3 }],
  [8250, { type: 'killBroker', node: 2 }],
  [9000, { type: 'pauseTime' }],
  [10_250, { type: 'startBroker', node: 2 }],
];

describe('a recording', () => {
  test('is a file that reads: the lab as it is, what was done as steps, pauses as waits', () => {
    const recorder = recorded(deeds);
    expect(recorder.steps).toBe(5);
    const parsed = parseScenario(recorder.text('friday'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const { title, cluster, topics, clients, steps } = parsed.scenario;
    expect({ title, cluster }).toEqual({
      title: 'friday',
      cluster: { brokers: 3, configs: { 'replica.lag.time.max.ms': '4000' } },
    });
    expect(topics).toEqual([{ name: 'orders', partitions: 3, replicationFactor: 3 }]);
    expect(clients.map(({ kind, name, starts }) => [kind, name, starts])).toEqual([
      ['producer', 'order-feed', true],
      ['consumer', 'billing-1', true],
      ['consumer', 'billing-2', true],
    ]);
    expect(clients[1]?.settings).toMatchObject({ group: 'billing', topics: ['orders'] });
    expect(steps.map(({ source }) => source.text.replaceAll(/\s+/g, ' '))).toEqual([
      'do: setProducer: client: order-feed acks: "1"',
      'wait: 5s',
      'fault: kind: cut-link from: 1 to: 2 both: true for: 20s as: fault-1',
      'wait: 2.1s',
      'lift: fault-1',
      'do: killBroker: node: 2',
      'wait: 2s',
      'do: startBroker: node: 2',
    ]);
  });

  test('leaves out what was refused', () => {
    const recorder = recorded([]);
    const error = { code: 'x', thing: '', value: '', hint: '' };
    recorder.record({ type: 'killBroker', node: 9 }, { ok: false, error }, 2000);
    expect(recorder.steps).toBe(0);
  });

  test('keeps the configs that topics have of their own, and clients that do not run', () => {
    const snapshot = labSnapshot();
    const producers = snapshot.producers.map((each) => ({ ...each, state: 'stopped' as const }));
    const recorder = new Recorder({ snapshot: { ...snapshot, producers }, configs: {} }, 0);
    const entry = { readOnly: false, sensitive: false, type: 'INT', documentation: null, synonyms: [] };
    recorder.setTopicConfigs('orders', [
      { ...entry, name: 'min.insync.replicas', value: '2', source: 'DYNAMIC_TOPIC_CONFIG' },
      { ...entry, name: 'segment.bytes', value: '1', source: 'DEFAULT_CONFIG' },
    ]);
    const parsed = parseScenario(recorder.text('kept'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    expect(parsed.scenario.topics[0]?.configs).toEqual({ 'min.insync.replicas': '2' });
    expect(parsed.scenario.clients[0]?.starts).toBe(false);
  });
});
