/** `NAME://host:port` lists, and the voters of `controller.quorum.voters`. */
import type { NodeId } from '../../base/ids.ts';
import { ConfigError } from './config-error.ts';

export interface ListenerAddress {
  readonly name: string;
  /** Empty: all interfaces, as Kafka reads it; the engine binds loopback whatever this says. */
  readonly host: string;
  readonly port: number;
}

export interface QuorumVoter {
  readonly id: NodeId;
  readonly host: string;
  readonly port: number;
}

/** Throws a {@link ConfigError} that names `config`. */
export function parseListeners(config: string, entries: readonly string[]): ListenerAddress[] {
  return entries.map((entry) => {
    const match = /^([A-Za-z0-9_-]+):\/\/(\[[^\]]*\]|[^:/]*):(\d+)$/.exec(entry);
    const port = Number(match?.[3]);
    if (match === null || port > 65535) {
      throw new ConfigError(config, entry, 'A listener is written NAME://host:port');
    }
    return { name: match[1]!.toUpperCase(), host: match[2]!.replaceAll(/[[\]]/g, ''), port };
  });
}

export function parseVoters(entries: readonly string[]): QuorumVoter[] {
  return entries.map((entry) => {
    const [id = '', address = ''] = entry.split('@');
    const colon = address.lastIndexOf(':');
    return { id: Number(id), host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  });
}
