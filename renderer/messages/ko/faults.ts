/** Korean: words of the area, sentences of its commands and of its events. */
export const words = {
  faultsView: {
    title: '장애',
  },
};

export const commands = {
  injectFault: '장애: {fault}',
  liftFault: '장애 {fault} 해제',
  liftAllFaults: '모든 장애 해제',
};

export const events = {
  fault: '장애 {fault}, {what}: {target} {settings} {detail}',
};
