/** `tracey init --workflow`: writes a workflow from `.tracey.yml`, for a repo that measures itself or for a hub. */
import { join, resolve } from 'node:path';
import type { RepoConfig } from '../../core/config/config.ts';
import { formatRepository, listCrons } from '../../core/config/matrix.ts';
import {
  formatScheduleRemarks,
  renderHubWorkflow,
  renderRepoWorkflow,
  type WorkflowPlan,
} from '../../core/config/workflow-template.ts';
import { openRepository } from '../../core/repository/git.ts';
import { findDefaultBranch, findRepositoryName } from '../../core/repository/read.ts';
import type { Role } from '../../core/roles.ts';
import { formatCount } from '../../core/units.ts';
import type { CommandContext } from '../context.ts';
import { CONFIG_FILE, loadPublicConfig } from '../load-config.ts';
import { writeNewFile } from '../write-new-file.ts';

const WORKFLOW_FILE = join('.github', 'workflows', 'tracey.yml');

export interface WorkflowFlags {
  readonly print?: boolean;
  readonly force?: boolean;
  readonly role?: Role[];
  readonly timezone?: string;
}

/** Writes the workflow, or prints it, and tells what to know about it. */
export async function initWorkflow(
  path: string,
  flags: WorkflowFlags,
  { environment, terminal, signal }: CommandContext,
): Promise<void> {
  const folder = resolve(environment.workingFolder, path);
  const repository = await openRepository(folder, { inherited: environment.variables, signal });
  const name = await findRepositoryName(repository);
  const { config, variables } = await loadPublicConfig(join(folder, CONFIG_FILE), {
    environment,
    isNamed: false,
  });
  const isHub = !config.repos.every((repo) => isNamed(repo, name));
  const plan: WorkflowPlan = {
    repos: config.repos,
    secrets: variables.filter(({ isSecret }) => isSecret).map(({ name }) => name),
    roles: flags.role ?? (isHub ? ['primary', 'field'] : ['primary']),
    timeZone: flags.timezone === undefined || /^(etc\/)?utc$/i.test(flags.timezone) ? null : flags.timezone,
  };
  const text = isHub
    ? renderHubWorkflow(plan)
    : renderRepoWorkflow(plan, await findDefaultBranch(repository));
  if (flags.print) terminal.print(text.trimEnd());
  else {
    const file = join(repository.root, WORKFLOW_FILE);
    await writeNewFile(file, text, { isReplaced: flags.force === true });
    terminal.tell(
      `${file} written: ${isHub ? `a hub for ${formatCount(config.repos.length, 'repo')}` : `${name} measures itself`}`,
    );
  }
  const settings = variables.filter(({ isSecret }) => !isSecret).map(({ name }) => name);
  for (const line of [...describePlan(plan, isHub), ...describeSettings(settings)]) terminal.tell(line);
}

function describeSettings(names: readonly string[]): readonly string[] {
  if (names.length === 0) return [];
  return [`${CONFIG_FILE} names ${names.join(', ')}: set on the machines, or as env: in the workflow.`];
}

/** What to know before the workflow is committed. */
function describePlan({ repos, roles, timeZone, secrets }: WorkflowPlan, isHub: boolean): readonly string[] {
  const crons = listCrons(repos);
  return [
    ...formatScheduleRemarks(repos),
    ...(crons.length > 0 && timeZone === null
      ? ['GitHub reads schedules in UTC; --timezone Europe/Berlin writes them in another time zone.']
      : []),
    ...(secrets.length > 0
      ? [`${CONFIG_FILE} names ${secrets.join(', ')}: secrets of the repo, without which no job starts.`]
      : []),
    ...(isHub ? describeHub(repos) : []),
    ...(isHub && roles.includes('field')
      ? ['Without field devices write it with --role primary: their jobs would wait for a runner for a day.']
      : []),
    'GitHub takes schedules and requests from the default branch only: commit the workflow there.',
  ];
}

function describeHub(repos: readonly RepoConfig[]): readonly string[] {
  const asked = new Set(repos.filter(({ schedule }) => schedule === null).map(formatRepository));
  return [
    ...(asked.size > 0
      ? [`No schedule, so measured on request only (repository_dispatch): ${[...asked].join(', ')}.`]
      : []),
    'The secret TRACEY_TOKEN, a token that reads the repos and sets their statuses, is needed where they are private.',
  ];
}

/** @param name `owner/name`, or a name alone where the repository has no remote */
function isNamed(repo: RepoConfig, name: string): boolean {
  const own = name.includes('/') ? formatRepository(repo) : repo.name;
  return own.toLowerCase() === name.toLowerCase();
}
