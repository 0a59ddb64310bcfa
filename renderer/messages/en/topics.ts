/** Words of topics. The other language's file has the same keys. */
export const topics = {
  topics: {},
};
