/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  quorumView: {
    title: 'Quorum',
  },
};

export const commands = {};

export const events = {};
