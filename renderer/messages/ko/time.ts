/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  timeView: {
    title: '랩 시간',
    speed: '랩 시간 속도',
    speedHint: '랩 시간 {speed}×: 브로커와 랩 클라이언트의 모든 시계와 타이머',
    pause: '랩 시간 멈춤',
    resume: '랩 시간 계속',
    step: '랩 시간 1초 진행',
    stands: '멈춤',
    space: 'Space',
    outside: '외부 {n} | 외부 {n}',
    outsideSpeed:
      '랩 시간이 {speed}×로 흐르는 동안 외부 클라이언트는 실제 시간으로 움직입니다. 브로커에게는 그 타임아웃이 {speed}배로 보입니다. 그룹: {groups}.',
    outsideStands:
      '랩 시간이 멈춘 동안에도 외부 클라이언트는 실제 시간으로 움직이며 자체 타임아웃이 계속됩니다. 그룹: {groups}.',
  },
  timeKeys: {
    pauseTime: '랩 시간 멈춤 또는 계속',
    stepTime: '랩 시간 1초 진행, 흐르는 중이면 멈춤',
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
