import { describe, expect, it } from 'vitest';
import { openGitHub } from '../../action/github/client.ts';
import {
  createOneJobRunner,
  createRunnerToken,
  findRunnerRelease,
  parseRunnerUrl,
  type RunnerAccess,
} from '../../action/github/runners.ts';
import { type ApiServer, basicError, openApiServer, TEST_TOKEN } from './api-server.ts';

async function openAccess(server: ApiServer, page: string): Promise<RunnerAccess> {
  const { owner } = parseRunnerUrl(page);
  const github = await openGitHub({
    token: TEST_TOKEN,
    apiUrl: server.url,
    version: '1.2.3',
    signal: new AbortController().signal,
    onWarning: () => {},
    patience: { secondMs: 1 },
  });
  return { github, owner, apiUrl: server.url, token: TEST_TOKEN };
}

const TOKEN = { token: 'AABBCC', expires_at: '2026-11-23T04:00:00Z' };
const ORGANISATION = 'https://github.com/happner';
const REPOSITORY = 'https://github.com/happner/happn-3/';

describe("the page of somebody's runners", () => {
  it.each([
    [ORGANISATION, { apiUrl: 'https://api.github.com', owner: { kind: 'organisation', org: 'happner' } }],
    [
      REPOSITORY,
      { apiUrl: 'https://api.github.com', owner: { kind: 'repository', owner: 'happner', repo: 'happn-3' } },
    ],
    [
      'https://github.example.org/happner',
      { apiUrl: 'https://github.example.org/api/v3', owner: { kind: 'organisation', org: 'happner' } },
    ],
  ])('%s is understood', (page, place) => {
    expect(parseRunnerUrl(page)).toEqual(place);
  });

  it.each([
    'nope',
    'http://github.com/happner',
    'https://github.com',
    'https://github.com/a/b/c',
    'https://user@github.com/a',
  ])('%s is refused', (page) => {
    expect(() => parseRunnerUrl(page)).toThrow(
      expect.objectContaining({
        code: 'github/bad-runner-url',
        message: expect.stringContaining('--url: must be the page of an organisation or a repository, got'),
      }),
    );
  });
});

describe('a token for a runner', () => {
  it('registers or removes it, for an organisation or a repository', async () => {
    const server = await openApiServer();
    for (const operation of [
      'actions/create-registration-token-for-org',
      'actions/create-remove-token-for-org',
      'actions/create-registration-token-for-repo',
      'actions/create-remove-token-for-repo',
    ])
      server.serve(operation, () => ({ status: 201, body: TOKEN }));
    for (const page of [ORGANISATION, REPOSITORY]) {
      const access = await openAccess(server, page);
      for (const purpose of ['registration', 'removal'] as const) {
        expect(await createRunnerToken(access, purpose)).toBe('AABBCC');
      }
    }
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/orgs/happner/actions/runners/registration-token',
      '/orgs/happner/actions/runners/remove-token',
      '/repos/happner/happn-3/actions/runners/registration-token',
      '/repos/happner/happn-3/actions/runners/remove-token',
    ]);
  });

  it.each([401, 403, 404])('that GitHub refuses with %i is told with the right it takes', async (status) => {
    const server = await openApiServer();
    server.answerNext('actions/create-registration-token-for-org', {
      status,
      body: basicError('Must have admin rights', String(status)),
    });
    await expect(
      createRunnerToken(await openAccess(server, ORGANISATION), 'registration'),
    ).rejects.toMatchObject({
      message: expect.stringContaining('Must have admin rights'),
      hint: expect.stringContaining('"Self-hosted runners: write" for an organisation'),
    });
  });

  it('for one job names the runner and its labels', async () => {
    const server = await openApiServer();
    server.serve('actions/generate-runner-jitconfig-for-org', () => ({
      status: 201,
      body: {
        runner: { id: 1, name: 'box1', os: 'linux', status: 'offline', busy: false, labels: [] },
        encoded_jit_config: 'e30=',
      },
    }));
    const config = await createOneJobRunner(await openAccess(server, ORGANISATION), {
      name: 'box1',
      labels: ['self-hosted', 'tracey-primary'],
    });
    expect(config).toBe('e30=');
    expect(server.requests[0]?.body).toMatchObject({
      name: 'box1',
      labels: ['self-hosted', 'tracey-primary'],
    });
  });
});

describe("GitHub's newest runner", () => {
  const find = async (server: ApiServer, platform = 'linux-arm64') => {
    const github = await openGitHub({
      token: null,
      apiUrl: server.url,
      version: '1.2.3',
      signal: new AbortController().signal,
      onWarning: () => {},
      patience: { secondMs: 1 },
    });
    return findRunnerRelease({ github, apiUrl: server.url }, platform);
  };

  it('is asked for without a token, and has the checksum of its archive', async () => {
    const server = await openApiServer({ isAnonymous: true });
    server.serve('repos/get-latest-release', () => ({
      status: 200,
      body: createRelease(`sha256:${'a'.repeat(64)}`),
    }));
    expect(await find(server)).toEqual({
      version: '2.400.1',
      url: 'https://github.com/actions/runner/releases/download/v2.400.1/actions-runner-linux-arm64-2.400.1.tar.gz',
      sha256: 'a'.repeat(64),
    });
    expect(server.requests[0]?.headers['authorization']).toBeUndefined();
  });

  it.each([
    ['without a checksum', null, 'linux-arm64'],
    ['for another platform', `sha256:${'a'.repeat(64)}`, 'linux-x64'],
  ])('%s is not taken', async (_what, digest, platform) => {
    const server = await openApiServer({ isAnonymous: true });
    server.serve('repos/get-latest-release', () => ({ status: 200, body: createRelease(digest) }));
    await expect(find(server, platform)).rejects.toMatchObject({
      code: 'github/no-runner-release',
      message: `GitHub: its runner 2.400.1 has no archive for ${platform} with a checksum.`,
    });
  });

  it('that GitHub does not tell of is a problem in words', async () => {
    const server = await openApiServer({ isAnonymous: true });
    server.answerNext('repos/get-latest-release', {
      status: 404,
      body: basicError('Not Found', '404'),
    });
    await expect(find(server)).rejects.toMatchObject({ code: 'github/not-found' });
  });
});

/** A release with an archive for arm64. */
function createRelease(digest: string | null): object {
  const user = createUser();
  const page = 'https://api.github.com/repos/actions/runner';
  const name = 'actions-runner-linux-arm64-2.400.1.tar.gz';
  const moment = '2026-11-01T00:00:00Z';
  return {
    ...{
      url: `${page}/releases/1`,
      html_url: page,
      assets_url: page,
      upload_url: page,
      id: 1,
      node_id: 'R1',
    },
    ...{
      tarball_url: page,
      zipball_url: page,
      tag_name: 'v2.400.1',
      target_commitish: 'main',
      name: 'v2.400.1',
    },
    ...{ draft: false, prerelease: false, created_at: moment, published_at: moment, author: user },
    assets: [
      {
        ...{ url: `${page}/releases/assets/1`, id: 1, node_id: 'A1', name, label: '', state: 'uploaded' },
        ...{ content_type: 'application/gzip', size: 1, download_count: 1, digest, uploader: user },
        ...{ created_at: moment, updated_at: moment },
        browser_download_url: `https://github.com/actions/runner/releases/download/v2.400.1/${name}`,
      },
    ],
  };
}

function createUser(): object {
  const page = 'https://api.github.com/users/somebody';
  const pages = [
    ...['avatar_url', 'url', 'html_url', 'followers_url', 'following_url', 'gists_url', 'starred_url'],
    ...['subscriptions_url', 'organizations_url', 'repos_url', 'events_url', 'received_events_url'],
  ];
  return {
    ...{ login: 'somebody', id: 1, node_id: 'U1', gravatar_id: '', type: 'User', site_admin: false },
    ...Object.fromEntries(pages.map((name) => [name, page])),
  };
}
