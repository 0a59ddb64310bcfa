/**
 * The two ways to the lab host: an Electron message port that the preload hands over, or a WebSocket of the browser
 * host with the token of its start. Nothing else in the window knows which one it is.
 */
import { createORPCClient } from '@orpc/client';
import { RPCLink as PortLink } from '@orpc/client/message-port';
import { RPCLink as SocketLink } from '@orpc/client/websocket';
import { contractPath, contractProtocol, tokenProtocolPrefix } from '../../engine/contract/door.ts';
import type { LabClient } from '../../engine/contract/router.ts';

export interface Transport {
  readonly client: LabClient;
  /** Resolves when the transport is gone; never rejects. */
  readonly closed: Promise<void>;
  close(): void;
}

/** The host is there and says no: trying again would not help. */
export class RefusedError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RefusedError';
  }
}

/** What the preload script exposes; absent in an ordinary browser. */
interface ElectronDoor {
  requestPort(): void;
}
declare global {
  interface Window {
    readonly brokerlab?: ElectronDoor;
  }
}

const openTimeoutMs = 5_000;

export function openTransport(): Promise<Transport> {
  return window.brokerlab === undefined ? openSocket(tokenOfThisTab()) : openPort(window.brokerlab);
}

/** The preload cannot return a port (the context bridge clones), so it posts one to this window. */
function openPort(door: ElectronDoor): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => {
      window.removeEventListener('message', onMessage);
      reject(new Error('the desktop shell handed no port over'));
    }, openTimeoutMs);
    const onMessage = (event: MessageEvent<unknown>): void => {
      const port = event.ports[0];
      if (event.source !== window || event.data !== 'brokerlab:port' || port === undefined) return;
      clearTimeout(giveUp);
      window.removeEventListener('message', onMessage);
      const closed = new Promise<void>((settle) => port.addEventListener('close', () => settle()));
      const client: LabClient = createORPCClient(new PortLink({ port }));
      port.start();
      resolve({ client, closed, close: () => port.close() });
    };
    window.addEventListener('message', onMessage);
    door.requestPort();
  });
}

function openSocket(token: string | null): Promise<Transport> {
  if (token === null) return Promise.reject(new RefusedError('no-token'));
  return new Promise((resolve, reject) => {
    const address = `ws://${window.location.host}${contractPath}`;
    const websocket = new WebSocket(address, [contractProtocol, tokenProtocolPrefix + token]);
    const giveUp = setTimeout(() => websocket.close(), openTimeoutMs);
    const closed = new Promise<void>((settle) => websocket.addEventListener('close', () => settle()));
    websocket.addEventListener('open', () => {
      clearTimeout(giveUp);
      const client: LabClient = createORPCClient(new SocketLink({ websocket }));
      resolve({ client, closed, close: () => websocket.close() });
    });
    // A browser does not tell a refusal from an absence. The page itself is asked: if it comes, the token was refused.
    void closed.then(async () => {
      clearTimeout(giveUp);
      const alive = await fetch(window.location.pathname, { method: 'HEAD', cache: 'no-store' }).catch(() => null);
      reject(alive?.ok === true ? new RefusedError('token-refused') : new Error('the lab host does not answer'));
    });
  });
}

const tokenKey = 'brokerlab.token';

/** From the address that the lab printed, then from this tab's own storage; the address bar does not keep it. */
export function takeTokenFromAddress(): void {
  const match = /^#token=([\w-]+)$/.exec(window.location.hash);
  if (match?.[1] === undefined) return;
  window.sessionStorage.setItem(tokenKey, match[1]);
  window.history.replaceState(null, '', `${window.location.pathname}#/`);
}

function tokenOfThisTab(): string | null {
  return window.sessionStorage.getItem(tokenKey);
}
