/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  storageView: {
    title: '세그먼트',
  },
};

export const commands = {};

export const events = {};
