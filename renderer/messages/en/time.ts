/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: 'Lab time',
    speed: 'Speed of lab time',
    speedHint: 'Lab time at {speed}×: all clocks and timers of brokers and lab clients',
    pause: 'Pause lab time',
    resume: 'Resume lab time',
    step: 'Step lab time by 1 s',
    stands: 'stands',
    space: 'Space',
    outside: '{n} outside | {n} outside',
    outsideSpeed:
      'Clients from outside live on wall time while lab time runs at {speed}×: to the brokers their time-outs are {speed} times as long. Groups: {groups}.',
    outsideStands:
      'Clients from outside live on wall time while lab time stands: their own time-outs go on. Groups: {groups}.',
  },
  timeKeys: {
    pauseTime: 'Pause or resume lab time',
    stepTime: 'Step lab time by 1 s; of a lab that runs: pause it',
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
