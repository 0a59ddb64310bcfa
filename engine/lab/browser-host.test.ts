import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startBrowserHost, type BrowserHost } from './browser-host.ts';
import { contractProtocol, tokenProtocolPrefix } from '../contract/door.ts';
import { Downloads } from './desk/downloads.ts';
import { PlayedLab } from './lab-host.testkit.ts';

const token = 'a-token-of-at-least-thirty-two-characters';
const downloads = new Downloads(() => 0);
let directory: string;
let served: BrowserHost;
let origin: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'brokerlab-window-'));
  const rendererDir = join(directory, 'renderer');
  await mkdir(join(rendererDir, 'assets'), { recursive: true });
  await writeFile(join(rendererDir, 'index.html'), '<!doctype html><title>window</title>');
  await writeFile(join(rendererDir, 'assets', 'main-1.js'), 'export {}');
  await writeFile(join(directory, 'secret.txt'), 'not for the web');
  served = await startBrowserHost({ host: new PlayedLab(), port: 0, rendererDir, token, downloads });
  origin = `http://127.0.0.1:${served.port}`;
});
afterAll(async () => {
  await served.close();
  await rm(directory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** node:http sends the path as it is, dots included, and lets a test choose the Host. */
function get(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: served.port, path, headers, method }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    sent.on('error', reject).end();
  });
}

/** `open`, or the status of the refusal. */
function upgrade(options: {
  path?: string;
  headers?: Record<string, string>;
  origin?: string;
  protocols?: string[];
}): Promise<string> {
  return new Promise((resolve) => {
    const { path = '/contract', headers = {}, protocols = [contractProtocol, tokenProtocolPrefix + token] } = options;
    const socket = new WebSocket(`ws://127.0.0.1:${served.port}${path}`, protocols, {
      headers,
      ...(options.origin === undefined ? {} : { origin: options.origin }),
    });
    socket.on('open', () => {
      socket.close();
      resolve('open');
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    socket.on('error', () => resolve('error'));
  });
}

describe('the browser host', () => {
  it('serves the window with a policy that allows nothing but itself', async () => {
    const { status, headers, body } = await get('/');
    expect({ status, body }).toEqual({ status: 200, body: '<!doctype html><title>window</title>' });
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect((await get('/assets/main-1.js')).headers['content-type']).toBe('text/javascript; charset=utf-8');
  });

  it('puts the token in the fragment, which no server and no log sees', () => {
    expect(served.url).toBe(`${origin}/#token=${token}`);
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '//etc/passwd',
    '/assets/',
    '/nothing',
  ])('answers %s with 404', async (path) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).not.toContain('not for the web');
  });

  it('refuses a foreign Host, as after DNS rebinding', async () => {
    expect((await get('/', { Host: 'evil.example' })).status).toBe(403);
    expect((await get('/', { Host: `evil.example:${served.port}` })).status).toBe(403);
    expect((await get('/', { Host: `localhost:${served.port}` })).status).toBe(200);
  });

  it('refuses a foreign Origin and every method but GET and HEAD', async () => {
    expect((await get('/', { Origin: 'https://evil.example' })).status).toBe(403);
    expect((await get('/', { Origin: 'null' })).status).toBe(403);
    expect((await get('/', {}, 'POST')).status).toBe(405);
    expect((await get('/', {}, 'HEAD')).body).toBe('');
  });

  it('listens on the loopback address alone', () => {
    expect(served.url.startsWith('http://127.0.0.1:')).toBe(true);
  });

  it('names the missing build', async () => {
    const start = startBrowserHost({ host: new PlayedLab(), port: 0, rendererDir: join(directory, 'nowhere') });
    await expect(start).rejects.toThrow(/index\.html is missing.*npm run build/);
  });

  it('says when its port is taken', async () => {
    const start = startBrowserHost({
      host: new PlayedLab(),
      port: served.port,
      rendererDir: join(directory, 'renderer'),
    });
    await expect(start).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('a link to an export', () => {
  it('gives the file once, as a file to keep', async () => {
    await writeFile(join(directory, 'rün "1".zip'), 'zipped');
    const link = downloads.offer(join(directory, 'rün "1".zip'));
    const answer = await get(link);
    expect(answer).toMatchObject({ status: 200, body: 'zipped' });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/zip',
      'content-length': '6',
      'content-disposition': "attachment; filename*=UTF-8''r%C3%BCn%20%221%22.zip",
      'cache-control': 'no-store',
    });
    expect((await get(link)).status).toBe(404);
  });

  it('is nothing without a ticket, for another host, or when the file is gone', async () => {
    expect((await get('/download/secret.txt')).status).toBe(404);
    expect((await get('/download/../secret.txt')).status).toBe(404);
    expect((await get(downloads.offer(join(directory, 'gone.zip')))).status).toBe(404);
    const link = downloads.offer(join(directory, 'secret.txt'));
    expect((await get(link, { host: 'evil.example' })).status).toBe(403);
    expect((await get(link, { origin: 'http://evil.example' })).status).toBe(403);
    expect((await get(link, {}, 'POST')).status).toBe(405);
    expect((await get(link)).status).toBe(200);
  });
});

describe('the contract’s door', () => {
  it('opens for the page of this server that has the token', async () => {
    expect(await upgrade({ origin })).toBe('open');
  });

  it.each([
    ['no token', { protocols: [contractProtocol] }, '401'],
    ['a token of another start', { protocols: [contractProtocol, `${tokenProtocolPrefix}stale`] }, '401'],
    ['no subprotocol', { protocols: [tokenProtocolPrefix + token] }, '403'],
    ['the token in the query alone', { path: `/contract?token=${token}`, protocols: [contractProtocol] }, '401'],
    ['another path', { path: '/elsewhere' }, '404'],
  ])('stays shut with %s', async (_name, options, status) => {
    expect(await upgrade({ origin, ...options })).toBe(status);
  });

  it('stays shut for a foreign Origin, for none, and for a foreign Host, the token notwithstanding', async () => {
    expect(await upgrade({ origin: 'https://evil.example' })).toBe('403');
    expect(await upgrade({ origin: `http://127.0.0.1:${served.port + 1}` })).toBe('403');
    expect(await upgrade({})).toBe('403');
    expect(await upgrade({ origin, headers: { Host: 'evil.example' } })).toBe('403');
  });

  it('survives bytes that are no HTTP at all', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(served.port, '127.0.0.1', () => socket.end('\u0000\u0001 nonsense\r\n\r\n'));
      socket.on('error', () => {}).on('close', () => resolve());
      socket.resume();
    });
    expect((await get('/')).status).toBe(200);
  });
});
