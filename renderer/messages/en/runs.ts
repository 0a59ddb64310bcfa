/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  runsView: {
    title: 'Runs',
  },
};

export const commands = {};

export const events = {};
