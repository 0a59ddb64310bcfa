/**
 * Combined nodes in the simulated world with everything but data: raft over a simulated disk, controller, metadata
 * follower, registration and heartbeats. The test kills, pauses, stops and restarts them and speaks to the controller.
 */
import { assert } from '../base/assert.ts';
import type { NodeId } from '../base/ids.ts';
import { uuidFromBytes } from '../base/uuid.ts';
import { Controller, defaultControllerConfig } from '../controller/index.ts';
import type { ControllerConfig } from '../controller/index.ts';
import type { Env } from '../env/index.ts';
import { SimWorld } from '../env/sim/index.ts';
import { KafkaConfigRules } from '../metadata/config/index.ts';
import { supportedFeatures } from '../metadata/index.ts';
import type { MetadataImage } from '../metadata/index.ts';
import { ApiRegistry, RpcServer } from '../net/index.ts';
import type { Api, RequestInputOf, ResponseOf } from '../protocol/index.ts';
import { createTopicsApi } from '../protocol/index.ts';
import { openRaft, raftHandlers, VoterSet } from '../raft/index.ts';
import type { RaftNode } from '../raft/index.ts';
import { noCodecs } from '../record/index.ts';
import { BrokerLifecycle } from './broker-lifecycle.ts';
import { ControllerChannel } from './controller-channel.ts';
import { ControllerRegistration } from './controller-registration.ts';
import { MetadataFollower } from './metadata-follower.ts';

const host = '127.0.0.1';
const clusterId = 'simulatedClusterAAAAAA';
const portOf = (id: NodeId): number => 9090 + id;

export interface ControlNode {
  readonly id: NodeId;
  readonly env: Env;
  readonly raft: RaftNode;
  readonly controller: Controller;
  readonly metadata: MetadataFollower;
  readonly channel: ControllerChannel;
  readonly lifecycle: BrokerLifecycle;
  readonly registration: ControllerRegistration;
  alive: boolean;
}

export interface ControlPlaneOptions {
  readonly seed: number;
  readonly nodes: number;
  readonly config?: Partial<ControllerConfig>;
}

export class ControlPlane {
  readonly world: SimWorld;
  readonly nodes = new Map<NodeId, ControlNode>();
  readonly #voters: VoterSet;
  readonly #options: ControlPlaneOptions;
  readonly #cleanEpochs = new Map<NodeId, number>();
  readonly #images = new Map<number, string>();

  constructor(options: ControlPlaneOptions) {
    this.#options = options;
    this.world = new SimWorld(options.seed);
    const ids = Array.from({ length: options.nodes }, (_, index) => index + 1);
    this.#voters = new VoterSet(ids.map((id) => ({ id, host, port: portOf(id) })));
    this.world.afterEvent = () => this.#check();
    for (const id of ids) this.start(id);
  }

  start(id: NodeId): ControlNode {
    const simulated = this.world.node(`n${id}`);
    const env = this.nodes.has(id) ? simulated.restart() : simulated.env;
    env.disk.makeDirectory('meta');
    const raft = openRaft({
      env,
      codecs: noCodecs,
      nodeId: id,
      directoryId: uuidFromBytes(new Uint8Array(16).fill(id)),
      clusterId,
      voters: this.#voters,
      listenerName: 'CONTROLLER',
      metadataLogDir: 'meta',
    });
    const config = {
      ...defaultControllerConfig,
      configRules: new KafkaConfigRules(new Map()),
      ...this.#options.config,
    };
    const controller = new Controller({ env, raft, nodeId: id, clusterId, config });
    const metadata = new MetadataFollower({ tracer: env.tracer, nodeId: id, tellSinceMs: env.clock.now() });
    const channel = new ControllerChannel({
      env,
      nodeId: id,
      activeController: () => {
        const { leaderId } = raft.leaderAndEpoch();
        return leaderId === null ? null : { id: leaderId, host, port: portOf(leaderId) };
      },
    });
    const incarnationId = uuidFromBytes(env.random.bytes(16));
    const lifecycle = new BrokerLifecycle({
      env,
      channel,
      nodeId: id,
      clusterId,
      incarnationId,
      listeners: [{ name: 'PLAINTEXT', host, port: portOf(id) - 1000, securityProtocol: 0 }],
      features: supportedFeatures,
      rack: null,
      logDirs: [uuidFromBytes(new Uint8Array(16).fill(100 + id))],
      previousBrokerEpoch: this.#cleanEpochs.get(id) ?? -1,
      metadataOffset: () => metadata.publishedOffset,
      heartbeatIntervalMs: 2000,
    });
    const registration = new ControllerRegistration({
      env,
      channel,
      nodeId: id,
      incarnationId,
      listeners: [{ name: 'CONTROLLER', host, port: portOf(id), securityProtocol: 0 }],
      features: supportedFeatures,
    });
    this.#cleanEpochs.delete(id);
    metadata.onPublish((_, image) => {
      lifecycle.hurry(image);
      registration.check(image);
    });
    metadata.onLeaderChange(() => channel.controllerChanged());
    raft.register(controller);
    raft.register(metadata);
    const server = new RpcServer({
      env,
      listener: 'controller',
      host,
      port: portOf(id),
      registry: new ApiRegistry([...controller.handlers(), ...raftHandlers(raft)]),
      onBug: (error) => {
        throw error;
      },
    });
    const node: ControlNode = { id, env, raft, controller, metadata, channel, lifecycle, registration, alive: true };
    this.nodes.set(id, node);
    void server.listen().then(() => {
      raft.start();
      lifecycle.start();
    });
    void lifecycle.caughtUp.then(
      () => lifecycle.setReadyToUnfence(),
      () => {},
    );
    return node;
  }

  node(id: NodeId): ControlNode {
    const node = this.nodes.get(id);
    assert(node !== undefined, () => `no node ${id}`);
    return node;
  }

  get alive(): ControlNode[] {
    return [...this.nodes.values()].filter((node) => node.alive);
  }

  get active(): ControlNode | null {
    return (
      this.alive.find((node) => node.controller.active && this.world.node(`n${node.id}`).state === 'running') ?? null
    );
  }

  /** The image of the active controller. */
  get image(): MetadataImage {
    const active = this.active;
    assert(active !== null, 'no controller is active');
    return active.controller.image;
  }

  kill(id: NodeId): void {
    this.node(id).alive = false;
    this.world.node(`n${id}`).kill();
  }

  /** Controlled shutdown, then everything ends in order. */
  async stop(id: NodeId): Promise<'granted' | 'timed-out'> {
    const node = this.node(id);
    const left = await node.lifecycle.shutdown(10_000);
    this.#cleanEpochs.set(id, node.lifecycle.epoch);
    node.lifecycle.stop();
    node.registration.stop();
    node.channel.stop();
    node.controller.stop();
    await node.raft.stop(1000);
    this.kill(id);
    return left;
  }

  /** Unfenced brokers as the active controller has them committed, in order. */
  unfenced(): NodeId[] {
    if (this.active === null) return [];
    const brokers = [...this.image.cluster.brokers.values()].filter((broker) => !broker.fenced);
    return brokers.map((broker) => broker.id).sort((a, b) => a - b);
  }

  async untilUnfenced(ids: readonly NodeId[], limitMs = 20_000): Promise<void> {
    const wanted = ids.join();
    await this.world.until(() => this.unfenced().join() === wanted, limitMs, `brokers ${wanted} alone unfenced`);
  }

  send<A extends Api>(from: NodeId, api: A, request: RequestInputOf<A>): Promise<ResponseOf<A>> {
    return this.world.complete(this.node(from).channel.send(api, request, { timeoutMs: 10_000 }));
  }

  async createTopic(name: string, numPartitions: number, replicationFactor: number): Promise<void> {
    const from = this.alive[0];
    assert(from !== undefined, 'nobody is alive');
    const topics = [{ name, numPartitions, replicationFactor, assignments: [], configs: [] }];
    const response = await this.send(from.id, createTopicsApi, { topics });
    assert(response.topics[0]?.errorCode === 0, () => JSON.stringify(response));
  }

  /** Leaders of a topic's partitions, in order. */
  leaders(topic: string): number[] {
    return [...(this.image.topics.byName.get(topic)?.partitions.values() ?? [])].map((it) => it.leader);
  }

  /** What is committed at an offset is the same for everybody who says so. */
  #check(): void {
    for (const node of this.alive) {
      for (const image of [node.controller.image, node.metadata.image]) {
        const { lastContainedOffset } = image.provenance;
        const known = this.#images.get(lastContainedOffset);
        const text = digest(image);
        assert(
          known === undefined || known === text,
          () => `images at offset ${lastContainedOffset} differ:\n${known}\n${text}`,
        );
        this.#images.set(lastContainedOffset, text);
      }
    }
  }
}

const digests = new WeakMap<MetadataImage, string>();

function digest(image: MetadataImage): string {
  let text = digests.get(image);
  if (text === undefined) {
    const { brokers, controllers } = image.cluster;
    text = JSON.stringify([
      [...image.features].sort(),
      [...brokers.values()].sort((a, b) => a.id - b.id),
      [...controllers.values()].sort((a, b) => a.id - b.id),
      [...image.topics.byName.values()].map((topic) => [topic.name, topic.id, [...topic.partitions]]).sort(),
      [...image.configs.values()].map((it) => [it.type, it.name, [...it.entries]]),
      image.nextProducerId,
    ]);
    digests.set(image, text);
  }
  return text;
}
