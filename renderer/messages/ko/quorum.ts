/** Korean: words of the quorum view. */
export const words = {
  quorumView: {
    title: '쿼럼',
    epoch: '에포크',
    majority: '{all} 중 {alive}, {needed} 필요',
    toldBy: '{node}이(가) {age} 전에 알림',
    noMajority: '과반이 없습니다. 투표자가 충분히 돌아올 때까지 메타데이터를 바꾸거나 리더를 선출할 수 없습니다.',
    table: '투표자와 관찰자',
    voter: '투표자',
    observer: '관찰자',
    gone: '없음',
    columns: {
      node: '노드',
      kind: '투표',
      role: '역할',
      end: '로그 끝',
      lag: '뒤처짐',
      progress: '메타데이터 로그 중',
      fetch: '마지막 fetch',
      caughtUp: '따라잡음',
    },
    news: '선출과 역할',
    noNews: '최근에 바뀐 것이 없습니다.',
    spacetime: '시공간',
    same: '같은 명령',
  },
};

export const commands = {};

export const events = {};
