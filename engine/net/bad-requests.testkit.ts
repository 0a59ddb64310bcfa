/**
 * Requests that should not come, with what Apache Kafka 4.3.1 did with each (bad-requests.json, extracted from a
 * recording): which correlation ids it answered, whether it closed the connection, whether it answered an ApiVersions
 * sent afterwards, and the reason in its log.
 */
import { fromHex, hex } from '../base/text.ts';
import type { Env } from '../env/index.ts';
import cases from './bad-requests.json' with { type: 'json' };
import { type ListenerKind, RpcServer } from './index.ts';
import { fullRegistry, RawClient } from './rpc.testkit.ts';

export const badRequests = cases;
export type BadRequest = (typeof cases)[number];

/** What happened here, in the form of the recording. */
export interface Replayed {
  answers: number[];
  answer: string;
  closed: boolean;
  closedBy: string | null;
  follow: boolean;
}

const following = fromHex('0000000d001200000000002a0003626164');

/** `wait(condition)` lets time pass until the condition holds or is not going to. */
export async function replay(
  request: BadRequest,
  env: Env,
  wait: (condition: () => boolean) => Promise<void>,
): Promise<Replayed> {
  const listener: ListenerKind = request.listener === 'controller' ? 'controller' : 'broker';
  const bugs: unknown[] = [];
  const server = new RpcServer({
    env,
    listener,
    host: '127.0.0.1',
    port: 0,
    registry: fullRegistry(listener),
    onBug: (error) => bugs.push(error),
  });
  await server.listen();
  const client = await RawClient.connect(env, server.port);
  client.write(fromHex(request.sent));
  const expected = request.answers.length;
  await wait(() => (request.closed ? client.closed !== 'open' : client.frames.length >= expected));
  const outcome: Replayed = {
    answers: client.correlationIds,
    answer: hex(client.wire),
    closed: client.closed !== 'open',
    closedBy: client.closed === 'open' || client.closed === null ? null : client.closed.code,
    follow: false,
  };
  if (!outcome.closed) {
    client.write(following);
    await wait(() => !request.follow || client.frames.length > expected);
    outcome.follow = client.correlationIds.at(-1) === 42;
  }
  client.destroy();
  await server.close();
  if (bugs.length > 0) throw bugs[0];
  return outcome;
}
