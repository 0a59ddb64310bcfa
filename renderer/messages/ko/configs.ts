/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  configsView: {
    whose: '누구의 설정값',
    all: '모든 브로커',
    allMore: '모든 브로커에 한꺼번에 설정한 값. 브로커 자신의 값이 우선합니다.',
    table: '브로커 {node}의 설정값',
    tableAll: '모든 브로커의 설정값',
    topics: '토픽별:',
    title: '설정값',
  },
};

export const commands = {
  setBrokerConfig: '브로커 {node}의 {name}: {value}',
};

export const events = {};
