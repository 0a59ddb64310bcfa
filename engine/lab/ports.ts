/** Free ports on loopback. */
import { createServer } from 'node:net';

/** Whether 127.0.0.1:`port` can be bound now. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** The first free port from `from` on that is not in `taken`; adds it to `taken`. */
export async function nextFree(from: number, taken: Set<number>): Promise<number> {
  for (let port = from; port <= 65_535; port++) {
    if (taken.has(port) || !(await isFree(port))) continue;
    taken.add(port);
    return port;
  }
  throw new Error(`no free port from ${from} on`);
}
