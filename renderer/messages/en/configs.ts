/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  configsView: {
    title: 'Configs',
  },
};

export const commands = {
  setBrokerConfig: '{name} of broker {node}: {value}',
};

export const events = {};
