/**
 * The browser host: the built window as static files, and the contract on a WebSocket, on 127.0.0.1 alone. The page's
 * policy lets it load nothing but itself and talk to nothing but this server. Files are read once at start into a table
 * of exact paths, so that no path of a request ever reaches the disk.
 */
import { randomBytes } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { extname, join, relative, sep } from 'node:path';
import { pipeline, type Duplex } from 'node:stream';
import type { Dispose } from '../base/disposer.ts';
import type { LabHost } from '../contract/host.ts';
import { downloadPrefix, type Download, type Downloads } from './desk/downloads.ts';
import { whyPageRefused, type DoorRules } from './guard.ts';

export interface BrowserHostOptions {
  readonly host: LabHost;
  /** 0 takes any free port. */
  readonly port: number;
  /** Where `vite build` put the window: holds `index.html`. Null: no window, only the contract (a headless lab). */
  readonly rendererDir: string | null;
  /** Left out: a new random one. */
  readonly token?: string;
  /** What links to files may be followed. Left out: none. */
  readonly downloads?: Downloads;
}

export interface BrowserHost {
  /** To open in a browser; carries the token in its fragment. */
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

const loopback = '127.0.0.1';

/** Importing `node:http` by name would evaluate all of its exports, an HTTP client and its web APIs among them. */
const { createServer } = process.getBuiltinModule('node:http');

/** Inline styles are Vue's and Naive UI's; scripts are files of this server alone, and `eval` is not to be had. */
function securityHeaders(port: number): Record<string, string> {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' data:",
    `connect-src 'self' ws://${loopback}:${port} ws://localhost:${port}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
  return {
    'Content-Security-Policy': policy,
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  };
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.json': 'application/json; charset=utf-8',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
};

/** Refuses with the cause's own error (`EADDRINUSE`, a missing window) when it cannot start. */
export async function startBrowserHost(options: BrowserHostOptions): Promise<BrowserHost> {
  const files = options.rendererDir === null ? new Map<string, Buffer>() : await readFileTable(options.rendererDir);
  if (options.rendererDir !== null && !files.has('/index.html')) {
    throw new Error(
      `The window is not built: ${join(options.rendererDir, 'index.html')} is missing. Run "npm run build".`,
    );
  }
  const token = options.token ?? randomBytes(32).toString('base64url');
  const server = createServer();
  const port = await listen(server, options.port);
  const hosts = [`${loopback}:${port}`, `localhost:${port}`];
  const rules: DoorRules = { token, allowedHosts: hosts, allowedOrigins: hosts.map((each) => `http://${each}`) };
  const headers = securityHeaders(port);
  server.on('request', (request, response) =>
    answer(request, response, { files, rules, headers, downloads: options.downloads ?? null }),
  );
  const detach = attachAtFirstUpgrade(server, options.host, rules);
  return {
    url: `http://${loopback}:${port}/#token=${token}`,
    port,
    close: async () => {
      detach();
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** The contract's server is loaded when the first window or command comes: a lab without either starts faster. */
function attachAtFirstUpgrade(server: Server, host: LabHost, rules: DoorRules): Dispose {
  const waiting: [IncomingMessage, Duplex, Buffer][] = [];
  let detach: Dispose = () => server.off('upgrade', wait);
  const wait = (...upgrade: [IncomingMessage, Duplex, Buffer]): void => {
    if (waiting.push(upgrade) > 1) return;
    void import('./contract-server.ts').then(({ attachWebSocket }) => {
      detach();
      detach = attachWebSocket(server, host, rules);
      for (const each of waiting) server.emit('upgrade', ...each);
    });
  };
  server.on('upgrade', wait);
  return () => detach();
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: loopback, port, exclusive: true }, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Every file below `directory` by the exact path of its URL. */
async function readFileTable(directory: string): Promise<ReadonlyMap<string, Buffer>> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  const table = new Map<string, Buffer>();
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    table.set(`/${relative(directory, path).split(sep).join('/')}`, await readFile(path));
  }
  return table;
}

interface Served {
  readonly files: ReadonlyMap<string, Buffer>;
  readonly rules: DoorRules;
  readonly headers: Record<string, string>;
  readonly downloads: Downloads | null;
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { files, rules, headers, downloads }: Served,
): void {
  const refuse = (status: number, text: string): void => {
    response.writeHead(status, { ...headers, 'Content-Type': 'text/plain; charset=utf-8', Connection: 'close' });
    response.end(text);
  };
  const refusal = whyPageRefused(request, rules);
  if (refusal !== null) return refuse(refusal.status, refusal.reason);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, 'Only GET and HEAD are answered here.');
  const path = (request.url ?? '/').split('?', 1)[0]!;
  if (path.startsWith(downloadPrefix)) {
    const download = request.method === 'GET' ? (downloads?.take(path) ?? null) : null;
    if (download === null) return refuse(404, 'This link has been used or is too old. Ask the window for another one.');
    return send(response, download, headers, refuse);
  }
  const name = path === '/' ? '/index.html' : path;
  const body = files.get(name);
  if (body === undefined) return refuse(404, `There is no ${path} here.`);
  response.writeHead(200, {
    ...headers,
    'Content-Type': contentTypes[extname(name)] ?? 'application/octet-stream',
    'Content-Length': body.byteLength,
    // Hashed names never change their content; the page itself does with every build.
    'Cache-Control': name.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-store',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

/** As a stream: an export may be larger than memory. */
function send(
  response: ServerResponse,
  { path, name }: Download,
  headers: Record<string, string>,
  refuse: (status: number, text: string) => void,
): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) return refuse(404, `${name} is not there any more.`);
  response.writeHead(200, {
    ...headers,
    'Content-Type': 'application/zip',
    'Content-Length': size,
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    'Cache-Control': 'no-store',
  });
  // A reader that leaves ends the stream; so does a file that cannot be read on.
  pipeline(createReadStream(path), response, () => {});
}
