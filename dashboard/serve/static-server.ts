/**
 * Shows a folder to the browsers of this machine: a server on loopback that reads files and nothing else. Whoever asks by
 * another name than that of this machine is refused, so that no page of the internet can read the site through a
 * name of its own; only what lies in the folder is given out, and nothing hidden.
 */
import { readFile, realpath } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { basename, extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { findSystemCode, formatThrown } from '../../core/errors.ts';
import { formatPolicy } from '../policy.ts';
import { PublishError } from '../publish/publish-error.ts';

const HOST = '127.0.0.1';

/** The page for what is not there. */
const NOT_FOUND = '404.html';

const compress = promisify(gzip);

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

const COMPRESSED = /^(text\/|application\/(json|manifest)|image\/svg)/;

const HEADERS = {
  // What only a header can say comes besides.
  'Content-Security-Policy': `${formatPolicy()}; frame-ancestors 'none'`,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
};

export interface SiteServer {
  /** `http://127.0.0.1:4173/`. */
  readonly address: string;
  /** Ends it, with the connections that are open. */
  close(): Promise<void>;
}

/** Serves the files of `site`; `port` 0 takes any that is free. Throws a PublishError when the port cannot be had. */
export async function openSiteServer({
  site,
  port,
}: {
  readonly site: string;
  readonly port: number;
}): Promise<SiteServer> {
  const server = createServer((request, response) => {
    answer(site, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(createPortError(port, cause)));
    server.listen(port, HOST, resolve);
  });
  const bound = server.address();
  return {
    address: `http://${HOST}:${typeof bound === 'object' ? bound?.port : port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function createPortError(port: number, cause: Error): PublishError {
  const what = findSystemCode(cause) === 'EADDRINUSE' ? 'another program uses it' : formatThrown(cause);
  return new PublishError(`Port ${port}: the dashboard cannot be shown there: ${what}.`, {
    code: 'dashboard/port',
    hint: 'Name another one with --port, or 0 for any that is free.',
    cause,
  });
}

async function answer(site: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!isForThisMachine(request)) return refuse(response, 421);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405);
  const name = parseName(request.url ?? '/');
  const found = name === null ? null : await findFile(site, name);
  if (found !== null) return send(request, response, { ...found, status: 200 });
  const missing = await findFile(site, NOT_FOUND);
  if (missing === null) return refuse(response, 404);
  return send(request, response, { ...missing, status: 404 });
}

/** Whether the browser took us for this machine, and not for a name that somebody lets lead to it. */
function isForThisMachine({ headers, socket }: IncomingMessage): boolean {
  const names = [HOST, 'localhost', '[::1]'];
  return names.some((name) => headers.host === `${name}:${socket.localPort}`);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...HEADERS, 'Content-Type': 'text/plain; charset=utf-8' });
  response.end(`${status}\n`);
}

/** The file that an address names, relative to the site; null for one that leads out of it or to what is hidden. */
function parseName(url: string): string | null {
  let path: string;
  try {
    path = decodeURIComponent(url.replace(/[?#].*$/s, ''));
  } catch {
    return null;
  }
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.') || /[\\\0]/.test(part))) return null;
  return parts.join('/') + (path.endsWith('/') ? '/' : '');
}

interface FoundFile {
  readonly name: string;
  readonly content: Buffer;
}

/** As GitHub Pages finds them: a folder's own page, and pages without their ending. */
async function findFile(site: string, name: string): Promise<FoundFile | null> {
  const tried = name === '' || name.endsWith('/') ? [`${name}index.html`] : [name, `${name}.html`];
  for (const candidate of tried) {
    const content = await readInside(site, candidate).catch(() => null);
    if (content !== null) return { name: candidate, content };
  }
  return null;
}

/** Throws unless it is a file, and inside of the folder after all links. */
async function readInside(site: string, name: string): Promise<Buffer> {
  const [folder, file] = [await realpath(site), await realpath(join(site, name))];
  if (!file.startsWith(folder + sep)) throw new Error(`${name} leads out of the site`);
  return readFile(file);
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { name, content, status }: FoundFile & { readonly status: number },
): Promise<void> {
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  const isCompressed = COMPRESSED.test(type) && /\bgzip\b/.test(String(request.headers['accept-encoding']));
  const sent = isCompressed ? await compress(content) : content;
  response.writeHead(status, {
    ...HEADERS,
    // It has a script in it, and says itself which.
    ...(basename(name) === NOT_FOUND && { 'Content-Security-Policy': "frame-ancestors 'none'" }),
    'Content-Type': type,
    'Content-Length': sent.length,
    // Named by their content, data files and what the pages load stay as they are; everything else may change any time.
    'Cache-Control': /^(data\/.+\/|assets\/)/.test(name) ? 'max-age=31536000, immutable' : 'no-cache',
    Vary: 'Accept-Encoding',
    ...(isCompressed && { 'Content-Encoding': 'gzip' }),
  });
  response.end(request.method === 'HEAD' ? undefined : sent);
}
