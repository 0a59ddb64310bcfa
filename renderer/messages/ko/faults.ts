/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  faultsView: {
    title: '장애',
  },
};

export const commands = {};

export const events = {};
