/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  scenariosView: {
    title: '시나리오',
  },
};

export const commands = {};

export const events = {};
