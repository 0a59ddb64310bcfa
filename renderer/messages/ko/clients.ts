/** Words of clients. The other language's file has the same keys. */
export const clients = {
  clients: {},
};
