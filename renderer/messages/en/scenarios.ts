/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  scenariosView: {
    title: 'Scenarios',
  },
};

export const commands = {};

export const events = {};
