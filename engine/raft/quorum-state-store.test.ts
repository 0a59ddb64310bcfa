/** The `quorum-state` file, against a recorded one. */
import { describe, expect, it } from 'vitest';
import { utf8 } from '../base/text.ts';
import { SimWorld } from '../env/sim/index.ts';
import golden from './golden-raft.json' with { type: 'json' };
import { InvalidQuorumStateError, QuorumStateFile, formatQuorumState, parseQuorumState } from './quorum-state-store.ts';

describe('quorum-state', () => {
  it('is read and written as Kafka does it for static voters', () => {
    const state = parseQuorumState(golden.quorumState, 'quorum-state');
    expect(state).toEqual({ epoch: 5, leaderId: 1, votedId: null, voters: [1, 2, 3] });
    expect(formatQuorumState(state)).toBe(golden.quorumState);
  });

  it('is read when a dynamic quorum wrote it', () => {
    const text =
      '{"leaderId":-1,"leaderEpoch":7,"votedId":2,"votedDirectoryId":"x1DP0cWNQjeB4C322qubpQ","data_version":1}';
    expect(parseQuorumState(text, 'quorum-state')).toEqual({ epoch: 7, leaderId: null, votedId: 2, voters: [] });
  });

  it('survives power loss once written', () => {
    const node = new SimWorld(1).node('n');
    node.env.disk.makeDirectory('d');
    node.env.disk.syncDirectory('');
    const file = new QuorumStateFile(node.env.disk, 'd/quorum-state');
    expect(file.read()).toBeNull();
    const state = { epoch: 3, leaderId: null, votedId: 2, voters: [1, 2, 3] };
    file.write({ ...state, epoch: 2 });
    file.write(state);
    node.losePower();
    expect(new QuorumStateFile(node.restart().disk, 'd/quorum-state').read()).toEqual(state);
  });

  it.each([
    ['', 'this is no JSON'],
    ['[1', 'this is no JSON'],
    ['3', 'this is no JSON object'],
    ['{}', '"data_version" is undefined'],
    ['{"data_version":7}', '"data_version" is 7; 0 and 1 are known'],
    ['{"data_version":0,"leaderEpoch":"x"}', '"leaderEpoch" is "x"'],
    ['{"data_version":0,"leaderEpoch":-1,"leaderId":1,"votedId":1}', '"leaderEpoch" is negative'],
    ['{"data_version":0,"leaderEpoch":1,"leaderId":1,"votedId":1,"currentVoters":[{}]}', 'an entry without "voterId"'],
  ])('says what is wrong with %s', (text, message) => {
    const node = new SimWorld(1).node('n');
    node.env.disk.replaceFile('quorum-state', utf8(text));
    const read = (): unknown => new QuorumStateFile(node.env.disk, 'quorum-state').read();
    expect(read).toThrow(InvalidQuorumStateError);
    expect(read).toThrow(message);
  });
});
