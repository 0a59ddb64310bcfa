/** Words of timeline. The other language's file has the same keys. */
export const timeline = {
  timeline: {},
};
