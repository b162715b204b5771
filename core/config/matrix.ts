/**
 * Many repos from one place: the entries of `repos[]` times the roles of machines, as `strategy.matrix` of a workflow
 * takes them. Pure; which event asks for which repos is the caller's business.
 */
import { ConfigError } from '../errors.ts';
import { ROLES, type Role } from '../roles.ts';
import type { RepoConfig } from './config.ts';
import { findNearest } from './describe.ts';
import { computeGitHubCron } from './github-cron.ts';

/** One job of the workflow, in the spelling of workflows. What the file does not say is an empty text. */
export interface MatrixEntry {
  /** Unlike any other of the matrix, and fit for the name of a workflow artifact: `happner.tracey.field`. */
  readonly name: string;
  /** `owner/name`. */
  readonly repository: string;
  readonly role: Role;
  readonly 'runs-on': readonly string[];
  /** `22,24`. */
  readonly 'node-version': string;
  readonly 'job-type': string;
  /** As the file has it: six fields, seconds first. */
  readonly schedule: string;
  /** The entry of `on.schedule` that starts it. */
  readonly cron: string;
}

export interface Matrix {
  readonly include: readonly MatrixEntry[];
}

/** Which entries are wanted; an empty list or text limits nothing. */
export interface MatrixFilter {
  /** `owner/name`, in whatever case. */
  readonly repositories: readonly string[];
  readonly roles: readonly Role[];
  /** `github.event.schedule`: the entry of `on.schedule` that started the workflow. */
  readonly cron: string;
}

/** Most jobs that GitHub makes of one matrix (https://docs.github.com/actions/reference/limits). */
const MAX_JOBS = 256;

/**
 * The jobs that a filter leaves, at least one, in the file's order.
 *
 * @throws ConfigError `matrix/no-repos`, `matrix/unknown-repository`, `matrix/unknown-schedule`, `matrix/too-many-jobs`
 */
export function computeMatrix(repos: readonly RepoConfig[], filter: MatrixFilter): Matrix {
  if (repos.length === 0) {
    throw new ConfigError('repos: is empty, so there is nothing to make a matrix of.', {
      code: 'matrix/no-repos',
      hint: 'List the repos to measure under repos: in .tracey.yml, each with its owner and name.',
    });
  }
  const wanted = repos
    .filter(createRepositoryFilter(repos, filter.repositories))
    .filter(createCronFilter(repos, filter.cron));
  const roles = ROLES.filter((role) => filter.roles.length === 0 || filter.roles.includes(role));
  const include = wanted.flatMap((repo) => roles.map((role) => createEntry(repo, role, repos)));
  if (include.length === 0) {
    throw new ConfigError(`No repo of ${filter.repositories.join(', ')} has the schedule "${filter.cron}".`, {
      code: 'matrix/unknown-schedule',
      hint: 'Ask for one of the two only.',
    });
  }
  if (include.length > MAX_JOBS) {
    const counted = `${wanted.length} repos on ${roles.join(' and ')} machines`;
    throw new ConfigError(
      `repos: ${counted} make ${include.length} jobs, and GitHub takes ${MAX_JOBS} in a matrix.`,
      {
        code: 'matrix/too-many-jobs',
        hint: 'Give the repos different schedules, or make a job for each role with a matrix of its own.',
      },
    );
  }
  return { include };
}

/** The cron entries that start the repos, each once, with its repos in the file's order. */
export function listCrons(
  repos: readonly RepoConfig[],
): readonly { readonly cron: string; readonly repos: readonly RepoConfig[] }[] {
  const crons = Map.groupBy(
    repos.filter(({ schedule }) => schedule !== null),
    findCron,
  );
  return [...crons].map(([cron, entries]) => ({ cron, repos: entries }));
}

export function formatRepository({ owner, name }: RepoConfig): string {
  return `${owner}/${name}`;
}

function createEntry(repo: RepoConfig, role: Role, all: readonly RepoConfig[]): MatrixEntry {
  const repository = formatRepository(repo);
  // No account has a dot in its name, and no repo a plus: what is joined here can be taken apart again.
  const job =
    all.filter((other) => isRepository(other, repository)).length > 1 ? `+${repo.jobType ?? ''}` : '';
  return {
    name: `${repo.owner}.${repo.name}${job}.${role}`,
    repository,
    role,
    'runs-on': ['self-hosted', `tracey-${role}`],
    'node-version': repo.nodeVersions?.join(',') ?? '',
    'job-type': repo.jobType ?? '',
    schedule: repo.schedule ?? '',
    cron: findCron(repo),
  };
}

function createRepositoryFilter(repos: readonly RepoConfig[], names: readonly string[]) {
  for (const name of names) {
    if (repos.some((repo) => isRepository(repo, name))) continue;
    const known = repos.map(formatRepository);
    const nearest = findNearest(name, known);
    throw new ConfigError(`repos: holds no ${JSON.stringify(name.slice(0, 150))}.`, {
      code: 'matrix/unknown-repository',
      hint: nearest
        ? `Did you mean "${nearest}"?`
        : `It holds ${formatSome(known)}. Add the repo to .tracey.yml.`,
    });
  }
  return (repo: RepoConfig) => names.length === 0 || names.some((name) => isRepository(repo, name));
}

function createCronFilter(repos: readonly RepoConfig[], text: string) {
  const cron = text.trim().replace(/\s+/g, ' ');
  const known = listCrons(repos).map((entry) => entry.cron);
  if (cron !== '' && !known.includes(cron)) {
    throw new ConfigError(`repos: no schedule makes the cron entry ${JSON.stringify(text.slice(0, 150))}.`, {
      code: 'matrix/unknown-schedule',
      hint:
        known.length === 0
          ? 'No repo has a schedule: give one to it, or take the entry out of the workflow.'
          : `The schedules make ${formatSome(known.map((one) => `"${one}"`))}. Write the workflow anew: tracey init --workflow --force.`,
    });
  }
  return (repo: RepoConfig) => cron === '' || findCron(repo) === cron;
}

function findCron({ schedule }: RepoConfig): string {
  return schedule === null ? '' : computeGitHubCron(schedule).cron;
}

function isRepository(repo: RepoConfig, name: string): boolean {
  return formatRepository(repo).toLowerCase() === name.toLowerCase();
}

function formatSome(items: readonly string[]): string {
  const unique = [...new Set(items)];
  const shown = unique.slice(0, 10).join(', ');
  return unique.length > 10 ? `${shown} and ${unique.length - 10} more` : shown;
}
