/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  feedsView: {
    title: 'Clients',
  },
};

export const commands = {};

export const events = {};
