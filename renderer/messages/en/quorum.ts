/** English: words of the quorum view. */
export const words = {
  quorumView: {
    title: 'Quorum',
    epoch: 'epoch',
    majority: '{alive} of {all}, {needed} needed',
    toldBy: 'told by {node}, {age} ago',
    noMajority: 'No majority: no metadata can change, no leader be elected, until enough voters are back.',
    table: 'Voters and observers',
    voter: 'voter',
    observer: 'observer',
    gone: 'gone',
    columns: {
      node: 'Node',
      kind: 'Vote',
      role: 'Role',
      end: 'Log end',
      lag: 'Behind',
      progress: 'Of the metadata log',
      fetch: 'Last fetch',
      caughtUp: 'Caught up',
    },
    news: 'Elections and roles',
    noNews: 'Nothing changed lately.',
    spacetime: 'Space-time',
    same: 'Same as',
  },
};

export const commands = {};

export const events = {};
