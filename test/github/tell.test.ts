import { describe, expect, it } from 'vitest';
import { openTelling, type TellingOptions } from '../../action/github/tell.ts';
import type { Workflow } from '../../action/github/workflow.ts';
import type { JobNews } from '../../core/notify/news.ts';
import {
  type ApiServer,
  type ApiServerOptions,
  basicError,
  GRAPHQL,
  openApiServer,
  TEST_TOKEN,
} from './api-server.ts';
import {
  createChange,
  createContext,
  createFailing,
  createFound,
  createNews,
  createRunNews,
  createSince,
  HOSTILE,
} from './news.ts';
import { type RepositoryState, serveRepository } from './repository-state.ts';

const REFUSED = { status: 403, body: basicError('Resource not accessible by integration', '403') };
const BROKEN = { status: 502, body: basicError('Server Error', '502') };
const MISSING_STATUSES =
  'Commit status: GitHub does not allow it (403: Resource not accessible by integration). ' +
  'Add `statuses: write` under `permissions:` in the workflow; a token of your own needs the same.';

interface Annotation {
  readonly kind: string;
  readonly message: string;
  readonly file?: string;
  readonly startLine?: number;
}

interface Stage {
  readonly server: ApiServer;
  readonly state: RepositoryState;
  readonly annotations: Annotation[];
  readonly summaries: string[];
  readonly notices: string[];
  readonly open: (overrides?: Partial<TellingOptions>) => ReturnType<typeof openTelling>;
  readonly tell: (news: JobNews, overrides?: Partial<TellingOptions>) => Promise<void>;
}

function createPullRequest() {
  const { pullRequest } = createContext().github;
  if (pullRequest === null) throw new Error('the context has a pull request');
  return pullRequest;
}

async function setStage(
  github: Parameters<typeof createContext>[0] = {},
  options: ApiServerOptions = {},
): Promise<Stage> {
  const server = await openApiServer(options);
  const state = serveRepository(server);
  const annotations: Annotation[] = [];
  const summaries: string[] = [];
  const notices: string[] = [];
  const workflow: TellingOptions['workflow'] = {
    annotate: async (kind, message, properties) => void annotations.push({ kind, message, ...properties }),
    addSummary: async (markdown) => void summaries.push(markdown),
  } satisfies Pick<Workflow, 'annotate' | 'addSummary'>;
  const open = (overrides: Partial<TellingOptions> = {}) =>
    openTelling({
      context: createContext({ ...github, github: { ...github?.github, apiUrl: server.url } }),
      repository: 'happner/sample',
      token: TEST_TOKEN,
      version: '1.2.3',
      failOn: 'tests',
      summary: true,
      status: true,
      comment: 'changes',
      workflow,
      signal: new AbortController().signal,
      onNotice: (line) => notices.push(line),
      patience: { secondMs: 1 },
      ...overrides,
    });
  const tell = (news: JobNews, overrides: Partial<TellingOptions> = {}) => open(overrides).tellNews(news);
  return { server, state, annotations, summaries, notices, open, tell };
}

const slower = createNews({
  runs: [createRunNews({ since: createSince([createChange()]) })],
  changes: [createFound()],
});
const same = createNews({ runs: [createRunNews({ since: createSince() })] });

describe('openTelling', () => {
  it('says first that the commit is measured, then what came of it', async () => {
    const { state, open, summaries, annotations } = await setStage();
    const telling = open();
    await telling.tellStart();
    await telling.tellNews(slower);
    const { sha } = createContext();
    const status = {
      sha,
      context: 'tracey/primary (bench, performance-tracker-lite)',
      target_url: 'https://github.com/happner/sample/actions/runs/1',
    };
    expect(state.statuses).toEqual([
      { ...status, state: 'pending', description: 'Measuring on bench' },
      {
        ...status,
        state: 'success',
        description: '1 test slower, confirmed. Node 24.1.0: 24 tests passed, 1 slower by samples, +12.4 %',
      },
    ]);
    expect(state.comments).toMatchObject([
      { issue: 7, login: 'github-actions[bot]', body: expect.stringContaining('## ⚠️ Tracey: 1 test slower') },
    ]);
    expect(summaries).toEqual([expect.stringContaining('## ⚠️ Tracey: 1 test slower')]);
    expect(annotations).toEqual([]);
  });

  it.each([
    ['tests', 'error'],
    ['never', 'success'],
  ] as const)('with fail-on %s ends the status of a killed job as %s', async (failOn, expected) => {
    const { state, open } = await setStage();
    await open({ failOn }).tellInterruption();
    expect(state.statuses).toEqual([
      expect.objectContaining({
        state: expected,
        description: 'Interrupted: the job ended before it could say what came of it',
      }),
    ]);
    await open({ status: false }).tellInterruption();
    expect(state.statuses).toHaveLength(1);
  });

  it('owes no status once it was told, before it goes on to the comment', async () => {
    const { state, tell } = await setStage();
    let told: unknown;
    await tell(slower, {
      onFinalStatus: () => {
        told = { statuses: state.statuses.length, comments: state.comments.length };
      },
    });
    expect(told).toEqual({ statuses: 1, comments: 0 });
  });

  it('asks GitHub nothing when it is to tell it nothing', async () => {
    const { server, tell, summaries, annotations } = await setStage();
    await tell(slower, { status: false, comment: 'never', summary: false, token: null });
    expect({ requests: server.requests, summaries, annotations }).toEqual({
      requests: [],
      summaries: [],
      annotations: [],
    });
  });

  it('warns about one way that fails, and takes the others', async () => {
    const { server, state, tell, annotations, summaries } = await setStage();
    server.answerNext('repos/create-commit-status', REFUSED);
    await tell(slower);
    expect(annotations).toEqual([{ kind: 'warning', message: MISSING_STATUSES, title: 'Tracey' }]);
    expect(state.comments).toHaveLength(1);
    expect(summaries).toHaveLength(1);
  });

  it('names the job summary when it cannot be written', async () => {
    const { state, tell, annotations } = await setStage();
    await tell(slower, {
      workflow: {
        annotate: async (kind, message) => void annotations.push({ kind, message }),
        addSummary: () => Promise.reject(new Error('ENOSPC: no space left on device')),
      },
    });
    expect(annotations).toEqual([
      { kind: 'warning', message: 'Job summary: ENOSPC: no space left on device' },
    ]);
    expect(state.statuses).toHaveLength(1);
  });

  it('warns for each way that needs a token when there is none', async () => {
    const { tell, annotations } = await setStage();
    await tell(slower, { token: null });
    const hint =
      "Leave the input `token` out, which takes the workflow's own, or set it to a secret that exists.";
    expect(annotations.map((one) => one.message)).toEqual([
      `Commit status: GitHub: there is no token to speak to it with. ${hint}`,
      `Comment: GitHub: there is no token to speak to it with. ${hint}`,
    ]);
  });

  it("does not warn about a fork's token, with which nobody can do anything", async () => {
    const { server, tell, annotations, notices } = await setStage({
      github: { pullRequest: { ...createPullRequest(), isFork: true } },
    });
    server.answerNext('repos/create-commit-status', REFUSED);
    await tell(same);
    expect(annotations).toEqual([]);
    expect(notices).toEqual([
      "Commit status: GitHub does not allow it (403: Resource not accessible by integration). For a pull request from a fork the workflow's token may only read, whatever `permissions:` says.",
    ]);
  });

  it('still says so when the workflow was cancelled', async () => {
    const { state, open } = await setStage();
    const stop = new AbortController();
    const telling = open({ signal: stop.signal });
    await telling.tellStart();
    stop.abort();
    const run = createRunNews();
    await telling.tellNews(createNews({ runs: [{ ...run, run: { ...run.run, interrupted: true } }] }));
    expect(state.statuses.map((status) => status['state'])).toEqual(['pending', 'error']);
    expect(state.statuses[1]?.['description']).toMatch(
      /^Interrupted\. Node 24\.1\.0: 24 tests interrupted, /,
    );
  });

  it('warns when GitHub is not there, once for each way', async () => {
    const { tell, annotations, server } = await setStage();
    server.answerNext('repos/create-commit-status', 'reset', 'reset', 'reset');
    server.answerNext('issues/list-comments', 'silence', 'silence', 'silence');
    await tell(slower, { patience: { secondMs: 1, requestTimeoutMs: 50 } });
    expect(annotations.map((one) => one.message.replace(/127[.\d:]+/, 'host'))).toEqual([
      'Commit status: host cannot be reached (UND_ERR_SOCKET). Check the network, the name server and the firewall of this machine; behind a proxy the runner needs `NODE_USE_ENV_PROXY=1` in its environment.',
      'Comment: host did not answer in time, also when asked again. Check the network of this machine, and https://www.githubstatus.com.',
    ]);
  });

  it('lets no text of tested code act in what it prints or sends', async () => {
    const { state, tell, annotations } = await setStage();
    for (const text of HOSTILE) {
      const failing = [createFailing({ path: `test/${text}.js`, title: [text], reason: text, stack: text })];
      const failures = [{ nodeVersion: null, message: text }];
      await tell(createNews({ outcome: 'failed', runs: [createRunNews({ failing })], failures }));
      await tell(createNews({ outcome: 'skipped', runs: [], skippedBecause: text }));
    }
    for (const { message } of annotations) expect(message).not.toMatch(/^\s*::|##\[|\r|\u001b|\u202e/m);
    for (const status of state.statuses) {
      expect(String(status['description']).length).toBeLessThanOrEqual(140);
      expect(status['description']).not.toMatch(/[\r\n\u001b\u202e]/);
    }
    expect(state.comments).toHaveLength(1);
  });
});

describe('the comment', () => {
  it('is updated in place', async () => {
    const { state, tell } = await setStage();
    await tell(slower);
    await tell(createNews({ runs: [createRunNews({ failing: [createFailing()] })] }));
    expect(state.comments).toHaveLength(1);
    expect(state.comments[0]?.body).toContain('what failed');
  });

  it('is not made when nothing changed, but an old one does not stay as it was', async () => {
    const { server, state, tell } = await setStage();
    await tell(same);
    expect(state.comments).toEqual([]);
    await tell(slower);
    await tell(same);
    expect(state.comments).toMatchObject([
      { body: expect.stringContaining('## ✅ Tracey: nothing became slower for sure') },
    ]);
    await tell(same);
    expect(server.listRequests('issues/update-comment')).toHaveLength(1);
  });

  it('is made in any case when that is asked for', async () => {
    const { state, tell } = await setStage();
    await tell(same, { comment: 'always' });
    expect(state.comments).toHaveLength(1);
  });

  it('is one for each runner and job type', async () => {
    const { server, state, tell } = await setStage();
    for (const runner of ['bench', 'pi-4', 'bench']) {
      const context = createContext({ runner, github: { apiUrl: server.url } });
      await tell(slower, { context });
    }
    expect(state.comments.map((one) => /on `([^`]+)` \(/.exec(one.body)?.[1])).toEqual(['bench', 'pi-4']);
  });

  it('is found behind many others', async () => {
    const { server, state, tell } = await setStage();
    for (let id = 1; id <= 250; id += 1)
      state.comments.push({ id, issue: 7, login: 'octocat', body: 'Nice!' });
    await tell(slower);
    await tell(same);
    expect(state.comments).toHaveLength(251);
    expect(state.comments[250]?.body).toContain('nothing became slower for sure');
    expect(server.listRequests('issues/list-comments').map((one) => one.parameters['page'] ?? 1)).toEqual([
      1, 2, 3, 1, 2, 3,
    ]);
  });

  it("never touches somebody else's, whatever mark it bears", async () => {
    const { state, tell } = await setStage();
    await tell(slower);
    const [ours] = state.comments.splice(0);
    const mark = ours?.body.split('\n')[0] ?? '';
    const theirs = { id: 1, issue: 7, login: 'mallory', body: `${mark}\n\nAll tests are fine.` };
    const quoting = { id: 2, issue: 7, login: 'github-actions[bot]', body: `> ${mark}\n\nSee above.` };
    state.comments.push(theirs, quoting);
    await tell(same);
    expect(state.comments).toEqual([theirs, quoting]);
    await tell(slower);
    expect(state.comments).toHaveLength(3);
    expect(state.comments.slice(0, 2)).toEqual([theirs, quoting]);
  });

  it("is that of the token's owner, also when that is a person or another app", async () => {
    const { state, tell } = await setStage();
    state.viewer = 'happner-tracey[bot]';
    await tell(slower);
    await tell(same);
    expect(state.comments).toMatchObject([{ login: 'happner-tracey[bot]' }]);
    expect(state.comments[0]?.body).toContain('nothing became slower for sure');
  });

  it('is found on an Enterprise server, too', async () => {
    const { state, tell } = await setStage({}, { description: 'ghes-3.19', prefix: '/api/v3' });
    state.viewer = 'happner-tracey[bot]';
    await tell(slower);
    await tell(same);
    expect(state.comments).toMatchObject([
      { login: 'happner-tracey[bot]', body: expect.stringContaining('nothing became slower for sure') },
    ]);
  });

  it("is taken for the workflow's own where GitHub does not say whose token it is", async () => {
    const { server, state, tell } = await setStage();
    await tell(slower);
    server.answerNext(GRAPHQL, REFUSED);
    await tell(same);
    expect(state.comments).toHaveLength(1);
    expect(state.comments[0]?.body).toContain('nothing became slower for sure');
  });

  it('that may not be edited is a warning with what to do', async () => {
    const { server, tell, annotations } = await setStage();
    await tell(slower);
    server.answerNext('issues/update-comment', REFUSED);
    await tell(same);
    expect(annotations.map((one) => one.message)).toEqual([
      'Comment: GitHub does not allow it (403: Resource not accessible by integration). Add `pull-requests: write` under `permissions:` in the workflow; a token of your own needs the same.',
    ]);
  });

  it('is never there twice when GitHub made it and failed to say so', async () => {
    const { server, state, tell, annotations } = await setStage();
    await tell(slower);
    const [made] = state.comments.splice(0);
    if (!made) throw new Error('a comment was to be made');
    server.answerNext('issues/list-comments', { status: 200, body: [] });
    server.answerNext('issues/create-comment', BROKEN);
    state.comments.push(made);
    await tell(slower);
    expect(state.comments).toHaveLength(1);
    expect(annotations).toEqual([]);
  });

  it('is tried once more when GitHub failed to make it', async () => {
    const { server, state, tell } = await setStage();
    server.answerNext('issues/create-comment', BROKEN);
    await tell(slower);
    expect(state.comments).toHaveLength(1);
  });

  it("is not written where the event's pull request is not, nor without one", async () => {
    const { server, tell } = await setStage({ github: { pullRequest: null } });
    await tell(slower);
    const hub = await setStage({ github: { repository: 'happner/hub' } });
    await hub.tell(slower);
    expect(server.listRequests('issues/list-comments')).toEqual([]);
    expect(hub.server.listRequests('issues/list-comments')).toEqual([]);
  });
});

describe('annotations', () => {
  it('are on the file and line of what failed, once for all Node versions', async () => {
    const { tell, annotations } = await setStage();
    const on22 = createRunNews({ failing: [createFailing()] });
    const on24 = createRunNews({
      failing: [createFailing(), createFailing({ title: ['other'], line: null })],
    });
    await tell(createNews({ runs: [{ ...on22, run: { ...on22.run, nodeVersion: '22.11.0' } }, on24] }));
    expect(annotations).toEqual([
      {
        kind: 'error',
        title: 'test/router.js > Router > should match',
        message:
          'failed on Node 22.11.0, 24.1.0: expected 1 to equal 2\nAssertionError: expected 1 to equal 2\n    at Context.<anonymous> (test/router.js:12:5)',
        file: 'test/router.js',
        startLine: 12,
      },
      expect.not.objectContaining({ startLine: expect.anything() }),
    ]);
  });

  it('name no file when the measured repo is not that of the workflow', async () => {
    const { tell, annotations } = await setStage({ github: { repository: 'happner/hub' } });
    await tell(createNews({ runs: [createRunNews({ failing: [createFailing()] })] }));
    expect(annotations).toEqual([expect.not.objectContaining({ file: expect.anything() })]);
  });

  it('leave room for that of the step, and say how many there are besides', async () => {
    const { tell, annotations, notices } = await setStage();
    const failing = Array.from({ length: 12 }, (_, index) => createFailing({ title: [`number ${index}`] }));
    await tell(createNews({ runs: [createRunNews({ failing })] }));
    expect(annotations).toHaveLength(9);
    expect(notices).toEqual(['… and 3 more failures: see the summary']);
  });

  it('cut long messages', async () => {
    const { tell, annotations } = await setStage();
    const stack = `${'x'.repeat(10_000)}\n`.repeat(50);
    await tell(
      createNews({
        runs: [createRunNews({ failing: [createFailing({ stack, title: ['y'.repeat(9999)] })] })],
      }),
    );
    expect(annotations[0]?.message).toMatch(/\n… and 38 more lines$/);
    expect(annotations[0]?.message.length).toBeLessThan(7000);
    expect((annotations[0] as { title?: string }).title).toHaveLength(250);
  });
});
