/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  feedsView: {
    title: '클라이언트',
  },
};

export const commands = {};

export const events = {};
