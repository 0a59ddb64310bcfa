/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  quorumView: {
    title: '쿼럼',
  },
};

export const commands = {};

export const events = {};
