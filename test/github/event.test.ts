import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readGitHubContext } from '../../action/github/event.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const SHA = '1'.repeat(40);
const HEAD = '2'.repeat(40);
const BASE = '3'.repeat(40);

const PUSH = {
  GITHUB_REPOSITORY: 'happner/happn-3',
  GITHUB_EVENT_NAME: 'push',
  GITHUB_SHA: SHA,
  GITHUB_REF: 'refs/heads/feature/a b',
  GITHUB_SERVER_URL: 'https://github.example.org',
  GITHUB_API_URL: 'https://github.example.org/api/v3',
  GITHUB_RUN_ID: '42',
};

function writeEvent(payload: unknown): string {
  const file = join(makeTemporaryFolder(), 'event.json');
  writeFileSync(file, typeof payload === 'string' ? payload : JSON.stringify(payload));
  return file;
}

const pullRequest = (head: string | null, more: object = {}) => ({
  action: 'synchronize',
  pull_request: {
    number: 7,
    head: { sha: HEAD, ref: 'topic', repo: head === null ? null : { full_name: head } },
    base: { sha: BASE, ref: 'main', repo: { full_name: 'happner/happn-3' } },
  },
  ...more,
});

const readPullRequest = (payload: unknown) =>
  readGitHubContext({
    ...PUSH,
    GITHUB_EVENT_NAME: 'pull_request',
    GITHUB_REF: 'refs/pull/7/merge',
    GITHUB_EVENT_PATH: writeEvent(payload),
  });

describe('the event', () => {
  it('of a push names its commit and its branch', async () => {
    expect(await readGitHubContext(PUSH)).toEqual({
      repository: 'happner/happn-3',
      sha: SHA,
      branch: 'feature/a b',
      event: 'push',
      pullRequest: null,
      schedule: null,
      serverUrl: 'https://github.example.org',
      apiUrl: 'https://github.example.org/api/v3',
      runUrl: 'https://github.example.org/happner/happn-3/actions/runs/42',
    });
  });

  it('of a schedule names the entry that is due', async () => {
    const GITHUB_EVENT_PATH = writeEvent({ schedule: '50 0 * * *' });
    const variables = { ...PUSH, GITHUB_EVENT_NAME: 'schedule', GITHUB_EVENT_PATH };
    expect(await readGitHubContext(variables)).toMatchObject({
      schedule: '50 0 * * *',
      branch: 'feature/a b',
    });
  });

  it('of a tag has no branch', async () => {
    expect(await readGitHubContext({ ...PUSH, GITHUB_REF: 'refs/tags/v1' })).toMatchObject({ branch: null });
  });

  it('of a pull request names the head, not the merge that GitHub makes of it', async () => {
    expect(await readPullRequest(pullRequest('happner/happn-3'))).toMatchObject({
      sha: HEAD,
      branch: 'topic',
      pullRequest: { number: 7, headSha: HEAD, baseSha: BASE, baseBranch: 'main', isFork: false },
    });
  });

  it('tells forks by the repo of the head, gone ones too, whatever the case of letters', async () => {
    expect(await readPullRequest(pullRequest('Happner/Happn-3'))).toMatchObject({
      pullRequest: { isFork: false },
    });
    expect(await readPullRequest(pullRequest('mallory/happn-3'))).toMatchObject({
      pullRequest: { isFork: true, headRepository: 'mallory/happn-3' },
    });
    expect(await readPullRequest(pullRequest(null))).toMatchObject({
      pullRequest: { isFork: true, headRepository: null },
    });
  });

  it('names a label only when the event is that it was given', async () => {
    const label = { name: 'tracey' };
    expect(await readPullRequest(pullRequest('m/x', { label, action: 'labeled' }))).toMatchObject({
      pullRequest: { givenLabel: 'tracey' },
    });
    expect(await readPullRequest(pullRequest('m/x', { label, action: 'unlabeled' }))).toMatchObject({
      pullRequest: { givenLabel: null },
    });
  });

  it('is an error outside a workflow', async () => {
    await expect(readGitHubContext({ ...PUSH, GITHUB_SHA: '' })).rejects.toMatchObject({
      code: 'github/no-context',
      message: 'GITHUB_SHA: is not set, so this is no step of a workflow.',
      hint: 'On a machine of your own use the command line: tracey run.',
    });
    await expect(readGitHubContext({ ...PUSH, GITHUB_SHA: 'main' })).rejects.toMatchObject({
      code: 'github/no-context',
      message: 'GITHUB_SHA: must be the SHA of a commit, got "main".',
    });
  });

  it('is an error when its payload cannot be read', async () => {
    for (const payload of ['{', { pull_request: { number: 'seven' } }]) {
      await expect(readPullRequest(payload)).rejects.toMatchObject({
        code: 'github/bad-event',
        message: expect.stringContaining('event.json: the event cannot be read: '),
      });
    }
  });
});
