/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  faultsView: {
    title: 'Faults',
  },
};

export const commands = {};

export const events = {};
