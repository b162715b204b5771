/**
 * The comment on a pull request: one for each repo, runner and job type, updated in place. It is known by a hidden mark
 * and by its author: what somebody else wrote is never touched, whatever mark it bears.
 */
import { createHash } from 'node:crypto';
import type { JobNews } from '../../core/notify/news.ts';
import type { GitHub } from './client.ts';
import type { ActionInputs } from './inputs.ts';
import { renderLink, renderWithin } from './markdown.ts';
import type { NewsContext } from './news-context.ts';
import { renderNews } from './news-markdown.ts';

/** GitHub allows 65,536 characters; a byte is at most one of them, however they are counted. */
const COMMENT_BYTES = 65_000;
const LIMITS = { changes: 20, failing: 10 } as const;
/** Whom the workflow's own token writes as. */
const ACTIONS_LOGIN = 'github-actions[bot]';
/** Comments are searched from the first on; ours comes early, or not at all. */
const SEARCHED_PAGES = 30;
const PER_PAGE = 100;

export type CommentOutcome = 'created' | 'updated' | 'unchanged' | 'not needed';

interface Place {
  readonly owner: string;
  readonly repo: string;
  readonly issueNumber: number;
}

/** Writes the comment if there is a reason to, and updates one that is there in any case, so that it never stays stale. */
export async function writeComment(
  github: GitHub,
  of: {
    readonly news: JobNews;
    readonly context: NewsContext;
    /** `changes`: only when something became slower, perhaps or for sure, or fails. */
    readonly choice: Exclude<ActionInputs['comment'], 'never'>;
    readonly issueNumber: number;
  },
): Promise<CommentOutcome> {
  const { news, context, choice, issueNumber } = of;
  const [owner = '', repo = ''] = news.repository.split('/');
  const place = { owner, repo, issueNumber };
  const mark = computeMark(news, context);
  const body = renderComment(news, context);
  const known = await findOwn(github, place, mark);
  if (known) return updateComment(github, place, { ...known, newBody: body });
  if (choice === 'changes' && !hasChanges(news)) return 'not needed';
  return createComment(github, place, { mark, body });
}

/** The text of the comment, its mark first. */
export function renderComment(news: JobNews, context: NewsContext): string {
  const { runUrl } = context.github;
  const more = runUrl === null ? [] : [renderLink('The whole summary', runUrl)];
  return renderWithin(COMMENT_BYTES, (share) => {
    const limits = {
      changes: Math.ceil(LIMITS.changes * share),
      failing: Math.ceil(LIMITS.failing * share),
      stacks: 0,
    };
    return [computeMark(news, context), renderNews(news, context, limits), ...more].join('\n\n');
  });
}

/** Hidden in the text, and the same for every job of this kind on this runner. */
function computeMark({ repository }: JobNews, { runner, jobType }: NewsContext): string {
  const key = JSON.stringify([repository.toLowerCase(), runner, jobType]);
  return `<!-- tracey ${createHash('sha256').update(key).digest('hex').slice(0, 32)} -->`;
}

function hasChanges({ runs, failures, changes }: JobNews): boolean {
  if (failures.length > 0 || runs.some(({ run }) => run.outcome !== 'passed')) return true;
  return changes.some(({ kind }) => kind !== 'refuted');
}

interface OwnComment {
  readonly id: number;
  readonly body: string;
}

async function findOwn(github: GitHub, place: Place, mark: string): Promise<OwnComment | null> {
  const { owner, repo, issueNumber } = place;
  const pages = github.paginate.iterator(github.rest.issues.listComments, {
    owner,
    repo,
    issue_number: issueNumber,
    per_page: PER_PAGE,
  });
  let login: string | null = null;
  let read = 0;
  for await (const { data } of pages) {
    for (const { id, body, user } of data) {
      if (!body?.startsWith(mark)) continue;
      login ??= await findLogin(github);
      if (user?.login === login) return { id, body };
    }
    read += 1;
    if (read >= SEARCHED_PAGES) break;
  }
  return null;
}

/** Whom the token writes as. The REST API tells the tokens of apps nothing about themselves, GraphQL does. */
async function findLogin(github: GitHub): Promise<string> {
  try {
    const { viewer } = await github.graphql<{ viewer: { login: string } }>('query { viewer { login } }');
    return viewer.login;
  } catch {
    return ACTIONS_LOGIN;
  }
}

async function updateComment(
  github: GitHub,
  { owner, repo }: Place,
  { id, body, newBody }: OwnComment & { readonly newBody: string },
): Promise<CommentOutcome> {
  // GitHub gives line breaks back as they were sent in its own form.
  if (body.replaceAll('\r\n', '\n').trim() === newBody.trim()) return 'unchanged';
  await github.rest.issues.updateComment({ owner, repo, comment_id: id, body: newBody });
  return 'updated';
}

/**
 * After a failure of GitHub's own nobody knows whether the comment is there: it is looked for before it is tried again, so
 * that there are never two.
 */
async function createComment(
  github: GitHub,
  place: Place,
  { mark, body }: { readonly mark: string; readonly body: string },
): Promise<CommentOutcome> {
  const { owner, repo, issueNumber } = place;
  const create = () =>
    github.rest.issues.createComment({
      owner,
      repo,
      issue_number: issueNumber,
      body,
      request: { retries: 0 },
    });
  try {
    await create();
  } catch (thrown) {
    if (!isUncertain(thrown)) throw thrown;
    if ((await findOwn(github, place, mark)) === null) await create();
  }
  return 'created';
}

/** Server errors, and a network that failed, which Octokit calls 500. */
function isUncertain(thrown: unknown): boolean {
  const { status } = thrown as { readonly status?: unknown };
  return typeof status === 'number' && status >= 500 && (thrown as Error).name !== 'AbortError';
}
