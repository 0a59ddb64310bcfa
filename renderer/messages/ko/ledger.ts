/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  ledgerView: {
    title: '원장',
  },
};

export const commands = {};

export const events = {};
