/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  spacetimeView: {
    title: 'Space-time',
  },
};

export const commands = {};

export const events = {};
