/** Words of clients. The other language's file has the same keys. */
export const clients = {
  clients: {
    acksHint: {
      '0': 'acks=0: 아무도 기다리지 않습니다. 중간에 잃어버려도 알 수 없습니다',
      '1': 'acks=1: 리더만 기다립니다. 팔로워가 받기 전에 리더가 죽으면 잃습니다',
      all: 'acks=all: ISR의 모든 레플리카를 기다립니다',
    },
  },
};
