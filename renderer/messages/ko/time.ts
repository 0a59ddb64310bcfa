/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: '랩 시간',
  },
};

export const commands = {
  setSpeed: '랩 시간 속도 {speed}×',
  pauseTime: '랩 시간 멈춤',
  resumeTime: '랩 시간 계속',
  stepTime: '랩 시간 {ms} ms 진행',
};

export const events = {
  'lab-time': '랩 시간',
};
