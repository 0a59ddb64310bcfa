/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: '랩 시간',
  },
};

export const commands = {};

export const events = {};
