/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  ledgerView: {
    title: 'Ledger',
  },
};

export const commands = {};

export const events = {};
