/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  clientsView: {
    title: 'Clients',
  },
};

export const commands = {
  resetOffsets: 'reset the offsets of group {group}',
  deleteOffsets: 'delete offsets of group {group}',
  deleteGroup: 'delete group {group}',
  wakeupConsumer: 'wakeup() of {client}',
};

export const events = {
  'partition-taken': '{topic}-{partition}: reads from {offset} ({from}), records again {again}',
  'consumer-woken': '{call}() threw a WakeupException; it closes',
  'offsets-reset': 'group {group}: offsets set to {to}, partitions {partitions}, records {records}',
  'offsets-deleted': 'group {group}: offsets of {partitions} deleted',
  'group-deleted': 'group {group} deleted, its offsets with it',
};
