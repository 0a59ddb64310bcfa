/** English: words of the area, sentences of its commands and of its events. */
export const words = {
  faultsView: {
    title: 'Faults',
  },
};

export const commands = {
  injectFault: 'fault: {fault}',
  liftFault: 'lift fault {fault}',
  liftAllFaults: 'lift all faults',
};

export const events = {
  fault: 'fault {fault}, {what}: {target} {settings} {detail}',
};
