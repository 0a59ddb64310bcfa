/** `bootstrap.servers` as Kafka's `ClientUtils.parseAndValidateAddresses` reads it, without name resolution. */
import { clientError } from '../kafka-error.ts';

export interface HostAndPort {
  readonly host: string;
  readonly port: number;
}

/** `Utils.HOST_PORT_PATTERN`: a protocol in front and brackets around an IPv6 address are dropped. */
const hostAndPort = /^(?:[0-9a-zA-Z\-%._]*:\/\/)?\[?([0-9a-zA-Z\-%._:]*)\]?:([0-9]+)$/;

/** Throws a ConfigException with the Java client's text. */
export function parseBootstrapServers(servers: readonly string[]): HostAndPort[] {
  const parsed = servers.map((server) => {
    const [, host, digits] = hostAndPort.exec(server) ?? [];
    if (host === undefined || digits === undefined) {
      throw clientError('ConfigException', `Invalid url in bootstrap.servers: ${server}`);
    }
    const port = Number(digits);
    if (port > 0xffff) throw clientError('ConfigException', `Invalid port in bootstrap.servers: ${server}`);
    return { host, port };
  });
  if (parsed.length === 0) {
    throw clientError('ConfigException', 'No resolvable bootstrap urls given in bootstrap.servers');
  }
  return parsed;
}
