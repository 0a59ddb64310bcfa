/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  configsView: {
    whose: 'Whose configs',
    all: 'All brokers',
    allMore: 'What was set for all brokers at once; a broker’s own value wins over it.',
    table: 'Configs of broker {node}',
    tableAll: 'Configs of all brokers',
    topics: 'of topics:',
    title: 'Configs',
  },
};

export const commands = {
  setBrokerConfig: '{name} of broker {node}: {value}',
};

export const events = {};
