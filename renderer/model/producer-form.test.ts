import { describe, expect, it } from 'vitest';
import { producerView } from '../../engine/contract/snapshot.testkit.ts';
import {
  commandOfForm,
  formNotes,
  formOfProducer,
  formProblem,
  newProducerForm,
  otherConfigs,
  shownFields,
} from './producer-form.ts';

const settings = producerView('order-feed').settings;

describe('the form of a producer', () => {
  it('asks for little: what it does not show is left to the lab', () => {
    expect(commandOfForm(newProducerForm('orders'), null)).toEqual({
      topic: 'orders',
      recordsPerSecond: 100,
      recordBytes: 200,
      keys: 'round',
      keyCount: 100,
      acks: 'all',
    });
    expect(commandOfForm({ ...newProducerForm('orders'), recordBytes: '' }, null)).toBeNull();
  });

  it('of one that runs changes what was changed, and nothing else', () => {
    const form = formOfProducer({ ...settings, configs: { 'linger.ms': '50' } });
    expect(commandOfForm(form, { ...settings, configs: { 'linger.ms': '50' } })).toEqual({});
    const changed = { ...form, sendMode: 'sync' as const, configs: { 'linger.ms': '', ' batch.size ': ' 1 ' } };
    expect(commandOfForm(changed, { ...settings, configs: { 'linger.ms': '50' } })).toEqual({
      sendMode: 'sync',
      configs: { 'batch.size': '1' },
    });
  });

  it('gives names, a template, headers, a seed and an expression where they were asked for', () => {
    const form = {
      ...newProducerForm('orders'),
      keys: 'fixed' as const,
      keyNames: 'seoul, busan\n\n jeju ',
      templated: true,
      payload: '{{number}}',
      headers: [
        { key: 'trace', value: '{{uuid}}' },
        { key: ' ', value: 'left out' },
      ],
      seed: 7,
      partitioner: 'custom' as const,
      partitionExpression: 'number % 2',
    };
    expect(commandOfForm(form, null)).toMatchObject({
      keys: 'fixed',
      keyNames: ['seoul', 'busan', 'jeju'],
      payload: '{{number}}',
      headers: [{ key: 'trace', value: '{{uuid}}' }],
      seed: 7,
      partitioner: 'custom',
      partitionExpression: 'number % 2',
    });
  });

  it.each([
    [{ keys: 'fixed', keyNames: ' ,' }, 'keyNames'],
    [{ keys: 'file' }, 'keyFile'],
    [{ templated: true, payload: '{{nope}}' }, 'template'],
    [{ headers: [{ key: 'h', value: '{{' }] }, 'template'],
    [{ partitioner: 'custom', partitionExpression: ' ' }, 'expression'],
    [{ topic: '' }, 'topic'],
    [{}, null],
  ] as const)('%j: what stands in the way is %s', (change, problem) => {
    const form = newProducerForm('orders');
    expect(formProblem({ ...form, ...change, headers: [...('headers' in change ? change.headers : [])] })).toBe(
      problem,
    );
  });

  it('shows the level of the compression that was chosen, and lists configs without a field', () => {
    const levels = (codec: string) =>
      shownFields('batching', { 'compression.type': codec }).filter(({ name }) => name.endsWith('.level'));
    expect([levels('snappy'), levels('zstd').map(({ name }) => name)]).toEqual([[], ['compression.zstd.level']]);
    expect(otherConfigs({ 'linger.ms': '1', 'send.buffer.bytes': '2' })).toEqual(['send.buffer.bytes']);
  });
});

describe('what the configs come to together', () => {
  it.each([
    ['all', {}, []],
    ['1', {}, ['idempotence-off', 'may-reorder']],
    ['0', {}, ['idempotence-off']],
    ['1', { 'enable.idempotence': 'true' }, ['idempotence-refused', 'may-reorder']],
    ['all', { retries: '0' }, ['idempotence-off']],
    ['all', { 'enable.idempotence': 'false' }, ['may-reorder']],
    ['all', { 'enable.idempotence': 'false', 'max.in.flight.requests.per.connection': '1' }, []],
    ['all', { 'max.in.flight.requests.per.connection': '6' }, ['in-flight-refused']],
    ['all', { 'delivery.timeout.ms': '30000' }, ['delivery-refused']],
    ['all', { 'request.timeout.ms': '200000' }, ['delivery-raised']],
  ] as const)('with acks=%s and %j: %j', (acks, configs, kinds) => {
    expect(formNotes({ acks, configs }).map(({ kind }) => kind)).toEqual(kinds);
  });
});
