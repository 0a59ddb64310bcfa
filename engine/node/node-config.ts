/**
 * What a member must know before it has any metadata: who it is, where it listens, who votes. Read from configs by
 * Kafka's names; everything else is `BrokerConfig`'s (engine/metadata/config).
 */
import type { NodeId } from '../base/ids.ts';
import { VoterSet, type RaftEndpoint } from '../raft/index.ts';

/** A config that cannot be used as it stands; names it, its value and what would be right. */
export class NodeConfigError extends Error {
  override readonly name = 'NodeConfigError';
  readonly code = 'BAD_CONFIG';
}

export interface ListenerAddress {
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

export interface NodeAddresses {
  readonly nodeId: NodeId;
  readonly isBroker: boolean;
  readonly isController: boolean;
  /** Null on a node that is no broker. */
  readonly client: ListenerAddress | null;
  /** Null on a node that is no controller. */
  readonly controller: ListenerAddress | null;
  readonly controllerListenerName: string;
  readonly voters: VoterSet;
  readonly logDir: string;
}

export function parseAddresses(configs: Readonly<Record<string, string>>): NodeAddresses {
  const text = (name: string): string => {
    const value = configs[name];
    if (value === undefined || value.trim() === '')
      throw new NodeConfigError(`${name} is missing; a node cannot start without it`);
    return value.trim();
  };
  const nodeId = Number(text('node.id'));
  if (!Number.isInteger(nodeId) || nodeId < 0)
    throw new NodeConfigError(`node.id=${configs['node.id']}: a whole number from 0 on is needed`);
  const roles = list(text('process.roles'));
  const unknown = roles.find((role) => role !== 'broker' && role !== 'controller');
  if (unknown !== undefined)
    throw new NodeConfigError(`process.roles=${roles.join(',')}: "${unknown}" is neither broker nor controller`);
  const controllerListenerName = list(text('controller.listener.names'))[0]!;
  const listeners = list(text('listeners')).map(parseListener);
  const voters = VoterSet.parse(text('controller.quorum.voters'));
  const isController = roles.includes('controller');
  if (isController !== voters.has(nodeId)) {
    throw new NodeConfigError(
      `node.id=${nodeId}: a node is a controller exactly when controller.quorum.voters names it`,
    );
  }
  return {
    nodeId,
    isBroker: roles.includes('broker'),
    isController,
    client: listeners.find((listener) => listener.name !== controllerListenerName) ?? null,
    controller: listeners.find((listener) => listener.name === controllerListenerName) ?? null,
    controllerListenerName,
    voters,
    logDir: list(text('log.dirs'))[0]!,
  };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseListener(text: string): ListenerAddress {
  const match = /^([A-Z_]+):\/\/([^:]*):(\d+)$/.exec(text);
  if (match === null)
    throw new NodeConfigError(`listeners has "${text}"; write it NAME://host:port, e.g. PLAINTEXT://127.0.0.1:9092`);
  return { name: match[1]!, host: match[2]!, port: Number(match[3]) };
}

/** The voters' endpoint of a node id, for whoever follows the quorum's leader. */
export function endpointOf(voters: VoterSet, id: NodeId | null): RaftEndpoint | null {
  return id === null ? null : (voters.endpoint(id) ?? null);
}
