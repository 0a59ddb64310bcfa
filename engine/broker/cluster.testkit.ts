/** Images, contexts and a controller for the tests of cluster handlers. */
import type { NodeId, TopicName, Uuid } from '../base/ids.ts';
import { zeroUuid } from '../base/uuid.ts';
import { NetworkError } from '../env/network.ts';
import {
  configResourceKey,
  emptyMetadataImage,
  type BrokerRegistration,
  type MetadataImage,
  type PartitionRegistration,
  type TopicImage,
} from '../metadata/index.ts';
import type { RequestContext } from '../net/index.ts';
import type { Api, RequestInputOf, ResponseInputOf, ResponseOf } from '../protocol/index.ts';
import { decodeMessage, encodeMessage } from '../protocol/index.ts';
import type { ControllerSender } from './forwarding.ts';

export function broker(id: NodeId, parts: Partial<BrokerRegistration> = {}): BrokerRegistration {
  return {
    id,
    epoch: 100 + id,
    incarnationId: zeroUuid,
    endpoints: [{ name: 'PLAINTEXT', host: '127.0.0.1', port: 9091 + id, securityProtocol: 0 }],
    features: [],
    rack: null,
    fenced: false,
    inControlledShutdown: false,
    logDirs: [],
    cordonedLogDirs: null,
    ...parts,
  };
}

export function partition(
  replicas: readonly NodeId[],
  parts: Partial<PartitionRegistration> = {},
): PartitionRegistration {
  return {
    replicas,
    directories: replicas.map(() => zeroUuid),
    isr: replicas,
    elr: [],
    lastKnownElr: [],
    addingReplicas: [],
    removingReplicas: [],
    leader: replicas[0] ?? -1,
    leaderEpoch: 0,
    partitionEpoch: 0,
    leaderRecoveryState: 'recovered',
    ...parts,
  };
}

export function topic(name: TopicName, id: Uuid, partitions: readonly PartitionRegistration[]): TopicImage {
  return { name, id, partitions: new Map(partitions.map((each, index) => [index, each])) };
}

export interface ImageParts {
  readonly brokers?: readonly BrokerRegistration[];
  readonly topics?: readonly TopicImage[];
  /** Entries by resource type and name. */
  readonly configs?: readonly (readonly [type: number, name: string, entries: Readonly<Record<string, string>>])[];
  readonly features?: Readonly<Record<string, number>>;
}

export function imageOf({ brokers = [], topics = [], configs = [], features = {} }: ImageParts): MetadataImage {
  return {
    ...emptyMetadataImage,
    provenance: { lastContainedOffset: 42, lastContainedEpoch: 1, lastContainedLogTimestampMs: 0 },
    cluster: { brokers: new Map(brokers.map((each) => [each.id, each])), controllers: new Map() },
    topics: {
      byName: new Map(topics.map((each) => [each.name, each])),
      byId: new Map(topics.map((each) => [each.id, each])),
    },
    configs: new Map(
      configs.map(([type, name, entries]) => [
        configResourceKey(type, name),
        { type, name, entries: new Map(Object.entries(entries)) },
      ]),
    ),
    features: new Map(Object.entries(features)),
  };
}

export function contextOf(api: Api, apiVersion: number, parts: Partial<RequestContext> = {}): RequestContext {
  return {
    listener: 'broker',
    connectionId: 1,
    remote: '127.0.0.1:50000',
    remoteHost: '127.0.0.1',
    localPort: 9092,
    header: { apiKey: api.key, apiVersion, correlationId: 7, clientId: 'a-client' },
    clientSoftwareName: 'unknown',
    clientSoftwareVersion: 'unknown',
    receivedMs: 0,
    ...parts,
  };
}

/** What a client would read of a response: encoded and decoded in that version. */
export function received<A extends Api>(api: A, version: number, response: ResponseInputOf<A> | null): ResponseOf<A> {
  if (response === null) throw new Error('no response at all');
  return decodeMessage<A['response']>(
    api.response,
    version,
    encodeMessage<A['response']>(api.response, version, response),
  );
}

/** A controller at the other end of a wire: remembers what it was sent, answers what it is told, or not at all. */
export class ScriptedController implements ControllerSender {
  readonly sent: { readonly api: Api; readonly request: unknown }[] = [];
  /** Bytes of the response's body in the API's highest version; null: never reachable. */
  answer: (api: Api, request: unknown) => Uint8Array | null = () => null;

  async send<A extends Api>(api: A, request: RequestInputOf<A>): Promise<ResponseOf<A>> {
    this.sent.push({ api, request });
    const bytes = this.answer(api, request);
    if (bytes === null) throw new NetworkError('ETIMEDOUT', 'no controller');
    return decodeMessage<A['response']>(api.response, api.versions.max, bytes);
  }
}
