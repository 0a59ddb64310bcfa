/** A client of a running lab, for the command line: finds it by its data directory and speaks the contract with it. */
import { createORPCClient } from '@orpc/client';
import { RPCLink } from '@orpc/client/websocket';
import type { LabClient } from '../contract/router.ts';
import { contractPath, contractProtocol, tokenProtocolPrefix } from '../contract/door.ts';
import type { LabLock } from './lab-directory.ts';

export interface LabConnection {
  readonly client: LabClient;
  close(): void;
}

const connectLimitMs = 2_000;

function open(lock: LabLock): WebSocket {
  const address = `${lock.host}:${lock.port}`;
  return new WebSocket(`ws://${address}${contractPath}`, {
    protocols: [contractProtocol, tokenProtocolPrefix + lock.token],
    headers: { Origin: `http://${address}` },
  });
}

/** Rejects when nobody answers at the lock's address, or refuses its token. */
export async function connectToLab(lock: LabLock): Promise<LabConnection> {
  const socket = open(lock);
  await new Promise<void>((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error(`no answer within ${connectLimitMs} ms`)), connectLimitMs);
    socket.addEventListener('open', () => {
      clearTimeout(giveUp);
      resolve();
    });
    socket.addEventListener('error', () => {
      clearTimeout(giveUp);
      reject(new Error(`nobody answers at ${lock.host}:${lock.port}`));
    });
  });
  const client: LabClient = createORPCClient(new RPCLink({ websocket: socket }));
  return { client, close: () => socket.close() };
}
