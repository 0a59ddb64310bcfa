/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  configsView: {
    title: '설정값',
  },
};

export const commands = {};

export const events = {};
