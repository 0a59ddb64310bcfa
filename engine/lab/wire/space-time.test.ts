import { beforeEach, describe, expect, it } from 'vitest';
import { labSnapshot } from '../../contract/snapshot.testkit.ts';
import { spaceTimeCallsMax, type SpaceTime } from '../../contract/wire.ts';
import { spaceTime } from './space-time.ts';
import { TappedThreads } from './wire.testkit.ts';

const t0 = 1_750_000_000_000;
let threads: TappedThreads;
beforeEach(() => {
  threads = new TappedThreads();
});

const api = (name: string) => ({ api: { key: 0, name } });
function ask(change: object = {}, toMs = t0 + 1000): SpaceTime {
  threads.flush();
  const about = { kind: 'span', fromMs: t0, toMs } as const;
  const answer = spaceTime(threads.past(labSnapshot()), { about, ...change });
  if (!answer.ok) throw new Error(answer.error.hint);
  return answer.value;
}
const at = (ms: number) => [t0 + ms, t0 + ms + 1, t0 + ms + 1, t0 + ms + 2, t0 + ms + 3] as const;
const apisOf = ({ calls }: SpaceTime): string[] => calls.map((call) => call.api);

describe('a time span', () => {
  it('has what touches it, in the order in which it began, and nothing else', () => {
    threads.call('feed', 1, at(500), { ...api('Produce'), request: {}, response: { responses: [] } });
    threads.call(1, 2, [t0 - 300, t0 - 299, t0 - 299, t0 + 4, t0 + 5], {
      ...api('Metadata'),
      request: {},
      response: {},
    });
    threads.call('feed', 1, at(-50), { ...api('Produce'), request: {}, response: { responses: [] } });
    threads.call('feed', 1, at(1100), { ...api('Produce'), request: {}, response: { responses: [] } });
    expect(apisOf(ask())).toEqual(['Metadata', 'Produce']);
  });

  it('leaves heartbeats out unless they are asked for', () => {
    const heartbeat = { ...api('Heartbeat'), request: { groupId: 'g' } };
    threads.call('c1', 2, at(10), { ...heartbeat, response: { errorCode: 0 } });
    threads.call('c1', 2, at(20), { ...heartbeat, response: { errorCode: 27 } });
    expect(ask().calls.map(({ error }) => error)).toEqual(['REBALANCE_IN_PROGRESS']);
    expect(ask({ heartbeats: true }).calls.map(({ error }) => error)).toEqual([null, 'REBALANCE_IN_PROGRESS']);
  });

  it('leaves hidden lanes out, and still tells that there are such', () => {
    threads.call('feed', 1, at(10), { ...api('Metadata'), request: {}, response: {} });
    threads.call('feed', 2, at(20), { ...api('Metadata'), request: {}, response: {} });
    const { calls, lanes } = ask({ hidden: ['node-1'] });
    expect(calls.map(({ to }) => to)).toEqual(['node-2']);
    expect(lanes.map(({ id }) => id)).toContain('node-1');
  });

  it('keeps what is rare when there is more than a diagram takes, and says so', () => {
    const produce = { ...api('Produce'), request: {}, response: { responses: [] } };
    for (let i = 0; i < spaceTimeCallsMax + 50; i++) threads.call('feed', 1, at(i / 2), produce);
    threads.call('c1', 2, at(400), { ...api('JoinGroup'), request: { groupId: 'g' }, response: { errorCode: 0 } });
    const answer = ask();
    expect([answer.calls.length, answer.truncated]).toEqual([spaceTimeCallsMax, true]);
    expect(apisOf(answer)).toContain('JoinGroup');
    const sent = answer.calls.map(({ sentMs }) => sentMs);
    expect(sent).toEqual([...sent].sort((a, b) => a! - b!));
  });

  it('that is too long or ends before it begins is refused', () => {
    for (const toMs of [t0 - 1, t0, t0 + 200_000]) {
      const about = { kind: 'span', fromMs: t0, toMs } as const;
      expect(spaceTime(threads.past(labSnapshot()), { about })).toMatchObject({
        ok: false,
        error: { code: 'invalid' },
      });
    }
  });

  it('tells nobody of what the lab reads for itself', () => {
    const lab = { ...api('Metadata'), request: {}, response: {} };
    threads.call(null, 1, at(10), { ...lab, clientId: 'brokerlab-ledger' });
    threads.call(null, 1, at(20), { ...lab, clientId: 'kcat' });
    expect(ask().calls.map(({ from }) => from)).toEqual(['other-kcat']);
  });
});
