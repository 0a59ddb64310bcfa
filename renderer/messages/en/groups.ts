/** Words of groups. The other language's file has the same keys. */
export const groups = {
  groups: {},
};
