/// <reference lib="dom" />
/**
 * The sandboxed preload: hands the window one message port to the lab host and nothing else. The port itself is
 * transferred by `window.postMessage`, because a port cannot cross the context bridge.
 */
import { ipcRenderer } from 'electron';

ipcRenderer.on('brokerlab:port', (event) => {
  const [port] = event.ports;
  if (port !== undefined) window.postMessage('brokerlab:port', '*', [port]);
});
ipcRenderer.send('brokerlab:ready');
