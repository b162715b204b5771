import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type GitHub, openGitHub, type Patience } from '../../action/github/client.ts';
import { createProblem } from '../../action/github/problems.ts';
import { type ApiAnswer, basicError, openApiServer, TEST_TOKEN } from './api-server.ts';
import { serveRepository } from './repository-state.ts';

const SHA = 'c0ffee0000000000000000000000000000000001';
const CREATE = 'repos/create-commit-status';
const NOW_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

interface Opened {
  readonly github: GitHub;
  readonly warnings: string[];
}

async function open(
  apiUrl: string,
  options: { readonly signal?: AbortSignal; readonly patience?: Partial<Patience> } = {},
): Promise<Opened> {
  const warnings: string[] = [];
  const github = await openGitHub({
    token: TEST_TOKEN,
    apiUrl,
    version: '1.2.3',
    signal: options.signal ?? new AbortController().signal,
    onWarning: (text) => warnings.push(text),
    patience: { secondMs: 1, ...options.patience },
  });
  return { github, warnings };
}

function setStatus({ github }: Opened) {
  return github.rest.repos.createCommitStatus({
    owner: 'happner',
    repo: 'sample',
    sha: SHA,
    state: 'success',
    context: 'tracey',
  });
}

async function serve() {
  const server = await openApiServer();
  return { server, state: serveRepository(server) };
}

/** A port that somebody had a moment ago, and nobody has now. */
async function findClosedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The problem that a request ends with, as a person reads it. */
async function findProblem(work: Promise<unknown>, options: { apiUrl: string; isFork?: boolean }) {
  const thrown = await work.then(
    () => {
      throw new Error('it succeeded');
    },
    (failure: unknown) => failure,
  );
  const problem = createProblem(thrown, {
    what: 'Commit status',
    permission: 'statuses: write',
    repository: 'happner/sample',
    isFork: options.isFork ?? false,
    token: TEST_TOKEN,
    apiUrl: options.apiUrl,
    nowMs: NOW_MS,
  });
  const { message, code, hint } = problem as { message: string; code: string; hint: string };
  expect(`${message} ${hint}`).not.toContain(TEST_TOKEN);
  return { message, code, hint };
}

async function findProblemOf(answer: ApiAnswer, options: { isFork?: boolean } = {}) {
  const { server } = await serve();
  server.answerNext(CREATE, answer, answer, answer);
  const opened = await open(server.url);
  const problem = await findProblem(setStatus(opened), { apiUrl: server.url, ...options });
  return { ...problem, tries: server.listRequests(CREATE).length };
}

describe('openGitHub', () => {
  it('sends what GitHub asks for, with the token and its own name', async () => {
    const { server, state } = await serve();
    await setStatus(await open(server.url));
    expect(state.statuses).toEqual([{ sha: SHA, state: 'success', context: 'tracey' }]);
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `token ${TEST_TOKEN}`,
      'x-github-api-version': '2022-11-28',
      'user-agent': expect.stringMatching(/^tracey\/1\.2\.3 /),
    });
  });

  it('speaks to an Enterprise server below its own path, whether the address ends with a slash or not', async () => {
    const server = await openApiServer({ description: 'ghes-3.19', prefix: '/api/v3' });
    const state = serveRepository(server);
    await setStatus(await open(server.url));
    await setStatus(await open(`${server.url}/`));
    expect(state.statuses).toHaveLength(2);
  });

  it('refuses an empty token before it asks anything', async () => {
    const opening = openGitHub({
      token: '',
      apiUrl: 'http://127.0.0.1:1',
      version: '1.2.3',
      signal: new AbortController().signal,
      onWarning: () => {},
    });
    await expect(opening).rejects.toMatchObject({
      code: 'github/no-token',
      message: 'GitHub: there is no token to speak to it with.',
    });
  });

  it.each([500, 502, 503, 504])('tries again after %i', async (status) => {
    const { server, state } = await serve();
    server.answerNext(CREATE, { status, body: basicError('Server Error', String(status)) }, 'reset');
    await setStatus(await open(server.url));
    expect(state.statuses).toHaveLength(1);
    expect(server.listRequests(CREATE)).toHaveLength(3);
  });

  it('follows a redirect, also with what it sends', async () => {
    const { server, state } = await serve();
    const location = `${server.url}/repos/happner/sample/statuses/${SHA}`;
    server.answerNext(CREATE, { status: 307, headers: { location } });
    await setStatus(await open(server.url));
    expect(state.statuses).toHaveLength(1);
    const list = `${server.url}/repos/happner/sample/issues/7/comments`;
    server.answerNext('issues/list-comments', { status: 301, headers: { location: list } });
    const { data } = await (await open(server.url)).github.rest.issues.listComments({
      owner: 'happner',
      repo: 'renamed',
      issue_number: 7,
    });
    expect(data).toEqual([]);
  });

  it('never takes the token to another host', async () => {
    const seen: (string | undefined)[] = [];
    const other = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.writeHead(200, { 'content-type': 'application/json' }).end('[]');
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { server } = await serve();
    const { port } = other.address() as AddressInfo;
    server.answerNext('issues/list-comments', {
      status: 302,
      headers: { location: `http://localhost:${port}/elsewhere` },
    });
    const { github } = await open(server.url);
    try {
      await github.rest.issues.listComments({ owner: 'happner', repo: 'sample', issue_number: 7 });
    } finally {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    }
    expect(seen).toEqual([undefined]);
  });

  it('waits for a secondary rate limit as long as GitHub says, and says so', async () => {
    const { server, state } = await serve();
    server.answerNext(CREATE, {
      status: 403,
      body: basicError('You have exceeded a secondary rate limit.', '403'),
      headers: { 'retry-after': '17' },
    });
    const opened = await open(server.url);
    await setStatus(opened);
    expect(state.statuses).toHaveLength(1);
    expect(opened.warnings).toEqual(["GitHub's secondary rate limit is reached: trying again in 17 s."]);
  });

  it('waits for a primary rate limit that resets soon', async () => {
    const { server, state } = await serve();
    const reset = Math.floor(Date.now() / 1000) - 1;
    server.answerNext(CREATE, {
      status: 429,
      body: basicError('API rate limit exceeded', '429'),
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
    });
    const opened = await open(server.url);
    await setStatus(opened);
    expect(state.statuses).toHaveLength(1);
    expect(opened.warnings).toEqual([
      expect.stringMatching(/^GitHub's rate limit is reached: trying again in [01] s\.$/),
    ]);
  });

  it('is stopped at once, while it waits for an answer or for the next try', async () => {
    const { server } = await serve();
    const answers = [
      'silence',
      {
        status: 403,
        body: basicError('You have exceeded a secondary rate limit.', '403'),
        headers: { 'retry-after': '50' },
      },
    ] as const;
    for (const answer of answers) {
      const stop = new AbortController();
      server.answerNext(CREATE, answer);
      const opened = await open(server.url, { signal: stop.signal, patience: { secondMs: 1000 } });
      const before = server.requests.length;
      const problem = findProblem(setStatus(opened), { apiUrl: server.url });
      await expect
        .poll(() => server.requests.length + opened.warnings.length, { timeout: 10_000 })
        .toBe(before + (answer === 'silence' ? 1 : 2));
      stop.abort();
      expect(await problem).toMatchObject({
        code: 'github/interrupted',
        message: 'Commit status: interrupted.',
      });
    }
  });

  it('asks nothing any more once it is stopped', async () => {
    const { server } = await serve();
    const opened = await open(server.url, { signal: AbortSignal.abort() });
    expect(await findProblem(setStatus(opened), { apiUrl: server.url })).toMatchObject({
      code: 'github/interrupted',
    });
    expect(server.requests).toEqual([]);
  });
});

describe('createProblem', () => {
  it('says which permission is missing', async () => {
    const problem = await findProblemOf({
      status: 403,
      body: basicError('Resource not accessible by integration', '403'),
    });
    expect(problem).toEqual({
      code: 'github/forbidden',
      message: 'Commit status: GitHub does not allow it (403: Resource not accessible by integration).',
      hint: 'Add `statuses: write` under `permissions:` in the workflow; a token of your own needs the same.',
      tries: 1,
    });
  });

  it('says that a fork may only read, since no permission would help', async () => {
    const answer = { status: 403, body: basicError('Resource not accessible by integration', '403') };
    expect((await findProblemOf(answer, { isFork: true })).hint).toBe(
      "For a pull request from a fork the workflow's token may only read, whatever `permissions:` says.",
    );
  });

  it.each([
    ['Repository was archived so is read-only.', 'An archived repository can only be read.'],
    [
      'Unable to create comment because issue is locked.',
      'Unlock the conversation, or set `comment: never`.',
    ],
    [
      'Resource protected by organization SAML enforcement.',
      'Authorize the token for the organization (single sign-on).',
    ],
    [
      'Although you appear to have the correct authorization credentials, the organization has an IP allow list enabled',
      "Put this machine's address on the organization's IP allow list.",
    ],
  ])('knows other reasons of a 403: %s', async (said, hint) => {
    expect(await findProblemOf({ status: 403, body: basicError(said, '403') })).toMatchObject({
      hint,
      tries: 1,
    });
  });

  it.each([
    [
      401,
      'github/unauthorized',
      'GitHub does not accept the token (401: Bad credentials).',
      'Check the input `token`: a token of your own may have expired or been revoked.',
      1,
    ],
    [
      404,
      'github/not-found',
      'GitHub does not find it, or does not show it to this token (404: Bad credentials).',
      'Check that happner/sample is there and the token may see it. Add `statuses: write` under `permissions:` in the workflow; a token of your own needs the same.',
      1,
    ],
    [
      409,
      'github/conflict',
      'somebody else changed it at the same time (409: Bad credentials).',
      'Run the job again.',
      3,
    ],
    [
      503,
      'github/server-error',
      'GitHub has a problem of its own (503: Bad credentials), also when asked again.',
      'See https://www.githubstatus.com, and run the job again later.',
      3,
    ],
  ])(
    'of a %i says what to do, after as many tries as make sense',
    async (status, code, happened, hint, tries) => {
      const problem = await findProblemOf({ status, body: basicError('Bad credentials', String(status)) });
      expect(problem).toEqual({ code, message: `Commit status: ${happened}`, hint, tries });
    },
  );

  it('tells what of a request was wrong', async () => {
    const { server } = await serve();
    const answer = {
      status: 422,
      body: {
        ...basicError('Validation Failed', '422'),
        errors: [
          { resource: 'IssueComment', code: 'unprocessable', field: 'data', message: 'Body is too long' },
        ],
      },
    };
    server.answerNext('issues/create-comment', answer);
    const { github } = await open(server.url);
    const asking = github.rest.issues.createComment({
      owner: 'happner',
      repo: 'sample',
      issue_number: 7,
      body: 'text',
    });
    expect(await findProblem(asking, { apiUrl: server.url })).toMatchObject({
      code: 'github/refused',
      message: 'Commit status: GitHub refuses it (422: Validation Failed: Body is too long).',
      hint: 'If what it says is nothing that you can change, please report it with this text.',
    });
  });

  it('says when a rate limit resets that is too long to wait for', async () => {
    const reset = Math.floor(Date.now() / 1000) + 3600;
    const resetAt = new Date(reset * 1000).toISOString().replace('.000', '');
    const primary = await findProblemOf({
      status: 403,
      body: basicError('API rate limit exceeded for installation', '403'),
      headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(reset) },
    });
    expect(primary).toEqual({
      code: 'github/rate-limited',
      message: `Commit status: GitHub's rate limit is reached; it resets at ${resetAt} (403: API rate limit exceeded for installation).`,
      hint: 'Run the job again then. A token of your own has a limit of its own.',
      tries: 1,
    });
    const secondary = await findProblemOf({
      status: 429,
      body: basicError('You have exceeded a secondary rate limit.', '429'),
      headers: { 'retry-after': '61' },
    });
    expect(secondary).toMatchObject({
      message: expect.stringContaining('; it resets at 2026-01-02T03:05:06Z (429:'),
      tries: 1,
    });
  });

  it('gives up a rate limit that never ends', async () => {
    const problem = await findProblemOf({
      status: 403,
      body: basicError('You have exceeded a secondary rate limit.', '403'),
      headers: { 'retry-after': '2' },
    });
    expect(problem).toMatchObject({ code: 'github/rate-limited', tries: 3 });
  });

  it('says that nobody answers in time', async () => {
    const { server } = await serve();
    server.answerNext(CREATE, 'silence', 'silence', 'silence');
    const opened = await open(server.url, { patience: { requestTimeoutMs: 50 } });
    expect(await findProblem(setStatus(opened), { apiUrl: server.url })).toEqual({
      code: 'github/unreachable',
      message: `Commit status: ${new URL(server.url).host} did not answer in time, also when asked again.`,
      hint: 'Check the network of this machine, and https://www.githubstatus.com.',
    });
    expect(server.listRequests(CREATE)).toHaveLength(3);
  });

  it.each(['127.0.0.1', 'localhost'])('says that nobody is there: %s', async (host) => {
    const apiUrl = `http://${host}:${await findClosedPort()}`;
    const opened = await open(apiUrl);
    expect(await findProblem(setStatus(opened), { apiUrl })).toEqual({
      code: 'github/unreachable',
      message: `Commit status: ${new URL(apiUrl).host} cannot be reached (ECONNREFUSED).`,
      hint: 'Check the network, the name server and the firewall of this machine; behind a proxy the runner needs `NODE_USE_ENV_PROXY=1` in its environment.',
    });
  });

  it('says what to do about a certificate that Node does not trust', async () => {
    const cause = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    });
    const failing = Promise.reject(new TypeError('fetch failed', { cause }));
    expect(await findProblem(failing, { apiUrl: 'https://github.example.com/api/v3' })).toEqual({
      code: 'github/unreachable',
      message: 'Commit status: github.example.com cannot be reached (DEPTH_ZERO_SELF_SIGNED_CERT).',
      hint: 'Make the certificate of your server known to Node with `NODE_EXTRA_CA_CERTS` in the environment of the runner.',
    });
  });

  it('repeats nothing that acts on a terminal, and no token', async () => {
    const { message } = await findProblemOf({
      status: 403,
      body: basicError(`no\u001b[31m\n::error::${'x'.repeat(260)}${TEST_TOKEN} ${'y'.repeat(500)}`, '403'),
    });
    expect(message).toContain('no\\u001b[31m\\n::error::xxx');
    expect(message).not.toContain('ghs_');
    expect(message.length).toBeLessThan(400);
  });

  it('leaves a defect of ours as it is', () => {
    const defect = new TypeError('undefined is not a function');
    const asked = {
      what: 'Comment',
      permission: 'pull-requests: write',
      repository: 'happner/sample',
      isFork: false,
      token: TEST_TOKEN,
      apiUrl: 'https://api.github.com',
    };
    expect(createProblem(defect, asked)).toBe(defect);
  });
});
