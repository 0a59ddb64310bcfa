import { describe, expect, it } from 'vitest';
import type { Half } from './halves.ts';
import { joinHalves, type LaneNames } from './join.ts';

const names: LaneNames = {
  laneOf: (self) => (typeof self === 'number' ? `node-${self}` : `client-${self}`),
  laneOfClient: (clientId) => `other-${clientId}`,
  laneOfPort: (port) => (port === 9092 ? 'node-1' : null),
  topicOf: (name) => name,
};

const half = (change: Partial<Half>): Half => ({
  side: 'called',
  self: 'feed',
  localPort: 50_000,
  remotePort: 9092,
  correlationId: 7,
  api: 'Fetch',
  version: 18,
  clientId: null,
  beganMs: 100,
  handledMs: null,
  endedMs: 110,
  requestBytes: 1,
  responseBytes: 1,
  failure: null,
  oneWay: false,
  summary: null,
  ...change,
});
const near = (change: Partial<Half> = {}): Half => half(change);
const far = (change: Partial<Half> = {}): Half =>
  half({
    side: 'served',
    self: 1,
    localPort: 9092,
    remotePort: 50_000,
    clientId: 'feed',
    beganMs: 101,
    handledMs: 102,
    endedMs: 108,
    ...change,
  });
const timesOf = (halves: readonly Half[]): (string | number | null)[][] =>
  joinHalves(halves, names).map(({ from, to, sentMs, arrivedMs, answeredMs, receivedMs, error }) => [
    from,
    to,
    sentMs,
    arrivedMs,
    answeredMs,
    receivedMs,
    error,
  ]);

describe('two halves', () => {
  it('of the same ports and correlation id are one call, in whatever order they come', () => {
    const call = ['client-feed', 'node-1', 100, 101, 108, 110, null];
    expect(timesOf([near(), far()])).toEqual([call]);
    expect(timesOf([far(), near()])).toEqual([call]);
  });

  it('of different connections are two calls', () => {
    const other = far({ remotePort: 50_001 });
    expect(timesOf([near(), other])).toEqual([
      ['client-feed', 'node-1', 100, null, null, 110, null],
      ['other-feed', 'node-1', null, 101, 108, null, null],
    ]);
  });

  it('of a port that was used again belong to their own time', () => {
    const later = { beganMs: 5000, endedMs: 5010 };
    const halves = [far({ ...later, beganMs: 5001 }), near(), near(later), far()];
    expect(timesOf(halves).map(([, , sent, arrived]) => [sent, arrived])).toEqual([
      [100, 101],
      [5000, 5001],
    ]);
  });

  it('of which one never came leave its moments open: a stranger, a node that died', () => {
    expect(timesOf([far({ clientId: 'kcat' })])).toEqual([['other-kcat', 'node-1', null, 101, 108, null, null]]);
    expect(timesOf([near({ failure: 'ECONNRESET', endedMs: 140 })])).toEqual([
      ['client-feed', 'node-1', 100, null, null, 140, 'ECONNRESET'],
    ]);
  });

  it('tell of an answer that was lost on its way', () => {
    const lost = [near({ failure: 'ETIMEDOUT', endedMs: 30_100 }), far()];
    expect(timesOf(lost)).toEqual([['client-feed', 'node-1', 100, 101, 108, 30_100, 'ETIMEDOUT']]);
  });

  it('to a port of nobody are no call between lanes', () => {
    expect(timesOf([near({ remotePort: 4711 })])).toEqual([]);
  });

  it('are in the order of their first known moments', () => {
    const halves = [
      near({ correlationId: 3, beganMs: 30, endedMs: 99 }),
      far({ correlationId: 1, beganMs: 20 }),
      near({ correlationId: 2, beganMs: 10 }),
    ];
    expect(joinHalves(halves, names).map(({ correlationId, id }) => [id, correlationId])).toEqual([
      [0, 2],
      [1, 1],
      [2, 3],
    ]);
  });
});
