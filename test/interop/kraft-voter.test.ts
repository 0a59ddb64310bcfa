/**
 * One quorum of two of our members and a controller of Apache Kafka: it votes, follows, leads and hands over by the same
 * rules and bytes. Runs where Java and Kafka are found.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeEnv } from '../../engine/env/node/index.ts';
import { ApiRegistry, RpcServer } from '../../engine/net/index.ts';
import { apiVersionsApi, ErrorCode } from '../../engine/protocol/index.ts';
import { openRaft, raftHandlers, VoterSet } from '../../engine/raft/index.ts';
import type { CommittedBatch, RaftNode } from '../../engine/raft/index.ts';
import { noCodecs } from '../../engine/record/index.ts';
import { hasKafkaTools, kafkaTool, launcher } from './kafka-tools.ts';
import { freePorts, temporaryDirectory } from './lab-process.ts';

const clusterId = 'bGFiLWNsdXN0ZXItMDAwMQ';
/** Kafka's: the lowest, so that it is the first to stand when one of ours steps down. */
const kafkaId = 1;

interface Ours {
  readonly id: number;
  readonly raft: RaftNode;
  readonly server: RpcServer;
  readonly committed: CommittedBatch[];
}

let scratch = '';
let voters: VoterSet;
let ours: Ours[] = [];
let kafka: ChildProcess | null = null;

async function startOurs(id: number): Promise<Ours> {
  const directory = join(scratch, `node-${id}`);
  mkdirSync(directory);
  const env = nodeEnv(directory, () => {});
  const raft = openRaft({
    env,
    codecs: noCodecs,
    nodeId: id,
    directoryId: 'x1DP0cWNQjeB4C322qubpQ',
    clusterId,
    voters,
    listenerName: 'CONTROLLER',
    metadataLogDir: directory,
    config: { electionTimeoutMs: 300, firstElectionTimeoutMs: 50 },
  });
  const registry: ApiRegistry = new ApiRegistry([
    ...raftHandlers(raft),
    { api: apiVersionsApi, handle: () => ({ errorCode: ErrorCode.NONE, apiKeys: registry.ranges('controller') }) },
  ]);
  const { host, port } = voters.endpoint(id)!;
  const onBug = (error: unknown): never => {
    throw error;
  };
  const server = new RpcServer({ env, listener: 'controller', host, port, registry, onBug });
  await server.listen();
  const committed: CommittedBatch[] = [];
  raft.register({
    handleCommit: (batch) => committed.push(batch),
    handleLoadSnapshot: () => {},
    handleLeaderChange: () => {},
  });
  raft.start();
  return { id, raft, server, committed };
}

async function startKafka(): Promise<ChildProcess> {
  const { host, port } = voters.endpoint(kafkaId)!;
  const properties = join(scratch, 'kafka.properties');
  const lines = [
    'process.roles=controller',
    `node.id=${kafkaId}`,
    `controller.quorum.voters=${voters.voters.map((voter) => `${voter.id}@${voter.host}:${voter.port}`).join(',')}`,
    `listeners=CONTROLLER://${host}:${port}`,
    'controller.listener.names=CONTROLLER',
    'listener.security.protocol.map=CONTROLLER:PLAINTEXT',
    `log.dirs=${join(scratch, 'kafka')}`,
  ];
  writeFileSync(properties, lines.join('\n'));
  await kafkaTool('storage', ['format', '-t', clusterId, '-c', properties]);
  return spawn(launcher, ['server-start', properties], { stdio: 'ignore' });
}

async function until(what: string, condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 30_000, interval: 50, message: what }).toBe(true);
}

const leaderOfOurs = (): Ours | undefined => ours.find(({ id, raft }) => raft.leaderAndEpoch().leaderId === id);
const kafkaLeads = (): boolean => ours.every(({ raft }) => raft.leaderAndEpoch().leaderId === kafkaId);

describe.runIf(hasKafkaTools())('a controller of Apache Kafka in one quorum with ours', () => {
  beforeAll(async () => {
    scratch = temporaryDirectory('voter');
    const port = await freePorts();
    voters = new VoterSet([1, 2, 3].map((id) => ({ id, host: '127.0.0.1', port: port + id - 1 })));
    ours = [await startOurs(2), await startOurs(3)];
    kafka = await startKafka();
  }, 60_000);
  afterAll(async () => {
    kafka?.kill('SIGKILL');
    for (const { raft, server } of ours) {
      await raft.stop(100);
      await server.close();
    }
    rmSync(scratch, { recursive: true, force: true });
  });

  it('follows our leader, leads when that steps down, and hands back when it stops', { timeout: 120_000 }, async () => {
    await until('one of ours to lead', () => leaderOfOurs() !== undefined);
    const first = leaderOfOurs()!.raft;
    const kafkaHasAll = (): boolean => first.sample().voters.some(({ id, lag }) => id === kafkaId && lag === 0);
    await until('Kafka to have our log', kafkaHasAll);

    first.resign(first.leaderAndEpoch().epoch);
    await until('Kafka to lead', kafkaLeads);
    await until('the records of its first activation', () =>
      ours.every(({ committed }) => committed.some(({ records }) => records.length > 1)),
    );

    kafka!.kill('SIGTERM');
    await until('one of ours to lead again', () => leaderOfOurs() !== undefined);
    const { epoch } = leaderOfOurs()!.raft.leaderAndEpoch();
    const last = leaderOfOurs()!.raft.prepareAppend(epoch, [new Uint8Array(10)]);
    await until('a commit without Kafka', () =>
      ours.every(({ committed }) => (committed.at(-1)?.lastOffset ?? -1) >= last),
    );
    const told = ours.map(({ committed }) => committed.map(({ baseOffset, epoch: of }) => `${baseOffset}/${of}`));
    expect(told[0]).toEqual(told[1]);
  });
});
