import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { computeLeafCid } from '../../core/artifacts/blocks.ts';
import { openKubo } from '../../core/artifacts/kubo.ts';
import { ABSENT } from './fake-kubo.ts';

const BLOCK = Buffer.from('block');

/** Something that answers every request so, and notes what for. */
async function startAnswering(status: number, body: string) {
  const paths: string[] = [];
  const server = createServer((request, response) => {
    paths.push(request.url ?? '');
    request.resume().once('end', () => response.writeHead(status).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const open = (path = '') => openKubo({ host: null, port: null, url: `${url}${path}`, token: null });
  return { open, url, paths };
}

const put = (node: ReturnType<typeof openKubo>) =>
  node.putBlock(computeLeafCid(BLOCK), BLOCK, new AbortController().signal);

it('a node that takes in something else is told of', async () => {
  const { open, url } = await startAnswering(200, JSON.stringify({ Key: ABSENT.toString() }));
  await expect(put(open())).rejects.toMatchObject({
    code: 'artifact/wrong-cid',
    message: `IPFS at ${url}: took in ${ABSENT}, not the ${computeLeafCid(BLOCK)} that was sent.`,
  });
});

it.each([
  ['is no JSON', '<html>Welcome</html>', '<html>Welcome</html>'],
  ['has another shape', '{"Other":1}', '{"Other":1}'],
  ['is empty', '', 'no text'],
])('an answer that %s is told of', async (_, body, said) => {
  const { open, url } = await startAnswering(200, body);
  await expect(put(open())).rejects.toMatchObject({
    code: 'artifact/ipfs-failed',
    message: `IPFS at ${url}: answered with HTTP status 200: ${said}.`,
  });
});

it.each([
  ['in JSON', JSON.stringify({ Message: 'no room\u001b[2J' }), 'no room\\u001b[2J'],
  ['in text', 'Bad Gateway', 'Bad Gateway'],
])('a refusal %s is told of as it was said', async (_, body, said) => {
  const { open, url } = await startAnswering(502, body);
  await expect(open().findFile('/a')).rejects.toMatchObject({
    code: 'artifact/ipfs-failed',
    message: `IPFS at ${url}: answered with HTTP status 502: ${said}.`,
  });
});

it('a node below a path of its host is asked there', async () => {
  const { open, paths } = await startAnswering(200, JSON.stringify({ Hash: ABSENT.toString() }));
  expect(String(await open('/ipfs/api/v0/').findFile('/a b'))).toBe(ABSENT.toString());
  expect(String(await open().findFile('/a'))).toBe(ABSENT.toString());
  expect(paths).toEqual(['/ipfs/api/v0/files/stat?arg=%2Fa+b', '/api/v0/files/stat?arg=%2Fa']);
});
