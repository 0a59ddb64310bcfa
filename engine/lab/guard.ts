/**
 * The door of the browser host: who may come in. A page of another site, a name that was rebound to this address, and a
 * stranger's program on this machine are all refused; only who has the per-start token may open the contract.
 *
 * The token travels in the URL's fragment (never sent to a server, never in a log) and then as a WebSocket subprotocol,
 * the one header that a page can set.
 */
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { contractProtocol, tokenProtocolPrefix } from '../contract/door.ts';

export interface DoorRules {
  /** Random, per start, at least 32 characters of URL-safe base64. */
  readonly token: string;
  /** Origins whose pages may connect: `http://127.0.0.1:7092`. */
  readonly allowedOrigins: readonly string[];
  /** `Host` headers that are this server's own: `127.0.0.1:7092`. Guards against DNS rebinding. */
  readonly allowedHosts: readonly string[];
}

export interface Refusal {
  readonly status: 401 | 403 | 404;
  readonly reason: string;
}

/** Null when a request for a file may be answered. The page itself needs no token: it holds nothing of the lab. */
export function whyPageRefused(request: IncomingMessage, rules: DoorRules): Refusal | null {
  const { host, origin } = request.headers;
  if (host === undefined || !rules.allowedHosts.includes(host)) {
    return {
      status: 403,
      reason: `Host ${host ?? '(none)'} is not this lab's; use ${rules.allowedHosts.join(' or ')}.`,
    };
  }
  if (origin !== undefined && !rules.allowedOrigins.includes(origin)) {
    return {
      status: 403,
      reason: `Origin ${origin} may not read this lab; open it at ${rules.allowedOrigins.join(' or ')}.`,
    };
  }
  return null;
}

/** Null when an upgrade to the contract may happen. */
export function whyRefused(request: IncomingMessage, rules: DoorRules, path: string): Refusal | null {
  const refusal = whyPageRefused(request, rules);
  if (refusal !== null) return refusal;
  if (pathOf(request) !== path)
    return { status: 404, reason: `Nothing is served at this address; the contract is at ${path}.` };
  if (request.headers.origin === undefined) return { status: 403, reason: 'An Origin is required.' };
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((each) => each.trim());
  if (!offered.includes(contractProtocol))
    return { status: 403, reason: `The subprotocol ${contractProtocol} is required.` };
  const token = offered.find((each) => each.startsWith(tokenProtocolPrefix))?.slice(tokenProtocolPrefix.length);
  if (token === undefined || !sameSecret(token, rules.token)) {
    return { status: 401, reason: 'The token is missing or of another start; open the address that the lab printed.' };
  }
  return null;
}

function pathOf(request: IncomingMessage): string {
  return (request.url ?? '/').split('?', 1)[0]!;
}

function sameSecret(offered: string, secret: string): boolean {
  const a = Buffer.from(offered);
  const b = Buffer.from(secret);
  return a.length === b.length && timingSafeEqual(a, b);
}

export function refuseUpgrade(socket: Duplex, { status, reason }: Refusal): void {
  const title = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found' }[status];
  socket.on('error', () => {});
  socket.end(
    `HTTP/1.1 ${status} ${title}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(reason)}\r\nConnection: close\r\n\r\n${reason}`,
  );
}
