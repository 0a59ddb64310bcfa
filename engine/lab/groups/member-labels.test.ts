import { describe, expect, it } from 'vitest';
import { letterFor, MemberLabels } from './member-labels.ts';

const live =
  (...ids: string[]) =>
  (id: string): boolean =>
    ids.includes(id);
const member = (memberId: string, clientId: string, instanceId: string | null = null) => ({
  memberId,
  clientId,
  instanceId,
});

describe('labels of members', () => {
  it('keep the number of a client id where it is free, and take the lowest free one else', () => {
    const labels = new MemberLabels('c');
    const all = ['billing-3', 'billing-1', 'feed', 'other-3', 'v10-7', 'x-100'].map((clientId) =>
      labels.labelOf(member(clientId, clientId), true, live()),
    );
    expect(all).toEqual(['c3', 'c1', 'c2', 'c4', 'c7', 'c5']);
  });

  it('stay with a member that comes back under another member id', () => {
    const labels = new MemberLabels('c');
    expect(labels.labelOf(member('a', 'app'), false, live())).toBe('c1');
    expect(labels.labelOf(member('b', 'app'), false, live('b'))).toBe('c1');
    expect(labels.labelOf(member('s', 'app', 'instance-7'), false, live('b'))).toBe('c7');
    expect(labels.labelOf(member('t', 'renamed', 'instance-7'), false, live('b', 's'))).toBe('c7');
    expect(labels.known('s')).toBe('c7');
  });

  it('differ between strangers that have one client id at the same time', () => {
    const labels = new MemberLabels('c');
    const ids = ['a', 'b', 'c'].map((id) => labels.labelOf(member(id, 'consumer-g'), false, live('a', 'b', 'c')));
    expect(ids).toEqual(['c1', 'c2', 'c3']);
    expect(labels.labelOf(member('d', 'consumer-g'), false, live('a', 'c', 'd'))).toBe('c2');
  });

  it('mark the former self of a lab client that has come back', () => {
    const labels = new MemberLabels('c');
    labels.labelOf(member('old', 'billing-2'), true, live());
    expect(labels.labelOf(member('new', 'billing-2'), true, live('old'))).toBe('c2');
    expect([labels.known('old'), labels.known('new'), labels.known('nobody')]).toEqual(['c2′', 'c2', null]);
  });

  it('have the letter of their group: c for the first, then one of its name, then one that is free', () => {
    expect(letterFor('billing', true, new Set())).toBe('c');
    expect(letterFor('audit', false, new Set(['c']))).toBe('a');
    expect(letterFor('Café-alarm', false, new Set(['c', 'a']))).toBe('f');
    expect(letterFor('123', false, new Set(['c', 'a']))).toBe('b');
  });
});
