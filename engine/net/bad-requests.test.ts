import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { Env } from '../env/index.ts';
import { nodeEnv } from '../env/node/index.ts';
import { SimWorld } from '../env/sim/index.ts';
import { type BadRequest, badRequests, replay, type Replayed } from './bad-requests.testkit.ts';

interface Outcome extends Replayed {
  log: string;
}

/** The two sides of the comparison: what the recording says and what happened here. */
function compared(request: BadRequest, outcome: Outcome): { kafka: unknown; here: unknown } {
  const { answers, closed, follow, closedBy } = outcome;
  const answer = request.answer === undefined ? null : outcome.answer;
  const logged = request.reason === null || outcome.log.includes(request.reason) ? request.reason : outcome.log;
  return {
    kafka: {
      answers: request.answers,
      closed: request.closed,
      // An orderly end, not a reset: earlier answers must arrive.
      closedBy: null,
      follow: request.follow,
      answer: request.answer ?? null,
      logged: request.reason,
    },
    here: { answers, closed, closedBy, follow, answer, logged },
  };
}

describe('requests that should not come get what Kafka gives them, in the simulated world', () => {
  it.each(badRequests.map((request) => [`${request.case} on the ${request.listener} listener`, request] as const))(
    '%s',
    async (_name, request) => {
      const world = new SimWorld(7);
      const node = world.node('broker');
      const outcome = replay(request, node.env, async (condition) => {
        for (let turn = 0; turn < 50 && !condition(); turn++) await new Promise<void>((go) => world.clock.after(1, go));
      });
      const done = await world.complete(outcome);
      const { kafka, here } = compared(request, { ...done, log: node.tracer.logLines().join('\n') });
      expect(here).toEqual(kafka);
    },
  );
});

describe('and over TCP', () => {
  it('in all cases', async () => {
    for (const request of badRequests) {
      const log: string[] = [];
      const env: Env = nodeEnv(tmpdir(), (event) => {
        if (event.type === 'log') log.push(event.message);
      });
      const outcome = await replay(request, env, async (condition) => {
        for (let turn = 0; turn < (request.closed || request.follow ? 1000 : 3) && !condition(); turn++) {
          await new Promise<void>((go) => env.clock.after(1, go));
        }
      });
      const { kafka, here } = compared(request, { ...outcome, log: log.join('\n') });
      expect(here, request.case).toEqual(kafka);
    }
  });
});
