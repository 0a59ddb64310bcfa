/**
 * What becomes of a consumer that starts nowhere, is slow, stands still, is woken up or gives partitions up: the lab's own
 * beside the official Java consumer, step by step against the same lab. And the offsets of a group, reset and previewed by
 * `lab group` and by kafka-consumer-groups alike. It runs where a JDK and the official jars are found.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Consumer, KafkaError, Producer } from '../../engine/client/index.ts';
import { nodeCodecs } from '../../engine/env/node/compression.ts';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { compileJavaPrograms, OfficialTools, type JavaPrograms } from './java-programs.ts';
import { hasKafkaTools } from './kafka-tools.ts';
import { startLabProcess, type LabProcess } from './lab-process.ts';

const quick = ['heartbeat.interval.ms', '200', 'session.timeout.ms', '2000', 'enable.auto.commit', 'false'];
const minuteMs = 60_000;

/** Consumers step by step, of either kind; an answer is what the call gave, or threw. */
interface Steps {
  do(...words: readonly string[]): Promise<string>;
  /** The whole process stands still: no poll, no heartbeat. */
  freeze(durationMs: number): Promise<void>;
}

class JavaSteps implements Steps {
  readonly #child: ChildProcess;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(programs: JavaPrograms, bootstrapServers: string) {
    const { command, args } = programs.command('ConsumerSteps', bootstrapServers);
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    createInterface(this.#child.stdout!).on('line', (line) => this.#waiting.shift()?.(line));
  }

  do(...words: readonly string[]): Promise<string> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin!.write(`${words.join('\t')}\n`);
    });
  }

  async freeze(durationMs: number): Promise<void> {
    this.#child.kill('SIGSTOP');
    await sleep(durationMs);
    this.#child.kill('SIGCONT');
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class OurSteps implements Steps {
  readonly #bootstrapServers: string;
  readonly #made = new Map<string, { consumer: Consumer; heard: string[] }>();

  constructor(bootstrapServers: string) {
    this.#bootstrapServers = bootstrapServers;
  }

  async do(...words: readonly string[]): Promise<string> {
    try {
      return await this.#answer(words);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      const name = error.code.endsWith('Exception') ? error.code : javaName(error.code);
      return `${name}: ${error.code === 'WakeupException' ? 'null' : error.message}`;
    }
  }

  /** The thread of this test stands still, and with it the consumers' timers and sockets. */
  freeze(durationMs: number): Promise<void> {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
    return Promise.resolve();
  }

  async #answer([verb = '', name = '', ...more]: readonly string[]): Promise<string> {
    if (verb === 'idle') return sleep(Number(name)).then(() => 'ok');
    if (verb === 'make') return this.#make(name, more);
    const { consumer, heard } = this.#made.get(name)!;
    switch (verb) {
      case 'poll':
        return String((await consumer.poll(Number(more[0]))).length);
      case 'assigned':
        for (const endMs = Date.now() + Number(more[0]); consumer.assignment().length === 0 && Date.now() < endMs;) {
          await consumer.poll(0);
        }
        return consumer.assignment().length === 0 ? 'nothing' : 'ok';
      case 'commit':
        return consumer.commitSync().then(() => 'ok');
      case 'wakeup':
        consumer.wakeup();
        return 'ok';
      case 'close':
        return consumer.close().then(() => 'ok');
      case 'position':
        return String(await consumer.position(consumer.assignment()[0]!));
      case 'heard':
        return heard.join(', ');
      default:
        throw new Error(`no step ${verb}`);
    }
  }

  #make(name: string, [topic = '', group = '', how = '', ...configs]: readonly string[]): string {
    const heard: string[] = [];
    const numbers = (partitions: readonly { readonly partition: number }[]): string =>
      `[${partitions.map(({ partition }) => partition).join(', ')}]`;
    const consumer = new Consumer({
      env: nodeEnv('.', () => {}),
      codecs: nodeCodecs,
      configs: {
        'bootstrap.servers': this.#bootstrapServers,
        'group.id': group,
        'auto.offset.reset': 'earliest',
        ...Object.fromEntries(configs.flatMap((each, i) => (i % 2 === 0 ? [[each, configs[i + 1] ?? '']] : []))),
      },
      onEvent: () => {},
    });
    consumer.subscribe([topic], {
      onPartitionsAssigned: (partitions) => void heard.push(`assigned ${numbers(partitions)}`),
      onPartitionsRevoked: async (partitions) => {
        heard.push(`revoked ${numbers(partitions)}`);
        if (how === 'commit') await consumer.commitSync();
      },
      onPartitionsLost: (partitions) => void heard.push(`lost ${numbers(partitions)}`),
    });
    this.#made.set(name, { consumer, heard });
    return 'ok';
  }
}

function javaName(code: string): string {
  const words = code.split('_').map((word) => word.charAt(0) + word.slice(1).toLowerCase());
  return `${words.join('')}Exception`;
}

describe.runIf(hasKafkaTools())("the ways of a consumer, the lab's and Java's", () => {
  let lab: LabProcess;
  let programs: JavaPrograms;
  let java: JavaSteps;
  let tools: OfficialTools;
  let producer: Producer;
  let nowMs: number;
  const sent: Promise<unknown>[] = [];

  /** A record each, so many milliseconds old. */
  function write(topic: string, ages: readonly number[]): Promise<unknown> {
    for (const age of ages) {
      const value = new TextEncoder().encode(`${age}`);
      sent.push(producer.send({ topic, partition: 0, key: null, value, timestampMs: nowMs - age }));
    }
    return Promise.all(sent.splice(0));
  }

  beforeAll(async () => {
    const settings = [
      ...['group.initial.rebalance.delay.ms=0', 'group.min.session.timeout.ms=1000', 'num.partitions=1'],
      ...['offsets.topic.num.partitions=1', 'default.replication.factor=1', 'offsets.topic.replication.factor=1'],
    ];
    const args = ['--no-default-workload', '--no-journal', '--brokers', '1'];
    args.push(...settings.flatMap((config) => ['--set', config]));
    [programs, lab] = await Promise.all([compileJavaPrograms(), startLabProcess({ args })]);
    java = new JavaSteps(programs, lab.bootstrapServers);
    tools = new OfficialTools(programs);
    nowMs = Date.now();
    producer = new Producer({
      env: nodeEnv('.', () => {}),
      codecs: nodeCodecs,
      configs: { 'bootstrap.servers': lab.bootstrapServers },
      onEvent: () => {},
    });
    await write(
      'ages',
      [120, 90, 30, 10, 5].map((minutes) => minutes * minuteMs),
    );
    await write(
      'plain',
      Array.from({ length: 20 }, () => 0),
    );
  }, 120_000);
  afterAll(async () => {
    await producer?.close(5000);
    java?.stop();
    tools?.stop();
    await lab?.dispose();
    programs?.dispose();
  });

  /** What a walk tells of both kinds; Java's is the reference. */
  async function alike(walk: (steps: Steps, kind: string) => Promise<readonly string[]>): Promise<readonly string[]> {
    const theirs = await walk(java, 'java');
    expect(await walk(new OurSteps(lab.bootstrapServers), 'ours')).toEqual(theirs);
    return theirs;
  }

  it.each([
    ['earliest', '0'],
    ['latest', '5'],
    ['by_duration:PT1H', '2'],
    ['by_duration:P1D', '0'],
  ])('without a committed offset %s begins at %s', async (reset, position) => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind} ${reset}`;
      await steps.do('make', name, 'ages', `${kind}-${reset}`, 'none', ...quick, 'auto.offset.reset', reset);
      await steps.do('assigned', name, '15000');
      const at = await steps.do('position', name);
      await steps.do('close', name);
      return [at];
    });
    expect(told).toEqual([position]);
  });

  it('by_duration without a record that young has no position', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-young`;
      const configs = [...quick, 'auto.offset.reset', 'by_duration:PT1M', 'default.api.timeout.ms', '3000'];
      await steps.do('make', name, 'ages', name, 'none', ...configs, 'request.timeout.ms', '2000');
      await steps.do('assigned', name, '15000');
      const at = await steps.do('position', name);
      await steps.do('close', name);
      return [at];
    });
    expect(told[0]).toContain('TimeoutException: Timeout of 3000ms expired before the position');
  });

  it('without a committed offset and without a policy poll() throws, again and again', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-nowhere`;
      await steps.do('make', name, 'ages', 'nowhere', 'none', ...quick, 'auto.offset.reset', 'none');
      const thrown = [];
      for (let i = 0; i < 200 && thrown.length < 2; i++) {
        const answer = await steps.do('poll', name, '200');
        if (answer !== '0') thrown.push(answer);
      }
      await steps.do('close', name);
      return thrown;
    });
    expect(told[0]).toContain('NoOffsetForPartitionException');
  });

  it('a session beyond what the broker allows is refused', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-short`;
      const short = ['session.timeout.ms', '900', 'heartbeat.interval.ms', '300'];
      await steps.do('make', name, 'plain', 'short', 'none', ...short);
      let answer = '0';
      for (let i = 0; i < 100 && answer === '0'; i++) answer = await steps.do('poll', name, '200');
      await steps.do('close', name);
      return [answer];
    });
    expect(told[0]).toContain('InvalidSessionTimeoutException');
  });

  it('too slow for max.poll.interval.ms it leaves, loses its partitions, and comes back', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-slow`;
      await steps.do('make', name, 'plain', name, 'none', ...quick, 'max.poll.interval.ms', '1000');
      await steps.do('assigned', name, '15000');
      for (let read = 0; read < 20;) read += Number(await steps.do('poll', name, '500'));
      await steps.do('idle', '2500');
      const state = (await groupState(name)).trim();
      const commit = await steps.do('commit', name);
      for (let i = 0; i < 50 && !(await steps.do('heard', name)).includes('lost'); i++) {
        await steps.do('poll', name, '100');
      }
      await steps.do('assigned', name, '15000');
      const heard = await steps.do('heard', name);
      await steps.do('close', name);
      return [state, commit, heard];
    });
    expect(told).toEqual([
      'Empty',
      expect.stringContaining('CommitFailedException'),
      'assigned [0], lost [0], assigned [0]',
    ]);
  });

  it('frozen for longer than its session it finds out when it is thawed', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-frozen`;
      await steps.do('make', name, 'plain', name, 'none', ...quick);
      await steps.do('assigned', name, '15000');
      await steps.freeze(3500);
      const state = (await groupState(name)).trim();
      for (let i = 0; i < 100 && !(await steps.do('heard', name)).includes('lost'); i++) {
        await steps.do('poll', name, '100');
      }
      await steps.do('assigned', name, '15000');
      const heard = await steps.do('heard', name);
      await steps.do('close', name);
      return [state, heard];
    });
    expect(told[1]).toBe('assigned [0], lost [0], assigned [0]');
  });

  it('wakeup() ends the next waiting call, be it a poll or a commit, once', async () => {
    const told = await alike(async (steps, kind) => {
      const name = `${kind}-woken`;
      await steps.do('make', name, 'plain', name, 'none', ...quick);
      await steps.do('assigned', name, '15000');
      await steps.do('poll', name, '5000');
      await steps.do('wakeup', name);
      const poll = await steps.do('poll', name, '1000');
      const after = await steps.do('poll', name, '0');
      await steps.do('wakeup', name);
      const commit = await steps.do('commit', name);
      const again = await steps.do('commit', name);
      return [poll, after, commit, again, await steps.do('close', name)];
    });
    expect(told).toEqual(['WakeupException: null', '0', 'WakeupException: null', 'ok', 'ok']);
  });

  it.each([
    ['commit', '20'],
    ['none', '0'],
  ])('with "%s" in onPartitionsRevoked the next owner begins at %s', async (how, position) => {
    const told = await alike(async (steps, kind) => {
      const group = `${kind}-revoke-${how}`;
      // The only partition goes to the member whose id comes first.
      const configs = [...quick, 'partition.assignment.strategy', 'org.apache.kafka.clients.consumer.RangeAssignor'];
      await steps.do('make', `${group}-b`, 'plain', group, how, ...configs, 'client.id', 'b');
      await steps.do('assigned', `${group}-b`, '15000');
      for (let read = 0; read < 20;) read += Number(await steps.do('poll', `${group}-b`, '1000'));
      await steps.do('make', `${group}-a`, 'plain', group, how, ...configs, 'client.id', 'a');
      for (let i = 0; i < 100 && (await steps.do('heard', `${group}-a`)) !== 'assigned [0]'; i++) {
        await steps.do('poll', `${group}-a`, '0');
        await steps.do('poll', `${group}-b`, '50');
      }
      const at = await steps.do('position', `${group}-a`);
      const heard = await steps.do('heard', `${group}-b`);
      await steps.do('close', `${group}-a`);
      await steps.do('close', `${group}-b`);
      return [at, heard];
    });
    expect(told).toEqual([position, expect.stringContaining('revoked [0]')]);
  });

  async function groupState(group: string): Promise<string> {
    const described = await tools.output('consumer-groups', [
      ...['--bootstrap-server', lab.bootstrapServers, '--describe', '--state', '--group', group],
    ]);
    // GROUP COORDINATOR (ID) ASSIGNMENT-STRATEGY STATE #MEMBERS
    return described.trim().split('\n').at(-1)?.trim().split(/\s+/).at(-2) ?? '';
  }

  describe('offsets of a group', () => {
    const official = (...args: readonly string[]) =>
      tools.run('consumer-groups', ['--bootstrap-server', lab.bootstrapServers, '--group', 'reader', ...args]);

    beforeAll(async () => {
      const steps = new OurSteps(lab.bootstrapServers);
      await steps.do('make', 'reader', 'ages', 'reader', 'none', ...quick, 'max.poll.records', '3');
      await steps.do('assigned', 'reader', '15000');
      for (let read = 0; read < 3;) read += Number(await steps.do('poll', 'reader', '1000'));
      await steps.do('commit', 'reader');
      await steps.do('close', 'reader');
    });

    it.each([
      ['--to-earliest'],
      ['--to-latest'],
      ['--to-current'],
      ['--to-offset 2'],
      ['--to-offset 99'],
      ['--shift-by -2'],
      ['--shift-by -99'],
      ['--shift-by 1'],
      ['--by-duration PT1H'],
      ['--by-duration PT1M'],
    ])('are previewed alike: %s', async (text) => {
      const words = text.split(' ');
      const theirs = await official('--reset-offsets', '--topic', 'ages', ...words, '--dry-run');
      const row = theirs.stdout
        .split('\n')
        .find((line) => line.startsWith('reader'))
        ?.trim()
        .split(/\s+/);
      const ours = JSON.parse(await lab.run('group', 'reset', 'reader', '--topic', 'ages', ...words, '--json')) as {
        partitions: { was: number; now: number }[];
      };
      expect(ours.partitions).toMatchObject([{ was: 3, now: Number(row?.at(-1)) }]);
    });

    it('reset by one are seen by the other', async () => {
      const offsetTold = async (): Promise<string | undefined> =>
        (await official('--describe')).stdout
          .split('\n')
          .find((line) => line.includes('ages'))
          ?.trim()
          .split(/\s+/)[3];
      await lab.run('group', 'reset', 'reader', '--to-offset', '1', '--execute');
      expect(await offsetTold()).toBe('1');
      await official('--reset-offsets', '--all-topics', '--to-offset', '4', '--execute');
      const seen = JSON.parse(await lab.run('group', 'reset', 'reader', '--to-current', '--json')) as object;
      expect(seen).toMatchObject({ partitions: [{ was: 4 }] });
      await lab.run('group', 'delete-offsets', 'reader', '--topic', 'ages:0');
      expect(await offsetTold()).toBeUndefined();
      await lab.run('group', 'delete', 'reader');
      expect(
        (await tools.output('groups', ['--bootstrap-server', lab.bootstrapServers, '--list'])).includes('reader'),
      ).toBe(false);
    });

    it('of a group with members are refused by both', async () => {
      const steps = new OurSteps(lab.bootstrapServers);
      await steps.do('make', 'busy', 'ages', 'reader', 'none', ...quick, 'client.id', 'a-stranger');
      await steps.do('assigned', 'busy', '15000');
      const theirs = await official('--reset-offsets', '--topic', 'ages', '--to-earliest', '--execute');
      expect(theirs.stdout + theirs.stderr).toContain("if the group 'reader' is inactive");
      // The lab hears of the member with its coordinator's next sample.
      await vi.waitFor(
        () => expect(lab.run('group', 'reset', 'reader', '--to-earliest', '--execute')).rejects.toThrow('a-stranger'),
        { timeout: 15_000, interval: 500 },
      );
      await expect(lab.run('group', 'delete', 'reader')).rejects.toThrow('It has members');
      await steps.do('close', 'busy');
    });
  });
});
