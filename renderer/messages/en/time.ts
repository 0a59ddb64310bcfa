/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: 'Lab time',
  },
};

export const commands = {};

export const events = {};
