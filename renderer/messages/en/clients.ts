/** Words of clients. The other language's file has the same keys. */
export const clients = {
  clients: {
    acksHint: {
      '0': 'acks=0: waits for nobody; what is lost on the way is never known',
      '1': 'acks=1: waits for the leader; lost when the leader dies before a follower has it',
      all: 'acks=all: waits for every replica in the ISR',
    },
  },
};
