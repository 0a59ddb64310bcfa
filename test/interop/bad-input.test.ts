/**
 * What should not come, against a lab that runs: frames at its brokers' and controllers' ports, as recorded of Apache
 * Kafka and spoilt by chance, and command lines that cannot be fulfilled. Nothing of it ends a broker, and each refusal
 * names the thing, the value and what would be right.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../../engine/env/sim/index.ts';
import { badRequests } from '../../engine/net/bad-requests.testkit.ts';
import { freePorts, root, startLabProcess, temporaryDirectory, type LabProcess } from './lab-process.ts';

let lab: LabProcess;
/** Ports of the brokers' and the controllers' listeners. */
let ports: Record<'broker' | 'controller', number[]>;

interface Reply {
  readonly answers: number[];
  readonly closed: boolean;
}

/** Correlation ids of the answers that come until `enough` says so or `limitMs` are over. */
function send(port: number, bytes: Uint8Array, limitMs: number, enough: (reply: Reply) => boolean): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const answers: number[] = [];
    let rest = Buffer.alloc(0);
    const socket = connect({ host: '127.0.0.1', port }, () => socket.write(bytes));
    const done = (closed: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answers, closed });
    };
    const timer = setTimeout(() => done(false), limitMs);
    socket.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (; rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0); rest = rest.subarray(4 + rest.readInt32BE(0)))
        answers.push(rest.readInt32BE(4));
      if (enough({ answers, closed: false })) done(false);
    });
    socket.on('end', () => done(true));
    socket.on('error', reject);
  });
}

/** ApiVersions v0 with correlation id 42. */
const following = Buffer.from('0000000d001200000000002a0003626164', 'hex');

/** Brokers that do not run, problems, and listeners that do not answer. */
async function troubles(): Promise<string[]> {
  const status = JSON.parse(await lab.run('status', '--json')) as {
    brokers: { process: string }[];
    problems: object[];
  };
  const listeners = [...ports.broker, ...ports.controller];
  const replies = await Promise.all(
    listeners.map((port) => send(port, following, 5000, ({ answers }) => answers.length > 0)),
  );
  return [
    ...status.brokers.flatMap(({ process }, index) => (process === 'running' ? [] : `broker ${index + 1} ${process}`)),
    ...status.problems.map((problem) => JSON.stringify(problem)),
    ...replies.flatMap(({ answers }, index) => (answers[0] === 42 ? [] : `port ${listeners[index]} is silent`)),
  ];
}

/** Requests of every API in its lowest and its highest version, header in front. */
function goldenRequests(): Buffer[] {
  const lines = readFileSync(join(root, 'engine', 'protocol', 'golden-bytes.ndjson'), 'utf8')
    .trimEnd()
    .split('\n');
  return lines.flatMap((line) => {
    const { key, version, direction, hex } = JSON.parse(line) as Record<string, string | number>;
    if (direction !== 'request') return [];
    const header = Buffer.from('00000000000000000000002a0003626164', 'hex');
    header.writeInt16BE(Number(key), 4);
    header.writeInt16BE(Number(version), 6);
    const bodies = [Buffer.from(String(hex), 'hex'), Buffer.from(`00${hex}`, 'hex')];
    return bodies.map((body) => Buffer.concat([header, body]));
  });
}

function spoilt(request: Buffer, random: SeededRandom): Buffer {
  const below = (n: number): number => random.integer(Math.max(1, n));
  const bytes = Buffer.from(request);
  const at = 12 + below(bytes.length - 12);
  let frame = bytes;
  switch (below(4)) {
    case 0:
      bytes[at] = bytes[at]! ^ (1 << below(8));
      break;
    case 1:
      frame = bytes.subarray(0, at);
      break;
    case 2:
      bytes.fill([0, 1, 0x7f, 0x80, 0xff][below(5)]!, at, Math.min(at + 4, bytes.length));
      break;
    default:
      frame = Buffer.concat([bytes.subarray(0, at), Buffer.alloc(below(8), below(256)), bytes.subarray(at)]);
  }
  frame.writeInt32BE(frame.length - 4, 0);
  return frame;
}

describe('frames that should not come', () => {
  beforeAll(async () => {
    lab = await startLabProcess({ args: ['--no-default-workload'] });
    const { brokers } = JSON.parse(readFileSync(join(lab.dataDir, 'lab.json'), 'utf8')) as {
      brokers: { port: number; controllerPort: number }[];
    };
    ports = { broker: brokers.map(({ port }) => port), controller: brokers.map((each) => each.controllerPort) };
  });
  afterAll(async () => {
    await lab?.dispose();
  });

  it('get what Kafka gives them, on both listeners', async () => {
    const outcomes = await Promise.all(
      badRequests.map(async ({ listener, case: name, sent, answers, closed, follow }) => {
        const bytes = Buffer.from(sent, 'hex');
        const port = ports[listener === 'controller' ? 'controller' : 'broker'][0]!;
        const expected = follow ? [...answers, 42] : answers;
        // Behind a frame that is not whole an ApiVersions would be its rest.
        const limitMs = closed || follow ? 10_000 : 500;
        const all = follow ? Buffer.concat([bytes, following]) : bytes;
        const reply = await send(
          port,
          all,
          limitMs,
          (so) => !closed && follow && so.answers.length === expected.length,
        );
        return { kafka: { listener, name, answers: expected, closed }, here: { listener, name, ...reply } };
      }),
    );
    expect(outcomes.map(({ here }) => here)).toEqual(outcomes.map(({ kafka }) => kafka));
    expect(await troubles()).toEqual([]);
  });

  it('and spoilt by chance end no broker', async () => {
    const random = new SeededRandom(3);
    const requests = goldenRequests();
    const frames = Array.from({ length: 1500 }, () => spoilt(requests[random.integer(requests.length)]!, random));
    const next = frames.values();
    const client = async (port: number): Promise<void> => {
      for (const frame of next) await send(port, frame, 30, ({ answers }) => answers.length > 0);
    };
    await Promise.all([...ports.broker, ...ports.broker].map(client));
    expect(await troubles()).toEqual([]);
  });

  it('a request for a hundred thousand partitions is refused at once', async () => {
    const brokers = lab.bootstrapServers.split(',');
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 0 } }).admin();
    await admin.connect();
    try {
      const asked = admin.createTopics({ topics: [{ topic: 'many', numPartitions: 131_072, replicationFactor: 3 }] });
      await expect(asked).rejects.toMatchObject({ errors: [{ type: 'POLICY_VIOLATION' }] });
    } finally {
      await admin.disconnect();
    }
    expect(await troubles()).toEqual([]);
  });
});

describe('command lines that cannot be fulfilled', () => {
  let scratch = '';
  let port = 0;
  const run = (...args: string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'lab.mjs'), ...args], {
      encoding: 'utf8',
      timeout: 30_000,
    });
    return { status, said: stdout + stderr };
  };
  const up = (directory: string, ...args: string[]) =>
    run('up', '--port', String(port), '--data-dir', join(scratch, directory), '--json', ...args);
  /** What is wrong with a refusal: it succeeded, shows a stack, or does not say one of the words. */
  const faults = ({ status, said }: { status: number | null; said: string }, ...words: string[]): string[] => [
    ...(status === null || status === 0 ? [`ended with ${status}`] : []),
    ...(said.includes('    at ') ? ['shows a stack'] : []),
    ...words.flatMap((word) => (said.includes(word) ? [] : `does not say ${word}: ${said}`)),
  ];

  beforeAll(async () => {
    scratch = temporaryDirectory('refused');
    port = await freePorts();
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  it('name the config and the value that is none, and leave nothing running', () => {
    expect(
      faults(up('bad-value', '--set', 'log.retention.hours=abc'), 'log.retention.hours', 'abc', 'Not a number'),
    ).toEqual([]);
    expect(existsSync(join(scratch, 'bad-value', 'lab.lock'))).toBe(false);
    expect(faults(up('bad-value', '--set', 'node.id=7'), 'node.id=7', 'is decided by the lab')).toEqual([]);
    expect(faults(up('bad-value', '--set', 'nonsense'), '--set nonsense', 'name=value')).toEqual([]);
  });

  it('name the port that another program has', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(port + 1, '127.0.0.1', resolve));
    try {
      expect(faults(up('port'), `127.0.0.1:${port + 1}`, 'in use')).toEqual([]);
    } finally {
      other.close();
    }
  });

  it('name the directory that is not the lab’s to use', () => {
    mkdirSync(join(scratch, 'foreign'));
    writeFileSync(join(scratch, 'foreign', 'holiday.jpg'), 'x');
    expect(faults(up('foreign'), join(scratch, 'foreign'), 'holiday.jpg')).toEqual([]);
    writeFileSync(join(scratch, 'file'), 'x');
    expect(faults(up('file'), join(scratch, 'file'), 'not a directory')).toEqual([]);
  });

  it('name the lab that holds the directory, and do it no harm', async () => {
    const holder = await startLabProcess({ args: ['--no-default-workload', '--brokers', '1'] });
    try {
      const second = run('up', '--port', String(port), '--data-dir', holder.dataDir, '--json');
      expect(faults(second, holder.dataDir, `process ${holder.pid}`)).toEqual([]);
      expect(
        faults(run('broker', 'kill', '9', '--data-dir', holder.dataDir), 'broker 9', 'The lab has brokers 1'),
      ).toEqual([]);
      expect(await holder.run('status')).toContain('running');
    } finally {
      await holder.dispose();
    }
    expect(faults(run('status', '--data-dir', holder.dataDir), 'no lab runs on')).toEqual([]);
  });
});
