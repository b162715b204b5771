/** Every workflow that people get from us: the examples, and what `tracey init --workflow` writes in each of its forms. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { RepoConfig } from '../../core/config/config.ts';
import { parsePublicConfig } from '../../core/config/parse.ts';
import {
  renderHubWorkflow,
  renderRepoWorkflow,
  type WorkflowPlan,
} from '../../core/config/workflow-template.ts';
import { options } from '../config/options.ts';

const ROOT = new URL('../../', import.meta.url);

export interface NamedWorkflow {
  readonly name: string;
  readonly text: string;
}

export function readExample(path: string): string {
  return readFileSync(new URL(`examples/${path}`, ROOT), 'utf8');
}

export function listExamples(): readonly NamedWorkflow[] {
  const folder = fileURLToPath(new URL('examples/workflows', ROOT));
  return readdirSync(folder).map((name) => ({ name, text: readExample(`workflows/${name}`) }));
}

/** The entries of a `.tracey.yml`. */
export function parseRepos(text: string): readonly RepoConfig[] {
  return parsePublicConfig(text, options).config.repos;
}

const ancestor = readFileSync(new URL('test/config/fixtures/ancestor.yml', ROOT), 'utf8');

/** Schedules of every kind that is changed on its way to GitHub. */
const ODD = `
repos:
  - { owner: a, name: seconds, schedule: "30 0 2 * * *" }
  - { owner: a, name: often, schedule: "* */2 * * * *" }
  - { owner: a, name: days, schedule: "0 0 2 1,15 jan-MAR,9 mon-5,7" }
  - { owner: a, name: step, schedule: "0 0 2 10/7 * *" }
  - { owner: a, name: plain }
`;

export function listGenerated(): readonly NamedWorkflow[] {
  const plan = (text: string, more: Partial<WorkflowPlan> = {}): WorkflowPlan => ({
    repos: parseRepos(text),
    roles: ['primary', 'field'],
    secrets: [],
    timeZone: null,
    ...more,
  });
  const own = 'repos: [{ owner: a, name: b, schedule: "0 5 4 * * *" }]';
  const two =
    'repos: [{ owner: a, name: b, job_type: performance-tracker }, { owner: a, name: b, job_type: performance-tracker-lite }]';
  const hub = (name: string, what: WorkflowPlan) => ({ name, text: renderHubWorkflow(what) });
  const repo = (name: string, what: WorkflowPlan, branch = 'main') => ({
    name,
    text: renderRepoWorkflow(what, branch),
  });
  return [
    hub("the hub of the ancestor's file", plan(ancestor)),
    hub('a hub of odd schedules', plan(ODD, { timeZone: 'Europe/Berlin' })),
    hub('a hub without field devices', plan(ancestor, { roles: ['primary'] })),
    hub('a hub without schedules', plan('repos: [{ owner: a, name: b }, { owner: a, name: c }]')),
    repo('a repo without a file', plan('', { roles: ['primary'] })),
    repo('a repo with a schedule', plan(own, { roles: ['primary'], timeZone: 'America/New_York' })),
    repo('a repo with field devices', plan(own)),
    hub('a hub with secrets', plan(ancestor, { secrets: ['SMTP_PASSWORD', 'GITHUB_TOKEN'] })),
    repo('a repo with a secret', plan(own, { secrets: ['SMTP_PASSWORD'] })),
    repo('a repo on field devices alone', plan(own, { roles: ['field'] })),
    repo('a repo with two job types', plan(two), 'release/c++!'),
  ];
}
