import { describe, expect, it } from 'vitest';
import { brokerView, faultView, labSnapshot, testEpochMs } from '../../engine/contract/snapshot.testkit.ts';
import type { BrokerView, LabSnapshot } from '../../engine/contract/snapshot.ts';
import { fencedInMs } from './broker.ts';
import { lingerMs, momentOf } from './moment.ts';

const nowMs = testEpochMs + 100_000;
function labWith(second: Partial<BrokerView>): LabSnapshot {
  const lab = labSnapshot();
  return {
    ...lab,
    sampledMs: nowMs,
    lab: { ...lab.lab, state: 'running' },
    brokers: [brokerView(1), brokerView(2, second), brokerView(3)],
  };
}
const registered = (fenced: boolean, sinceMs: number) => ({
  brokerEpoch: 7,
  fenced,
  inControlledShutdown: false,
  sinceMs,
});

describe('the moment strip', () => {
  it('is not there while nothing happens', () => {
    expect(momentOf(labWith({}), nowMs)).toBeNull();
  });

  it('counts a killed broker down from its last heartbeat, and offers to start it', () => {
    const lab = labWith({ process: 'killed', processSinceMs: nowMs - 4000, lastHeartbeatMs: nowMs - 4400 });
    expect(momentOf(lab, nowMs)).toMatchObject({
      kind: 'killed',
      node: 2,
      sinceMs: nowMs - 4000,
      fencedInMs: 4600,
      unreachable: 1,
      undo: 'startBroker',
    });
  });

  it('does not count down what nobody knows', () => {
    expect(fencedInMs(brokerView(2, { process: 'killed', lastHeartbeatMs: null }), nowMs)).toBeNull();
    expect(fencedInMs(brokerView(2), nowMs)).toBeNull();
  });

  it('never counts below zero while the controller has not fenced it yet', () => {
    const late = brokerView(2, { process: 'killed', lastHeartbeatMs: nowMs - 60_000 });
    expect(fencedInMs(late, nowMs)).toBe(0);
  });

  it('tells how many leaders moved once it is fenced, and leaves ten seconds later', () => {
    const lab = labWith({ process: 'killed', registration: registered(true, nowMs - 1000) });
    const partitions = lab.partitions.map((each) =>
      each.leader === 2 ? { ...each, leader: 3, leaderWas: 2, leaderMovedMs: nowMs - 1000, isr: [1, 3] } : each,
    );
    expect(momentOf({ ...lab, partitions }, nowMs)).toMatchObject({
      kind: 'fenced',
      moved: 1,
      shrunk: 1,
      undo: 'startBroker',
    });
    expect(momentOf({ ...lab, partitions }, nowMs + lingerMs)).toBeNull();
  });

  it('undoes a pause by resuming', () => {
    const lab = labWith({ process: 'paused', lastHeartbeatMs: nowMs - 1000 });
    expect(momentOf(lab, nowMs)).toMatchObject({ kind: 'paused', undo: 'resumeBroker', fencedInMs: 8000 });
  });

  it('puts the loss of the quorum before everything else', () => {
    const lab = labWith({ process: 'killed', processSinceMs: nowMs - 10 });
    const brokers = [brokerView(1, { process: 'killed' }), ...lab.brokers.slice(1)];
    expect(momentOf({ ...lab, brokers }, nowMs)).toMatchObject({ kind: 'no-controller', others: 2 });
  });

  it('says nothing of brokers that return within the lab’s own start', () => {
    const lab = labWith({ registration: registered(false, nowMs - 10) });
    const fresh = { ...lab, lab: { ...lab.lab, startedMs: testEpochMs - 500 } };
    expect(momentOf(fresh, nowMs)).toBeNull();
  });
});

describe('the moment of a fault that is no thread’s', () => {
  const cut = { kind: 'cut-link', from: 1, to: 3, both: true } as const;
  const withFaults = (...faults: LabSnapshot['faults']): LabSnapshot => ({ ...labWith({}), faults });

  it('stands as long as the fault, with its end and its undo', () => {
    const fault = faultView(4, cut, { activeMs: nowMs - 2000, untilMs: nowMs + 18_000 });
    expect(momentOf(withFaults(fault), nowMs)).toMatchObject({
      kind: 'fault',
      fault,
      liftedInMs: 18_000,
      undo: 'liftFault',
      sinceMs: nowMs - 2000,
      others: 0,
    });
  });

  it('is the newest one that acts; how many more there are is told', () => {
    const slow = faultView(1, { kind: 'slow-disk', node: 2, delayMs: 50 });
    const over = faultView(3, cut, { state: 'lifted', endedMs: nowMs - 1000 });
    expect(momentOf(withFaults(slow, faultView(2, cut), over), nowMs)).toMatchObject({ fault: { id: 2 }, others: 1 });
  });

  it('leaves ten seconds after its end, and never begins before its time', () => {
    const lifted = (agoMs: number) => faultView(4, cut, { state: 'lifted', endedMs: nowMs - agoMs });
    expect(momentOf(withFaults(lifted(lingerMs - 1)), nowMs)).toMatchObject({
      kind: 'fault',
      undo: null,
      tone: 'calm',
    });
    expect(momentOf(withFaults(lifted(lingerMs)), nowMs)).toBeNull();
    expect(momentOf(withFaults(faultView(4, cut, { state: 'armed', activeMs: nowMs + 5 })), nowMs)).toBeNull();
  });

  it('leaves the first word to a broker whose thread ended', () => {
    const lab = labWith({ process: 'killed', processSinceMs: nowMs - 4000, lastHeartbeatMs: nowMs - 4400 });
    const faults = [faultView(1, { kind: 'kill', node: 2 }), faultView(2, cut)];
    expect(momentOf({ ...lab, faults }, nowMs)).toMatchObject({ kind: 'killed', fault: null, others: 1 });
  });
});
