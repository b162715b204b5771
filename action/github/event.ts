/**
 * What started the workflow, as the runner tells it: which repo, which commit, which pull request. The payload is
 * GitHub's, but branch names, titles and labels in it are written by anybody.
 */
import { readFile } from 'node:fs/promises';
import { ConfigError, formatThrown } from '../../core/errors.ts';
import type { Variables } from '../../core/measure/environment.ts';
import { z } from '../../core/zod.ts';

export interface GitHubContext {
  /** `owner/name` of the workflow's repo. */
  readonly repository: string;
  /** Of the event: what `GITHUB_SHA` says; for a pull request the head of its branch. */
  readonly sha: string;
  /** Branch that the commit was pushed to, or is in the pull request; null for a tag. */
  readonly branch: string | null;
  readonly event: string;
  readonly pullRequest: PullRequest | null;
  /** The entry of `on.schedule` that is due; null for another event. */
  readonly schedule: string | null;
  /** `https://github.com` or an Enterprise server's. */
  readonly serverUrl: string;
  /** `https://api.github.com` or an Enterprise server's. */
  readonly apiUrl: string;
  /** The workflow run's page; null outside GitHub. */
  readonly runUrl: string | null;
}

export interface PullRequest {
  readonly number: number;
  readonly headSha: string;
  /** Tip of the branch to merge into when the event happened. */
  readonly baseSha: string;
  readonly baseBranch: string;
  /** `owner/name` that the head is in; null when that repo is gone. */
  readonly headRepository: string | null;
  readonly isFork: boolean;
  /** The label that was given in this event; null when the event is another. */
  readonly givenLabel: string | null;
}

const sha = z.string().regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/);

const pullRequestSchema = z.object({
  number: z.int().positive(),
  head: z.object({ sha, ref: z.string(), repo: z.object({ full_name: z.string() }).nullish() }),
  base: z.object({ sha, ref: z.string(), repo: z.object({ full_name: z.string() }) }),
});

const payloadSchema = z.object({
  action: z.string().optional(),
  schedule: z.string().optional(),
  label: z.object({ name: z.string() }).optional(),
  pull_request: pullRequestSchema.optional(),
});
type Payload = z.infer<typeof payloadSchema>;

/**
 * Reads what the runner says of the event.
 *
 * @throws ConfigError `github/no-context` outside a workflow, `github/bad-event`
 */
export async function readGitHubContext(variables: Variables): Promise<GitHubContext> {
  const get = (name: string) => {
    const value = variables[name];
    if (value !== undefined && value !== '') return value;
    throw new ConfigError(`${name}: is not set, so this is no step of a workflow.`, {
      code: 'github/no-context',
      hint: 'On a machine of your own use the command line: tracey run.',
    });
  };
  const repository = get('GITHUB_REPOSITORY');
  const event = get('GITHUB_EVENT_NAME');
  const payload = await readPayload(variables['GITHUB_EVENT_PATH']);
  const pullRequest = findPullRequest(payload);
  const serverUrl = variables['GITHUB_SERVER_URL'] || 'https://github.com';
  const runId = variables['GITHUB_RUN_ID'];
  const ref = variables['GITHUB_REF'] ?? '';
  return {
    repository,
    sha: pullRequest?.headSha ?? parseSha(get('GITHUB_SHA')),
    branch: payload.pull_request?.head.ref ?? /^refs\/heads\/(.+)$/s.exec(ref)?.[1] ?? null,
    event,
    pullRequest,
    schedule: payload.schedule ?? null,
    serverUrl,
    apiUrl: variables['GITHUB_API_URL'] || 'https://api.github.com',
    runUrl: runId ? `${serverUrl}/${repository}/actions/runs/${runId}` : null,
  };
}

async function readPayload(path: string | undefined): Promise<Payload> {
  if (!path) return {};
  try {
    return payloadSchema.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    const what = cause instanceof z.ZodError ? z.prettifyError(cause) : formatThrown(cause);
    throw new ConfigError(`${path}: the event cannot be read: ${what}`, {
      code: 'github/bad-event',
      hint: 'Start the workflow again; if it stays, report it with the name of the event.',
      cause,
    });
  }
}

function findPullRequest(payload: Payload): PullRequest | null {
  const { pull_request: found, action, label } = payload;
  if (found === undefined) return null;
  const headRepository = found.head.repo?.full_name ?? null;
  return {
    number: found.number,
    headSha: found.head.sha,
    baseSha: found.base.sha,
    baseBranch: found.base.ref,
    headRepository,
    // A head whose repo is gone was a fork: a branch of this repo cannot lose it.
    isFork: headRepository?.toLowerCase() !== found.base.repo.full_name.toLowerCase(),
    givenLabel: action === 'labeled' ? (label?.name ?? null) : null,
  };
}

function parseSha(text: string): string {
  if (sha.safeParse(text).success) return text;
  throw new ConfigError(`GITHUB_SHA: must be the SHA of a commit, got ${JSON.stringify(text)}.`, {
    code: 'github/no-context',
    hint: 'On a machine of your own use the command line: tracey run.',
  });
}
