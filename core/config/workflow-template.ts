// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows hold ${{ expressions }} as text.
/**
 * The workflows that `tracey init --workflow` writes: one for a repo that measures itself, one for a hub that measures
 * many. It only makes text; what there is to measure and where the file goes are the command's business.
 */
import type { Role } from '../roles.ts';
import type { RepoConfig } from './config.ts';
import { computeGitHubCron } from './github-cron.ts';
import { formatRepository, listCrons } from './matrix.ts';

/** What a workflow is made from. */
export interface WorkflowPlan {
  /** The entries of `repos[]`; for a repo of its own all are about that repo. */
  readonly repos: readonly RepoConfig[];
  /** At least one; on a field device results are sent to the primary. */
  readonly roles: readonly Role[];
  /** Variables that the file needs; they are secrets of the repo, each under its own name. */
  readonly secrets: readonly string[];
  /** IANA name, `Europe/Berlin`; null for UTC. */
  readonly timeZone: string | null;
}

const ACTION = 'happner/tracey-action@v1';

/** The workflow of a repo that measures its own commits. */
export function renderRepoWorkflow(plan: WorkflowPlan, branch: string): string {
  const jobTypes = [...new Set(plan.repos.flatMap(({ jobType }) => jobType ?? []))];
  // One job type is what the Action finds in the file by itself.
  const several = jobTypes.length > 1 ? jobTypes : [];
  const withField = plan.roles.includes('field');
  return joinBlocks([
    `# Measures every commit of ${formatComment(branch)}, and pull requests, on the repo's own runners.
# Written by: tracey init --workflow`,
    'name: Tracey',
    `on:
  push:
    branches: [${quote(formatBranchPattern(branch))}]
  pull_request:
    types: [opened, synchronize, reopened, labeled]
${renderSchedule(plan) || SCHEDULE_EXAMPLE}  workflow_dispatch:`,
    CONCURRENCY,
    'permissions: {}',
    `jobs:\n${plan.roles.map((role) => renderOwnJob(role, several, plan.secrets)).join('\n\n')}`,
    ...(withField ? [renderCollectJob('field')] : []),
  ]);
}

/** The workflow of a hub, whose `.tracey.yml` lists the repos to measure. */
export function renderHubWorkflow(plan: WorkflowPlan): string {
  const withField = plan.roles.includes('field');
  return joinBlocks([
    `# Measures the repos of .tracey.yml from one place. Schedules are read from there when this file is written,
# everything else when it runs. Written by: tracey init --workflow`,
    'name: Tracey',
    `on:
${renderSchedule(plan)}${renderRequests(plan.repos)}
  workflow_dispatch:
    inputs:
      repository:
        description: owner/name of .tracey.yml; all of them when left empty
        type: string
        required: false
      ref:
        description: commit, branch or tag of it; the newest commit when left empty
        type: string
        required: false`,
    CONCURRENCY,
    'permissions: {}',
    `jobs:\n${renderPlanJob(plan.roles)}`,
    renderHubJob(plan),
    ...(withField ? [renderCollectJob('measure')] : []),
  ]);
}

/** What to tell about schedules: one line for each remark, `owner/name: schedule "…" …`. */
export function formatScheduleRemarks(repos: readonly RepoConfig[]): readonly string[] {
  return repos.flatMap((repo) =>
    repo.schedule === null
      ? []
      : computeGitHubCron(repo.schedule).remarks.map(
          (remark) => `${formatRepository(repo)}: schedule "${repo.schedule}" ${remark}.`,
        ),
  );
}

const SCHEDULE_EXAMPLE = `  # schedule:
  #   - cron: "0 2 * * *" # UTC
`;

const CONCURRENCY = `# One run after the other, in the order in which they came, none dropped.
concurrency:
  group: tracey-primary
  queue: max
  cancel-in-progress: false`;

const CHECKOUT_CONFIG = `      - uses: actions/checkout@v7
        with:
          sparse-checkout: .tracey.yml
          sparse-checkout-cone-mode: false
          persist-credentials: false`;

const FORK_GUARD = `    # A fork's pull request brings its own code to the machine: only when a maintainer gives it the label "tracey".
    if: >-
      github.event_name != 'pull_request' ||
      (github.event.action == 'labeled' && github.event.label.name == 'tracey') ||
      (github.event.action != 'labeled' && github.event.pull_request.head.repo.full_name == github.repository)`;

function renderPlanJob(roles: readonly Role[]): string {
  return `  plan:
    name: Which repos
    runs-on: ubuntu-latest # [self-hosted, tracey-primary] where there are no runners of GitHub's
    permissions:
      contents: read # .tracey.yml
    outputs:
      matrix: \${{ steps.tracey.outputs.matrix }}
    steps:
${CHECKOUT_CONFIG}
      # repos[] times the roles; after a schedule only the repos that have it.
      - uses: ${ACTION}
        id: tracey
        with:
          command: matrix
          repository: \${{ inputs.repository || github.event.client_payload.repository }}${roles.length === 1 ? `\n          role: ${roles[0]}` : ''}`;
}

function renderHubJob({ roles, secrets }: WorkflowPlan): string {
  const upload = roles.includes('field')
    ? `\n${renderUpload("matrix.role == 'field'", '${{ matrix.name }}')}`
    : '';
  return `  measure:
    name: \${{ matrix.repository }} \${{ matrix.job-type }} (\${{ matrix.role }})
    needs: plan
    strategy:
      fail-fast: false
      matrix: \${{ fromJSON(needs.plan.outputs.matrix) }}
    runs-on: \${{ matrix.runs-on }}
    permissions:
      contents: read # .tracey.yml
    steps:
${CHECKOUT_CONFIG}
      - uses: ${ACTION}
        id: tracey${renderSecrets(secrets)}
        with:
          repository: \${{ matrix.repository }}
          ref: \${{ inputs.ref || github.event.client_payload.sha }}
          job-type: \${{ matrix.job-type }}
          role: \${{ matrix.role }}
          # The workflow's own token knows no other repo: private ones, and commit statuses, need one that does.
          token: \${{ secrets.TRACEY_TOKEN || github.token }}${upload}`;
}

/** A job that measures the workflow's own repo; with several job types, each on its own. */
function renderOwnJob(role: Role, jobTypes: readonly string[], secrets: readonly string[]): string {
  const steps = `    steps:
      # No checkout: Tracey fetches the exact commit itself, and the history that it compares with.
      - uses: ${ACTION}
        id: tracey${renderSecrets(secrets)}`;
  const several = jobTypes.length > 0;
  const strategy = several
    ? `    strategy:
      fail-fast: false
      matrix:
        job-type: [${jobTypes.map(quote).join(', ')}]
`
    : '';
  const jobType = '\n          job-type: ${{ matrix.job-type }}';
  if (role === 'primary') {
    return `  measure:
    name: Measure${several ? ' by ${{ matrix.job-type }}' : ''}
${FORK_GUARD}
    runs-on: [self-hosted, tracey-primary]
    permissions:
      contents: read # fetch the commit
      statuses: write # set its status
      pull-requests: write # comment on the pull request
${strategy}${steps}${several ? `\n        with:${jobType}` : ''}`;
  }
  return `  field:
    name: Measure in the field${several ? ' by ${{ matrix.job-type }}' : ''}
${FORK_GUARD}
    runs-on: [self-hosted, tracey-field]
    permissions:
      contents: read # fetch the commit
${strategy}${steps}
        with:
          role: field
          # The primary's job tells people.
          status: false
          comment: never${several ? jobType : ''}
${renderUpload('', several ? 'field.${{ matrix.job-type }}' : 'field')}`;
}

/** The variables of the configuration, for the one step that reads it. */
function renderSecrets(names: readonly string[]): string {
  if (names.length === 0) return '';
  const lines = names.map((name) => `\n          ${name}: \${{ secrets.${name} }}`);
  return `\n        env: # what .tracey.yml names; tested code does not see it${lines.join('')}`;
}

/** @param condition of the step, besides that there is a report; empty for none */
function renderUpload(condition: string, name: string): string {
  const all = ['!cancelled()', "steps.tracey.outputs.report != ''", condition].filter((one) => one !== '');
  return `      # The primary keeps the one database: the report goes there, whether tests failed or not.
      - uses: actions/upload-artifact@v7
        if: \${{ ${all.join(' && ')} }}
        with:
          name: tracey-report-${name}
          path: \${{ steps.tracey.outputs.report }}
          if-no-files-found: error
          overwrite: true # when the job is run again
          retention-days: 7`;
}

/** @param job the one whose reports it takes in */
function renderCollectJob(job: string): string {
  return `  collect:
    name: Collect reports
    needs: ${job}
    if: \${{ !cancelled() && needs.${job}.result != 'skipped' }}
    runs-on: [self-hosted, tracey-primary]
    permissions: {}
    steps:
      - uses: actions/download-artifact@v8
        with:
          pattern: tracey-report-*
          path: reports
      - uses: ${ACTION}
        with:
          command: collect
          reports: reports`;
}

/** The key `schedule` with a line break at its end; nothing when no repo has one. */
function renderSchedule({ repos, timeZone }: WorkflowPlan): string {
  const crons = listCrons(repos);
  if (crons.length === 0) return '';
  const lines = crons.flatMap(({ cron, repos: started }) => [
    ...formatScheduleRemarks(started).map((remark) => `    # ${remark}`),
    `    - cron: ${quote(cron)} # ${formatNames(started)}`,
    ...(timeZone === null ? [] : [`      timezone: ${quote(timeZone)}`]),
  ]);
  return `  schedule:${timeZone === null ? ' # UTC' : ''}\n${lines.join('\n')}\n`;
}

function renderRequests(repos: readonly RepoConfig[]): string {
  const asked = repos.filter(({ schedule }) => schedule === null);
  const only = `\n  # The only way for those without a schedule: ${formatNames(asked)}.`;
  return `  # A repo asks for itself: event type "tracey", client payload {"repository": "owner/name", "sha": "…"}.${asked.length === 0 ? '' : only}
  repository_dispatch:
    types: [tracey]`;
}

function formatNames(repos: readonly RepoConfig[]): string {
  return [...new Set(repos.map(formatRepository))].join(', ');
}

/** A branch's name where a pattern is expected. */
function formatBranchPattern(branch: string): string {
  return branch.replace(/[*?+[\]!]/g, '\\$&');
}

/** A comment ends with its line, so whatever a name holds must stay on it. */
function formatComment(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, ' ');
}

function quote(text: string): string {
  return JSON.stringify(text);
}

function joinBlocks(blocks: readonly string[]): string {
  return `${blocks.join('\n\n')}\n`;
}
