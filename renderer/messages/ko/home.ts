/** Words of home. The other language's file has the same keys. */
export const home = {
  home: {},
};
