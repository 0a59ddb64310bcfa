/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  produce: {
    title: 'Produce',
  },
};

export const commands = {
  importRecords: 'import {name} into {topic}',
  produceTemplate: 'produce {count} records from a template to {topic}',
  replayRecords: 'replay {topic}-{partition} {fromOffset} to {toOffset} to {to}',
  saveTemplate: 'keep template {name}',
  removeTemplate: 'remove template {name}',
};

export const events = {
  'records-reordered':
    '{topic}-{partition}: {records} records of {client} written at {offset}, behind later ones at {behind}',
  'duplicate-dropped': '{topic}-{partition}: batch of {records} was there already, sequence {sequence}, written once',
  feed: '{title}: {records} records',
};
