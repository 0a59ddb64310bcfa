import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { LabStartError } from './lab-directory.ts';
import { newRoster, oneMore, settledRoster } from './roster.ts';

const servers: Server[] = [];

/** Takes a free port and keeps it. */
function takePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    servers.push(server);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

describe('the roster of a lab', () => {
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  it('gives three brokers a vote, and further ones none', async () => {
    const { brokers } = await newRoster(5, null);
    expect(brokers.map(({ id, controllerPort }) => [id, controllerPort !== null])).toEqual([
      [1, true],
      [2, true],
      [3, true],
      [4, false],
      [5, false],
    ]);
    expect(new Set(brokers.flatMap((each) => [each.port, each.controllerPort ?? each.id])).size).toBe(10);
  });

  it('refuses a port that was asked for and is taken, by name', async () => {
    const port = await takePort();
    const refused = await newRoster(1, port).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(LabStartError);
    expect(refused).toMatchObject({ code: 'port-in-use', value: `127.0.0.1:${port}` });
  });

  it('moves a known broker from a taken port unless its port was asked for', async () => {
    const taken = await takePort();
    const known = await newRoster(1, null);
    const squatted = { ...known, brokers: known.brokers.map((entry) => ({ ...entry, port: taken })) };
    const { brokers, clusterId } = await settledRoster(squatted, null);
    expect(brokers[0]?.port).toBeGreaterThan(taken);
    expect(clusterId).toBe(known.clusterId);
    await expect(settledRoster({ ...squatted, portsPinned: true }, null)).rejects.toThrow(`127.0.0.1:${taken}`);
  });

  it('gives one more broker the next id and a port of its own', async () => {
    const known = await newRoster(3, null);
    const entry = await oneMore(known);
    expect(entry).toMatchObject({ id: 4, controllerPort: null });
    expect(known.brokers.flatMap((each) => [each.port, each.controllerPort])).not.toContain(entry.port);
  });

  it('adds the broker that was asked for, on the port that its number gives it', async () => {
    const known = await newRoster(1, null);
    const first = known.brokers[0]?.port ?? 0;
    const entry = await oneMore(known, 7);
    expect(entry.id).toBe(7);
    expect(entry.port).toBeGreaterThanOrEqual(first + 6);
  });

  it('leaves no controller on a port that a broker was asked to have', async () => {
    // Away from the ports that labs of other tests have.
    const known = await newRoster(3, 28_000 + (process.pid % 200) * 10);
    const from = known.brokers[0]?.controllerPort ?? 0;
    const { brokers } = await settledRoster(known, from - 1);
    expect(brokers.map((each) => each.port)).toEqual([from - 1, from, from + 1]);
    expect(new Set(brokers.flatMap((each) => [each.port, each.controllerPort])).size).toBe(6);
  });
});
