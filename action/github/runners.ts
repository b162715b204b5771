/** What GitHub has for runners of one's own: registrations, removals, the newest version; and what a token may do. */
import { ConfigError, JobError } from '../../core/errors.ts';
import type { GitHub } from './client.ts';
import { createProblem } from './problems.ts';

/** Whose runners: an organisation's, or one repository's. */
export type RunnerOwner =
  | { readonly kind: 'organisation'; readonly org: string }
  | { readonly kind: 'repository'; readonly owner: string; readonly repo: string };

export interface RunnerPlace {
  /** `https://api.github.com`, or an Enterprise server's. */
  readonly apiUrl: string;
  readonly owner: RunnerOwner;
}

/** Asking about somebody's runners. */
export interface RunnerAccess extends RunnerPlace {
  readonly github: GitHub;
  readonly token: string;
}

export interface RunnerRelease {
  readonly version: string;
  readonly url: string;
  /** Of the archive, 64 digits. */
  readonly sha256: string;
}

/**
 * The page of an organisation or repository, as a place for runners.
 *
 * @throws ConfigError `github/bad-runner-url`
 */
export function parseRunnerUrl(text: string): RunnerPlace {
  const url = URL.canParse(text) ? new URL(text) : null;
  const [first, second, ...more] = url?.pathname.split('/').filter((part) => part !== '') ?? [];
  if (url?.protocol !== 'https:' || first === undefined || more.length > 0 || url.username !== '') {
    throw new ConfigError(
      `--url: must be the page of an organisation or a repository, got "${text.slice(0, 200)}".`,
      {
        code: 'github/bad-runner-url',
        hint: 'For example: https://github.com/happner or https://github.com/happner/happn-3',
      },
    );
  }
  return {
    apiUrl: url.host === 'github.com' ? 'https://api.github.com' : `${url.origin}/api/v3`,
    owner:
      second === undefined
        ? { kind: 'organisation', org: first }
        : { kind: 'repository', owner: first, repo: second },
  };
}

/** A token that registers a runner, or removes one, within the hour. */
export async function createRunnerToken(
  access: RunnerAccess,
  purpose: 'registration' | 'removal',
): Promise<string> {
  const { owner } = access;
  const { actions } = access.github.rest;
  return ask(access, async () => {
    if (owner.kind === 'organisation') {
      const { data } = await (purpose === 'registration'
        ? actions.createRegistrationTokenForOrg({ org: owner.org })
        : actions.createRemoveTokenForOrg({ org: owner.org }));
      return data.token;
    }
    const { data } = await (purpose === 'registration'
      ? actions.createRegistrationTokenForRepo({ owner: owner.owner, repo: owner.repo })
      : actions.createRemoveTokenForRepo({ owner: owner.owner, repo: owner.repo }));
    return data.token;
  });
}

/** A configuration for a runner that takes one job, as the runner takes it. */
export async function createOneJobRunner(
  access: RunnerAccess,
  runner: { readonly name: string; readonly labels: readonly string[] },
): Promise<string> {
  const { owner } = access;
  const { actions } = access.github.rest;
  const settings = {
    name: runner.name,
    labels: [...runner.labels],
    runner_group_id: 1,
    work_folder: '_work',
  };
  return ask(access, async () => {
    const { data } = await (owner.kind === 'organisation'
      ? actions.generateRunnerJitconfigForOrg({ org: owner.org, ...settings })
      : actions.generateRunnerJitconfigForRepo({ owner: owner.owner, repo: owner.repo, ...settings }));
    return data.encoded_jit_config;
  });
}

/** The newest runner for `linux-x64` or `linux-arm64`, with the checksum that GitHub computed of its archive. */
export async function findRunnerRelease(
  { github, apiUrl }: { readonly github: GitHub; readonly apiUrl: string },
  platform: string,
): Promise<RunnerRelease> {
  const { data } = await readNewestRelease(github, apiUrl);
  const version = data.tag_name.replace(/^v/, '');
  const asset = data.assets.find(({ name }) => name === `actions-runner-${platform}-${version}.tar.gz`);
  const sha256 = /^sha256:([0-9a-f]{64})$/.exec(asset?.digest ?? '')?.[1];
  if (asset === undefined || sha256 === undefined) {
    throw new JobError(`GitHub: its runner ${version} has no archive for ${platform} with a checksum.`, {
      code: 'github/no-runner-release',
      hint: 'Take it from the page of the release, and name it: install.sh --runner-archive ... --runner-sha256 ...',
    });
  }
  return { version, url: asset.browser_download_url, sha256 };
}

async function readNewestRelease(github: GitHub, apiUrl: string) {
  try {
    return await github.rest.repos.getLatestRelease({ owner: 'actions', repo: 'runner' });
  } catch (thrown) {
    throw createProblem(thrown, {
      what: "GitHub's runner",
      permission: 'contents: read',
      repository: 'actions/runner',
      isFork: false,
      token: '',
      apiUrl,
    });
  }
}

const RIGHTS =
  'It takes a token of your own that may administer runners: "Administration: write" for a repository, "Self-hosted runners: write" for an organisation.';

/** @throws JobError as of `createProblem`, with what to do about a missing right */
async function ask<Answer>(
  { owner, apiUrl, token }: RunnerAccess,
  question: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await question();
  } catch (thrown) {
    const problem = createProblem(thrown, {
      what: 'Runners',
      permission: 'administration: write',
      repository: owner.kind === 'organisation' ? owner.org : `${owner.owner}/${owner.repo}`,
      isFork: false,
      token,
      apiUrl,
    });
    if (!(problem instanceof JobError) || !isAboutRights(problem)) throw problem;
    throw new JobError(problem.message, { code: problem.code, hint: RIGHTS, cause: thrown });
  }
}

function isAboutRights({ code }: JobError): boolean {
  return ['github/forbidden', 'github/not-found', 'github/unauthorized'].includes(code);
}
