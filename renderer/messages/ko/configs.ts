/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  configsView: {
    title: '설정값',
  },
};

export const commands = {
  setBrokerConfig: '브로커 {node}의 {name}: {value}',
};

export const events = {};
