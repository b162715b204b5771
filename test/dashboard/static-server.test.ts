import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openSiteServer } from '../../dashboard/serve/static-server.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

async function serve() {
  const folder = makeTemporaryFolder();
  const site = join(folder, 'site');
  mkdirSync(join(site, 'data', 'runs'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  const files = {
    'index.html': '<!doctype html>first',
    'repo.html': '<!doctype html>repo',
    '404.html': '<!doctype html><a href="./index.html">not here</a>',
    'page.js': 'x'.repeat(5000),
    '.tracey-site.json': '{}',
    'data/index.json': '{}',
    'data/runs/0123.json': '[]',
    'font.woff2': 'font',
  };
  for (const [name, content] of Object.entries(files)) writeFileSync(join(site, name), content);
  const server = await openSiteServer({ site, port: 0 });
  onTestFinished(() => server.close());
  return { folder, site, server, address: server.address, port: Number(new URL(server.address).port) };
}

/** What the server answers to these very bytes. */
function ask(port: number, lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`);
  return text(socket);
}

describe('the server of a site', () => {
  it('gives pages with and without their ending, and the page for what is not there', async () => {
    const { address } = await serve();
    const get = async (path: string) => {
      const response = await fetch(address + path);
      return [response.status, await response.text()];
    };
    expect(await get('')).toEqual([200, '<!doctype html>first']);
    expect(await get('repo.html?name=a%2Fb')).toEqual([200, '<!doctype html>repo']);
    expect(await get('repo')).toEqual([200, '<!doctype html>repo']);
    expect(await get('nothing/at/all')).toEqual([404, '<!doctype html><a href="./index.html">not here</a>']);
  });

  it('lets pages load their own scripts and data, and nothing else', async () => {
    const { address } = await serve();
    const { headers } = await fetch(address);
    const policy = headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  });

  it('leaves it to the page for what is not there which script of its own it has', async () => {
    const { address } = await serve();
    for (const path of ['nothing/at/all', '404.html'])
      expect((await fetch(address + path)).headers.get('content-security-policy')).toBe(
        "frame-ancestors 'none'",
      );
  });

  it('lets data be kept that is named by its content, and has all else asked for anew', async () => {
    const { address } = await serve();
    const cached = async (path: string) => (await fetch(address + path)).headers.get('cache-control');
    expect(await cached('data/runs/0123.json')).toContain('immutable');
    expect(await cached('data/index.json')).toBe('no-cache');
    expect(await cached('')).toBe('no-cache');
  });

  it('compresses texts for those who can read it', async () => {
    const { port } = await serve();
    const host = `Host: 127.0.0.1:${port}`;
    const packed = await ask(port, [
      'GET /page.js HTTP/1.1',
      host,
      'Accept-Encoding: gzip',
      'Connection: close',
    ]);
    expect(packed).toContain('Content-Encoding: gzip');
    expect(packed.length).toBeLessThan(1500);
    const plain = await ask(port, ['GET /page.js HTTP/1.1', host, 'Connection: close']);
    expect(plain).toContain('Content-Length: 5000');
    const font = await ask(port, [
      'GET /font.woff2 HTTP/1.1',
      host,
      'Accept-Encoding: gzip',
      'Connection: close',
    ]);
    expect(font).toContain('Content-Length: 4');
  });

  it.each([
    '/../secret.txt',
    '/data/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/data/..%5c..%5csecret.txt',
    '/.tracey-site.json',
    '/%00',
    '/%zz',
  ])('gives nothing out of the folder, and nothing hidden: %s', async (path) => {
    const { port } = await serve();
    const answer = await ask(port, [`GET ${path} HTTP/1.1`, `Host: localhost:${port}`, 'Connection: close']);
    expect(answer).toMatch(/^HTTP\/1\.1 404 /);
    expect(answer).not.toContain('secret');
  });

  it('answers nobody who took it for another machine, and takes nothing', async () => {
    const { port } = await serve();
    const asOther = await ask(port, ['GET / HTTP/1.1', `Host: evil.example:${port}`, 'Connection: close']);
    expect(asOther).toMatch(/^HTTP\/1\.1 421 /);
    const post = await ask(port, [
      'POST / HTTP/1.1',
      `Host: 127.0.0.1:${port}`,
      'Content-Length: 0',
      'Connection: close',
    ]);
    expect(post).toMatch(/^HTTP\/1\.1 405 /);
    const head = await ask(port, ['HEAD / HTTP/1.1', `Host: 127.0.0.1:${port}`, 'Connection: close']);
    expect(head).toMatch(/^HTTP\/1\.1 200 /);
    expect(head).not.toContain('first');
  });

  it('follows no link out of the folder', async () => {
    const { address, folder, site } = await serve();
    symlinkSync(join(folder, 'secret.txt'), join(site, 'link.txt'));
    expect((await fetch(`${address}link.txt`)).status).toBe(404);
  });

  it('says which port is taken', async () => {
    const { site, port } = await serve();
    await expect(openSiteServer({ site, port })).rejects.toMatchObject({
      code: 'dashboard/port',
      message: `Port ${port}: the dashboard cannot be shown there: another program uses it.`,
    });
  });
});
