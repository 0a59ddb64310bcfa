/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  spacetimeView: {
    title: '시공간',
  },
};

export const commands = {};

export const events = {};
