/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  storageView: {
    title: 'Segments',
  },
};

export const commands = {};

export const events = {};
