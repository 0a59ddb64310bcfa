/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: 'Lab time',
  },
};

export const commands = {
  setSpeed: 'lab time at {speed}×',
  pauseTime: 'pause lab time',
  resumeTime: 'resume lab time',
  stepTime: 'step lab time by {ms} ms',
};

export const events = {
  'lab-time': 'lab time',
};
