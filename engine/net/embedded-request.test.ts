import { expect, it } from 'vitest';
import { concatBytes } from '../base/text.ts';
import { decodeResponse, encodeRequest, heartbeatApi } from '../protocol/index.ts';
import { answerEmbedded, ApiRegistry, type RequestContext, RequestRefusedError } from './index.ts';
import { handlerOf } from './rpc.testkit.ts';

const outer: RequestContext = {
  listener: 'broker',
  connectionId: 4,
  remote: '127.0.0.1:5000',
  remoteHost: '127.0.0.1',
  localPort: 9093,
  header: { apiKey: 58, apiVersion: 0, correlationId: 1, clientId: '2' },
  clientSoftwareName: 'unknown',
  clientSoftwareVersion: 'unknown',
  receivedMs: 0,
};

function heartbeat(version: number): Uint8Array {
  const header = { correlationId: 77, clientId: 'the client' };
  return concatBytes(encodeRequest(heartbeatApi, version, header, { groupId: 'g', generationId: 3, memberId: 'm' }));
}

it('is answered by its own handler, which sees the inner header on the outer connection', async () => {
  const seen: (string | null | number)[] = [];
  const registry = new ApiRegistry([
    handlerOf(heartbeatApi, ({ generationId }, { header, connectionId }) => {
      seen.push(header.clientId, connectionId);
      return { errorCode: generationId };
    }),
  ]);
  const answer = await answerEmbedded(registry, 'broker', heartbeat(4), outer);
  const { correlationId, body } = decodeResponse(heartbeatApi, 4, answer!);
  expect({ correlationId, errorCode: body.errorCode, seen }).toEqual({
    correlationId: 77,
    errorCode: 3,
    seen: ['the client', 4],
  });
});

it('is refused when nothing serves it', async () => {
  await expect(answerEmbedded(new ApiRegistry([]), 'broker', heartbeat(4), outer)).rejects.toThrow(RequestRefusedError);
});
