import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WatchedClients } from './lab-clients.testkit.ts';

let opened: WatchedClients[] = [];
afterEach(async () => {
  await Promise.all(opened.map((each) => each.dispose()));
  opened = [];
});

function open(): WatchedClients {
  const watched = new WatchedClients();
  opened.push(watched);
  return watched;
}

describe('lab clients while no broker answers', { timeout: 60_000 }, () => {
  it('the default lab has a producer of orders and a group of two, and remembers them', async () => {
    const watched = open();
    watched.clients.start(true);
    expect(watched.states).toEqual(['order-feed starting', 'billing-1 starting', 'billing-2 starting']);
    expect(watched.producer('order-feed').settings).toMatchObject({ topic: 'orders', recordsPerSecond: 400 });
    await watched.until(() => watched.consumer('billing-2').effective['session.timeout.ms'] === '45000');
    await watched.execute({ type: 'closeConsumer', client: 'billing-2' });
    await watched.clients.stop();

    const again = new WatchedClients(watched.directory);
    expect(again.states).toEqual(['order-feed stopped', 'billing-1 stopped', 'billing-2 stopped']);
    again.clients.start(true);
    expect(again.states).toEqual(['order-feed starting', 'billing-1 starting', 'billing-2 stopped']);
    await again.clients.stop();
  });

  it('a producer stands still like a consumer, and its view says so at once', async () => {
    const watched = open();
    await watched.execute({ type: 'addProducer', client: 'feed', topic: 'orders' });
    expect(watched.clients.freeze('feed')).toMatchObject({ ok: true });
    expect(watched.states).toEqual(['feed frozen']);
    expect(watched.clients.freeze('feed')).toMatchObject({ error: { code: 'wrong-state', value: 'frozen' } });
    expect(watched.clients.thaw('feed')).toMatchObject({ ok: true });
    expect(watched.states).toEqual(['feed starting']);
    const error = { thing: 'client', value: 'nobody', hint: 'The lab has clients feed.' };
    expect(watched.clients.freeze('nobody')).toMatchObject({ ok: false, error });
  });

  it('a lab without the default workload has none', () => {
    const watched = open();
    watched.clients.start(false);
    expect(watched.states).toEqual([]);
  });

  it('names are made, told and taken once', async () => {
    const watched = open();
    watched.topics = ['audit', 'orders'];
    expect(await watched.execute({ type: 'addProducer' })).toEqual({ ok: true, node: null, client: 'audit-feed' });
    expect(await watched.execute({ type: 'addProducer', topic: 'orders', recordsPerSecond: 0 })).toMatchObject({
      client: 'order-feed',
    });
    expect(await watched.execute({ type: 'addConsumer', group: 'eu' })).toMatchObject({ client: 'eu-1' });
    expect(watched.consumer('eu-1').settings).toMatchObject({ group: 'eu', topics: ['audit'] });
    expect(await watched.execute({ type: 'addConsumer', client: 'order-feed' })).toMatchObject({
      ok: false,
      error: { code: 'client-exists', thing: 'client', value: 'order-feed' },
    });
  });

  it('a bad config makes a client failed, with the words of the Java client; a good one brings it up', async () => {
    const watched = open();
    await watched.execute({ type: 'addProducer', client: 'bad', configs: { 'linger.ms': 'soon' } });
    await watched.until(() => watched.producer('bad').state === 'failed');
    expect(watched.producer('bad').failure).toMatchObject({
      code: 'ConfigException',
      message: 'Invalid value soon for configuration linger.ms: Not a number of type LONG',
    });
    expect(watched.events.findLast(({ kind }) => kind === 'client-process')).toMatchObject({
      tone: 'fault',
      args: { client: 'bad', detail: expect.stringContaining('Invalid value soon for configuration linger.ms') },
    });
    await watched.execute({ type: 'setProducer', client: 'bad', configs: {} });
    expect(watched.producer('bad')).toMatchObject({ state: 'starting', failure: null });
  });

  it('a change that a client cannot take as it runs makes it anew, any other does not', async () => {
    const watched = open();
    await watched.execute({ type: 'addProducer', client: 'feed' });
    await watched.until(() => watched.producer('feed').effective['acks'] === 'all');
    await watched.execute({ type: 'setProducer', client: 'feed', recordsPerSecond: 10, keys: 'none' });
    expect(watched.statesOf('feed')).toEqual(['stopped > starting']);
    await watched.execute({ type: 'setProducer', client: 'feed', acks: '1' });
    expect(watched.statesOf('feed').slice(1)).toEqual([
      'starting > stopping',
      'stopping > stopped',
      'stopped > starting',
    ]);
    await watched.until(() => watched.producer('feed').effective['acks'] === '1');
    expect(
      watched.events
        .filter(({ kind }) => kind === 'client-settings')
        .map(({ args, change }) => `${args['setting']}: ${change?.was} > ${change?.now}`),
    ).toEqual(['recordsPerSecond: 400 > 10', 'keys: round > none', 'acks: all > 1']);
  });

  it('a stop during such a change keeps the client down, with the new settings', async () => {
    const watched = open();
    await watched.execute({ type: 'addProducer', client: 'feed' });
    await watched.until(() => watched.producer('feed').effective['acks'] === 'all');
    const changed = watched.execute({ type: 'setProducer', client: 'feed', acks: '0' });
    await watched.execute({ type: 'stopProducer', client: 'feed' });
    await changed;
    expect(watched.producer('feed')).toMatchObject({ state: 'stopped', settings: { acks: '0' } });
  });

  it('a consumer is frozen and thawed, killed and started; what does not fit its state is refused', async () => {
    const watched = open();
    const client = 'billing-1';
    await watched.execute({ type: 'addConsumer' });
    await watched.until(() => watched.consumer(client).sampledMs !== null);
    expect(await watched.execute({ type: 'thawConsumer', client })).toMatchObject({
      ok: false,
      error: { code: 'wrong-state', thing: 'consumer billing-1', value: 'starting' },
    });
    await watched.execute({ type: 'freezeConsumer', client });
    expect(watched.states).toEqual(['billing-1 frozen']);
    await watched.execute({ type: 'thawConsumer', client });
    expect(watched.states).toEqual(['billing-1 starting']);
    await watched.execute({ type: 'freezeConsumer', client });
    await watched.execute({ type: 'killConsumer', client });
    expect(watched.states).toEqual(['billing-1 killed']);
    expect(await watched.execute({ type: 'closeConsumer', client })).toMatchObject({ ok: false });
    await watched.execute({ type: 'startConsumer', client });
    expect(await watched.execute({ type: 'startConsumer', client })).toMatchObject({ ok: false });
    await watched.execute({ type: 'removeConsumer', client });
    expect(watched.states).toEqual([]);
    expect(await watched.execute({ type: 'killConsumer', client })).toMatchObject({
      ok: false,
      error: { code: 'no-such-client', thing: 'consumer', value: 'billing-1', hint: 'The lab has no consumers.' },
    });
  });

  it('a change for a group is for all lab consumers in it', async () => {
    const watched = open();
    for (const group of ['billing', 'billing', 'audit']) await watched.execute({ type: 'addConsumer', group });
    await watched.execute({ type: 'setGroup', group: 'billing', staticMembership: true, assignors: ['sticky'] });
    expect(watched.consumers.map(({ id, settings }) => [id, settings.instanceId, settings.assignors[0]])).toEqual([
      ['billing-1', 'billing-1', 'sticky'],
      ['billing-2', 'billing-2', 'sticky'],
      ['audit-1', null, 'range'],
    ]);
    expect(await watched.execute({ type: 'addConsumer' })).toMatchObject({ client: 'billing-3' });
    expect(watched.consumer('billing-3').settings).toMatchObject({ instanceId: 'billing-3', assignors: ['sticky'] });
    expect(await watched.execute({ type: 'setGroup', group: 'eu', commit: 'none' })).toMatchObject({
      ok: false,
      error: { code: 'no-such-group', hint: 'Lab consumers are in billing, audit.' },
    });
  });

  it('configs that are not the user’s to give are refused', async () => {
    const watched = open();
    expect(await watched.execute({ type: 'addProducer', configs: { acks: '1' } })).toMatchObject({
      ok: false,
      error: { code: 'invalid', thing: 'config acks', value: '1', hint: 'It is a setting of its own: acks.' },
    });
    const instance = { staticMembership: false, instanceId: 'one' };
    expect(await watched.execute({ type: 'addConsumer', ...instance })).toMatchObject({
      ok: false,
      error: { thing: 'instanceId', value: 'one' },
    });
    expect(watched.states).toEqual([]);
  });

  it('a file that cannot be read keeps the lab from starting, with its path', async () => {
    const watched = open();
    writeFileSync(join(watched.directory, 'clients.json'), '[]');
    expect(() => watched.clients.load()).toThrow(join(watched.directory, 'clients.json'));
  });
});
