import { expect, it } from 'vitest';
import { createGitHubIndexWriter } from '../../action/github/artifact-index.ts';
import { openGitHub } from '../../action/github/client.ts';
import { CID } from '../../core/artifacts/cid.ts';
import { openRepoIndex } from '../../core/artifacts/repo-index.ts';
import { type ApiServer, basicError, openApiServer, TEST_TOKEN } from './api-server.ts';
import { GET_INDEX as GET, PUT_INDEX as PUT, serveIndexFile } from './index-file.ts';

const CID_TEXT = 'bafybeib5k72gzmgpivjxxgmmj3w2slo52cpxu3nolshhxv574vdbyjoxpq';

async function serve(text: string | null) {
  const server = await openApiServer();
  return { server, state: serveIndexFile(server, text) };
}

function openIndex(server: ApiServer, notices: string[] = []) {
  const signal = new AbortController().signal;
  const writer = createGitHubIndexWriter({
    openGitHub: () =>
      openGitHub({
        token: TEST_TOKEN,
        apiUrl: server.url,
        version: '1.2.3',
        signal,
        onWarning: () => {},
        patience: { secondMs: 1 },
      }),
    repository: 'happner/sample',
    branch: 'main',
    path: 'artifact_hashes.txt',
    asked: { isFork: false, token: TEST_TOKEN, apiUrl: server.url },
    signal,
    pauseMs: 1,
  });
  return openRepoIndex({ writer, file: '/does/not/exist', onNotice: (text) => notices.push(text) });
}

const entry = (key: string) => ({ key, cid: CID.parse(CID_TEXT) });

it('the index is written with a commit that starts no workflow', async () => {
  const { server, state } = await serve(null);
  const index = openIndex(server);
  expect(await index.find('key-1')).toBeUndefined();
  await index.record([entry('key-1')]);
  expect(state).toMatchObject({
    text: `key-1:${CID_TEXT}\n`,
    messages: ['Record artifact key-1 [skip ci]'],
  });
  expect((await index.find('key-1'))?.toString()).toBe(CID_TEXT);
});

it('nothing is written when the index says so already', async () => {
  const { server } = await serve(`key-1:${CID_TEXT}\n`);
  await openIndex(server).record([entry('key-1')]);
  expect(server.listRequests(PUT)).toEqual([]);
});

it('two machines that write the index at once lose nothing of each other', async () => {
  const { server, state } = await serve('# ours\n');
  const indexes = [openIndex(server), openIndex(server)];
  await Promise.all(indexes.map((index, number) => index.record([entry(`key-${number}`)])));
  const lines = state.text?.trim().split('\n').sort();
  expect(lines).toEqual(['# ours', `key-0:${CID_TEXT}`, `key-1:${CID_TEXT}`]);
});

it('a token that may not write is told which permission is missing', async () => {
  const { server } = await serve(null);
  const forbidden = basicError('Resource not accessible by integration', '403');
  server.answerNext(PUT, { status: 403, body: forbidden });
  await expect(openIndex(server).record([entry('key-1')])).rejects.toMatchObject({
    code: 'github/forbidden',
    message: expect.stringMatching(/^Index of artifacts \(artifact_hashes\.txt of happner\/sample\): /),
    hint: expect.stringContaining('contents: write'),
  });
});

it('an index that cannot be read is told of, and is empty', async () => {
  const { server } = await serve(null);
  server.answerNext(GET, { status: 403, body: basicError('Resource not accessible by integration', '403') });
  const notices: string[] = [];
  expect(await openIndex(server, notices).find('key-1')).toBeUndefined();
  expect(notices[0]).toMatch(/^Index of artifacts .+ The index is read from the checkout alone\.$/s);
});
