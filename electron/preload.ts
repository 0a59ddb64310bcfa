/**
 * The sandboxed preload: lets the window ask for a message port to the lab host, and nothing else. The port itself is
 * transferred by `window.postMessage`, because a port cannot cross the context bridge; it is asked for, because one that
 * came before the window listened would be lost.
 */
import { contextBridge, ipcRenderer } from 'electron';

/** The page's window: of all of the DOM, the preload uses this. */
declare const window: { postMessage(message: string, targetOrigin: string, transfer: readonly unknown[]): void };

ipcRenderer.on('brokerlab:port', (event) => {
  const [port] = event.ports;
  if (port !== undefined) window.postMessage('brokerlab:port', '*', [port]);
});
contextBridge.exposeInMainWorld('brokerlab', { requestPort: (): void => ipcRenderer.send('brokerlab:ready') });
