/** A lab consumer with its workload, as its thread runs it. */
import { type ConsumerEvent, type ConsumerSample } from '../../client/index.ts';
import type { ConsumerSettings } from '../../contract/clients.ts';
import { reportedConsumer } from '../ledger/client-reports.ts';
import type { ClientRole } from './client-messages.ts';
import { ConsumerWorkload } from './consumer-workload.ts';
import { sampleAgeMsMax, type RunningClient, type RunningClientOptions } from './running-client.ts';

/** Throws a ConfigException. */
export function runConsumer(settings: ConsumerSettings, options: RunningClientOptions<ConsumerEvent>): RunningClient {
  const { env, codecs, configs, post } = options;
  const consumer = reportedConsumer(options.ledger, { env, codecs, configs, onEvent: options.onEvent });
  const workload = new ConsumerWorkload(settings, { clock: env.clock, consumer });
  post({ type: 'configured', effective: consumer.effectiveConfigs });
  let isReady = false;
  let last = '';
  let postedMs = Number.NEGATIVE_INFINITY;
  const running = workload.run().catch(options.onEnd);

  function becomeReady(sample: ConsumerSample): void {
    if (isReady || sample.memberState !== 'stable') return;
    isReady = true;
    post({ type: 'ready' });
  }

  return {
    sample() {
      const sample = consumer.sample();
      becomeReady(sample);
      const atMs = env.clock.now();
      // When it last polled changes all the time and is news only with something else, or once in a while.
      const text = JSON.stringify({ ...sample, lastPollMs: null });
      if (text === last && atMs - postedMs < sampleAgeMsMax) return;
      last = text;
      postedMs = atMs;
      post({ type: 'consumer', atMs, sample });
    },
    change(role: ClientRole) {
      if (role.kind === 'consumer') workload.change(role.settings);
    },
    async close(limitMs) {
      const startedMs = env.clock.monotonic();
      workload.stop(limitMs / 2);
      await running;
      await consumer.close(Math.max(0, limitMs - (env.clock.monotonic() - startedMs)));
    },
  };
}
