/** A lab consumer with its workload, as its thread runs it. */
import { type ConsumerEvent, type ConsumerSample } from '../../client/index.ts';
import type { ConsumerSettings } from '../../contract/clients.ts';
import { reportedConsumer } from '../ledger/client-reports.ts';
import type { ClientRole } from './client-messages.ts';
import { ConsumerWorkload } from './consumer-workload.ts';
import { sampleAgeMsMax, type RunningClient, type RunningClientOptions } from './running-client.ts';

/** Throws a ConfigException. */
export function runConsumer(settings: ConsumerSettings, options: RunningClientOptions<ConsumerEvent>): RunningClient {
  const { env, codecs, configs, post, onWoken, random } = options;
  const consumer = reportedConsumer(options.ledger, {
    env,
    codecs,
    configs,
    onEvent: (event) => {
      options.onEvent(event);
      if (event.type === 'callback' && event.callback !== 'onPartitionsAssigned') giveUp(event.partitions);
    },
  });
  const workload = new ConsumerWorkload(settings, { clock: env.clock, random, consumer, onWoken });
  post({ type: 'configured', effective: consumer.effectiveConfigs });
  for (const warning of consumer.configWarnings) options.onFault('ConsumerConfig', 'WARN', warning);
  let isReady = false;
  let last = '';
  let postedMs = Number.NEGATIVE_INFINITY;
  const running = workload.run().catch(options.onEnd);

  function giveUp(partitions: readonly { readonly topic: string; readonly partition: number }[]): void {
    const reached = consumer
      .positions(partitions)
      .map(({ topic, partition, offset }) => ({ topic, partition, offset }));
    if (reached.length > 0) post({ type: 'gave-up', partitions: reached });
  }

  function becomeReady(sample: ConsumerSample): void {
    if (isReady || sample.memberState !== 'stable') return;
    isReady = true;
    post({ type: 'ready' });
  }

  async function closeConsumer(limitMs: number, startedMs: number): Promise<void> {
    await running;
    await consumer.close(Math.max(0, limitMs - (env.clock.monotonic() - startedMs)));
  }

  return {
    sample() {
      const sample = consumer.sample();
      becomeReady(sample);
      const atMs = Math.floor(env.clock.precise());
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
    wakeup(limitMs) {
      consumer.wakeup();
      return closeConsumer(limitMs, env.clock.monotonic());
    },
    close(limitMs) {
      const startedMs = env.clock.monotonic();
      workload.stop(limitMs / 2);
      return closeConsumer(limitMs, startedMs);
    },
  };
}
