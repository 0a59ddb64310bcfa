/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  produce: {
    title: '전송',
  },
};

export const commands = {
  importRecords: '{name}을(를) {topic}에 가져오기',
  produceTemplate: '템플릿으로 {topic}에 레코드 {count}개 전송',
  replayRecords: '{topic}-{partition} {fromOffset}부터 {toOffset}까지 {to}에 다시 전송',
  saveTemplate: '템플릿 {name} 저장',
  removeTemplate: '템플릿 {name} 삭제',
};

export const events = {
  'records-reordered':
    '{topic}-{partition}: {client}의 레코드 {records}개가 오프셋 {offset}에 기록됨, 나중에 보낸 {behind}보다 뒤',
  'duplicate-dropped': '{topic}-{partition}: 레코드 {records}개의 배치가 이미 있음, sequence {sequence}, 한 번만 기록',
  feed: '{title}: 레코드 {records}개',
};
