/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  clientsView: {
    title: '클라이언트',
  },
};

export const commands = {
  resetOffsets: '그룹 {group}의 오프셋 재설정',
  deleteOffsets: '그룹 {group}의 오프셋 삭제',
  deleteGroup: '그룹 {group} 삭제',
  wakeupConsumer: '{client}에 wakeup() 호출',
};

export const events = {
  'partition-taken': '{topic}-{partition}: {offset}부터 읽음 ({from}), 다시 읽는 레코드 {again}개',
  'consumer-woken': '{call}()이 WakeupException을 던짐, 닫는 중',
  'offsets-reset': '그룹 {group}: 오프셋을 {to}(으)로 설정, 파티션 {partitions}개, 레코드 {records}개',
  'offsets-deleted': '그룹 {group}: {partitions}의 오프셋 삭제됨',
  'group-deleted': '그룹 {group} 삭제됨, 오프셋도 함께',
};
