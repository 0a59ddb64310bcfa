import { describe, expect, it } from 'vitest';
import { clientError, type ConsumerRecord, type PartitionOffset, type RebalanceListener } from '../../client/index.ts';
import type { ConsumerSettings } from '../../contract/clients.ts';
import { SimWorld } from '../../env/sim/index.ts';
import { consumerSettings } from './client-settings.ts';
import { ConsumerWorkload, type ConsumerWorkloadOptions } from './consumer-workload.ts';

const record = (partition: number, offset: number): ConsumerRecord => ({
  topic: 'orders',
  partition,
  offset,
  timestamp: 0,
  timestampType: 'create-time',
  leaderEpoch: 0,
  key: null,
  value: null,
  headers: [],
});

/** Gives the polls of a script, in order, then none; writes down what is asked of it. */
class PlayedConsumer implements Pick<ConsumerWorkloadOptions['consumer'], keyof ConsumerWorkloadOptions['consumer']> {
  readonly calls: string[] = [];
  polls: (readonly ConsumerRecord[] | Error)[];
  commitError: Error | null = null;
  readonly #world: SimWorld;
  #wake: (() => void) | null = null;

  constructor(world: SimWorld, polls: (readonly ConsumerRecord[] | Error)[]) {
    this.#world = world;
    this.polls = polls;
  }

  listener: RebalanceListener | null = null;

  subscribe(topics: readonly string[], listener?: RebalanceListener): void {
    this.listener = listener ?? null;
    this.calls.push(`subscribe ${topics.join(' ')}`);
  }
  async poll(timeoutMs: number): Promise<ConsumerRecord[]> {
    const next = this.polls.shift();
    if (next instanceof Error) throw next;
    if (next !== undefined) return [...next];
    await new Promise<void>((resolve, reject) => {
      const timer = this.#world.clock.after(timeoutMs, resolve);
      this.#wake = () => {
        timer.cancel();
        reject(clientError('WakeupException', ''));
      };
    });
    return [];
  }
  async commitSync(offsets?: readonly PartitionOffset[], timeoutMs?: number): Promise<void> {
    const named = (offsets ?? []).map(({ topic, partition, offset }) => ` ${topic}-${partition}=${offset}`).join('');
    this.calls.push(`commitSync${named}${timeoutMs === undefined ? '' : ` within ${timeoutMs}`}`);
    if (this.commitError !== null) throw this.commitError;
  }
  commitAsync(): void {
    this.calls.push('commitAsync');
  }
  seek({ topic, partition }: { topic: string; partition: number }, offset: number): void {
    this.calls.push(`seek ${topic}-${partition} ${offset}`);
  }
  positions(partitions: readonly { topic: string; partition: number }[]): PartitionOffset[] {
    return partitions.map(({ topic, partition }) => ({ topic, partition, offset: 13 }));
  }
  assignment() {
    return [{ topic: 'orders', partition: 0 }];
  }
  wakeup(): void {
    this.calls.push('wakeup');
    this.#wake?.();
  }
}

function played(change: Partial<ConsumerSettings>, polls: (readonly ConsumerRecord[] | Error)[]) {
  const world = new SimWorld(1);
  const consumer = new PlayedConsumer(world, polls);
  const settings = { ...consumerSettings('billing-1', 'billing', ['orders'], null, {}), ...change };
  const woken: string[] = [];
  const { clock, random } = world;
  const onWoken = (call: string) => void woken.push(call);
  const workload = new ConsumerWorkload(settings, { clock, random, consumer, onWoken });
  return { world, consumer, workload, settings, woken };
}

const batch = [record(0, 10), record(0, 11), record(0, 12), record(1, 5)];

describe('the workload of a consumer', () => {
  it.each([
    ['auto', []],
    ['none', []],
    ['sync', ['commitSync', 'commitSync']],
    ['async', ['commitAsync', 'commitAsync']],
  ] as const)('with %s commit it commits %j after two polls', async (commit, commits) => {
    const { world, consumer, workload } = played({ commit }, [batch, batch]);
    const over = workload.run();
    await world.run(100);
    workload.stop(1000);
    await world.complete(over);
    expect(consumer.calls).toEqual(['subscribe orders', ...commits, 'wakeup']);
  });

  it('takes its time for each record, more or less as it is told meanwhile', async () => {
    const { world, consumer, workload, settings } = played({ commit: 'sync', processingMs: 100 }, [batch, batch]);
    void workload.run();
    await world.run(399);
    expect(consumer.calls).not.toContain('commitSync');
    await world.run(2);
    expect(consumer.calls).toContain('commitSync');
    workload.change({ ...settings, commit: 'sync', processingMs: 1 });
    await world.run(110);
    expect(consumer.calls.filter((call) => call === 'commitSync')).toHaveLength(2);
  });

  it('stopped among its records it goes back to the first that is not processed, and commits what is', async () => {
    const { world, consumer, workload } = played({ commit: 'async', processingMs: 100 }, [batch]);
    const over = workload.run();
    await world.run(150);
    workload.stop(300);
    await world.complete(over, 1);
    expect(consumer.calls).toEqual(['subscribe orders', 'seek orders-0 11', 'commitSync within 300']);
  });

  it('goes on after an error that passes and after a commit that was refused, ends by any other', async () => {
    const { world, consumer, workload } = played({ commit: 'sync' }, [
      clientError('TimeoutException', 'no broker'),
      batch,
      clientError('NoOffsetForPartitionException', 'Undefined offset with no reset policy'),
    ]);
    consumer.commitError = clientError('CommitFailedException', 'the group has already rebalanced');
    await expect(world.complete(workload.run())).rejects.toThrow('Undefined offset');
    expect(consumer.calls).toEqual(['subscribe orders', 'commitSync']);
  });

  it('woken up it processes what it has, and leaves by the next call that throws', async () => {
    const { world, consumer, workload, woken } = played({ commit: 'none', processingMs: 100 }, [
      batch,
      clientError('WakeupException', ''),
    ]);
    const over = workload.run();
    await world.run(390);
    expect(woken).toEqual([]);
    await world.complete(over);
    expect([woken, consumer.calls, consumer.polls]).toEqual([['poll'], ['subscribe orders'], []]);
  });

  it('woken up with sync commits it may lose the one that was due, as in Java', async () => {
    const { world, consumer, workload, woken } = played({ commit: 'sync' }, [batch, batch]);
    consumer.commitError = clientError('WakeupException', '');
    await world.complete(workload.run());
    expect([woken, consumer.polls.length]).toEqual([['commitSync'], 1]);
  });

  it.each([
    ['none', true, ['commitSync orders-0=13']],
    ['sync', true, ['commitSync orders-0=13']],
    ['none', false, []],
    ['auto', true, []],
  ] as const)(
    'with %s commit and commitOnRevoke=%s a revocation commits %j',
    async (commit, commitOnRevoke, commits) => {
      const { consumer, workload } = played({ commit, commitOnRevoke }, []);
      void workload.run();
      await consumer.listener?.onPartitionsRevoked([{ topic: 'orders', partition: 0 }]);
      await consumer.listener?.onPartitionsLost?.([{ topic: 'orders', partition: 0 }]);
      expect(consumer.calls.slice(1)).toEqual(commits);
    },
  );

  it('draws the time of processing from around what it is told', async () => {
    const { world, consumer, workload } = played({ commit: 'async', processingMs: 100, processingJitterMs: 50 }, [
      batch,
    ]);
    void workload.run();
    await world.run(199);
    expect(consumer.calls).not.toContain('commitAsync');
    await world.run(401);
    expect(consumer.calls).toContain('commitAsync');
  });
});
