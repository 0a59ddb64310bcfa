/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  runsView: {
    title: '실행',
  },
};

export const commands = {};

export const events = {};
