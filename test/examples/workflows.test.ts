import { describe, expect, it } from 'vitest';
import { renderHubWorkflow, renderRepoWorkflow } from '../../core/config/workflow-template.ts';
import { listExamples, listGenerated, parseRepos, readExample } from './all-workflows.ts';
import { findMistakes, parseWorkflowText, type Workflow } from './workflow-check.ts';

const all = [...listExamples(), ...listGenerated()];

describe("GitHub's own parser", () => {
  it.each(all)('has nothing against $name', async ({ text }) => {
    expect(await findMistakes(text)).toEqual([]);
  });

  it.each([
    ['queue: max', 'queue: all', "Unexpected value 'all'"],
    ['statuses: write', 'statuses: wright', "Unexpected value 'wright'"],
    ['steps.tracey.outputs.report', 'stps.tracey.outputs.report', "Unrecognized named-value: 'stps'"],
    ['needs: field', 'needs: fields', "depends on unknown job 'fields'"],
    ['role: field', 'rôle: field', 'there is no input rôle'],
    ['role: field', 'role: fields', 'Input role: must be'],
    ['tracey.outputs.report', 'tracey.outputs.reports', 'there is no output reports'],
  ])('and what we check besides find mistakes: %s as %s', async (right, wrong, mistake) => {
    const text = readExample('workflows/field-and-collect.yml');
    expect(text).toContain(right);
    expect((await findMistakes(text.replace(right, wrong))).join('\n')).toContain(mistake);
  });
});

describe('every workflow', () => {
  const jobs = all.flatMap(({ name, text }) =>
    Object.entries(parseWorkflowText(text).jobs).map(([id, job]) => ({ name, id, job, text })),
  );

  it.each(all)('gives its jobs no right by itself: $name', ({ text }) => {
    expect(parseWorkflowText(text).permissions).toEqual({});
  });

  it.each(all.filter(({ text }) => text.includes('happner/tracey-action')))(
    'that measures runs one after the other: $name',
    ({ text }) => {
      const one = { group: 'tracey-primary', queue: 'max', 'cancel-in-progress': false };
      expect(parseWorkflowText(text).concurrency).toEqual(one);
    },
  );

  it.each(jobs)('names the rights of each job, no more than three: $name, $id', ({ job }) => {
    expect(job.permissions).toBeDefined();
    const isDeploying = job.steps.some(({ uses }) => uses?.startsWith('actions/deploy-pages@'));
    const known = isDeploying
      ? { pages: 'write', 'id-token': 'write' }
      : { contents: 'read', statuses: 'write', 'pull-requests': 'write' };
    expect(known).toMatchObject(job.permissions ?? {});
  });

  it.each(jobs.filter(({ text }) => /^ {2}pull_request:/m.test(text)))(
    'keeps the code of forks off its machines: $name, $id',
    ({ id, job }) => {
      // What collects runs no code of the pull request, and only after a job that did.
      expect(job.if).toContain(
        id === 'collect' ? "result != 'skipped'" : 'github.event.pull_request.head.repo',
      );
    },
  );

  it.each(jobs)('keeps no token on disk and checks out no code: $name, $id', ({ job }) => {
    for (const step of job.steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'))) {
      expect(step.with).toMatchObject({ 'sparse-checkout': '.tracey.yml', 'persist-credentials': false });
    }
  });
});

describe('the examples of a hub and of field devices', () => {
  it('are what init writes', () => {
    const repos = parseRepos(readExample('hub/.tracey.yml'));
    const hub = renderHubWorkflow({ repos, roles: ['primary', 'field'], secrets: [], timeZone: null });
    expect(readExample('workflows/hub.yml')).toBe(hub);
    const own = renderRepoWorkflow(
      { repos: [], roles: ['primary', 'field'], secrets: [], timeZone: null },
      'main',
    );
    expect(readExample('workflows/field-and-collect.yml')).toBe(own);
  });
});

describe('a generated workflow', () => {
  const generated = new Map<string, { text: string; workflow: Workflow }>(
    listGenerated().map(({ name, text }) => [name, { text, workflow: parseWorkflowText(text) }]),
  );
  const get = (name: string) => {
    const found = generated.get(name);
    if (found === undefined) throw new Error(`Nothing is generated for ${name}.`);
    return found;
  };

  it("starts the ancestor's repos at their times, those without at none", () => {
    const { text, workflow } = get("the hub of the ancestor's file");
    expect(workflow.on.schedule).toEqual([{ cron: '50 0 * * *' }, { cron: '0 1 * * *' }]);
    expect(text).toContain('    - cron: "50 0 * * *" # happner/happner-cluster\n');
    expect(text).toContain('# The only way for those without a schedule: happner/tracey.\n');
  });

  it('has one entry for equal times, and says beside it what is not as the schedule has it', () => {
    const { text, workflow } = get('a hub of odd schedules');
    expect(workflow.on.schedule).toEqual([
      { cron: '0 2 * * *', timezone: 'Europe/Berlin' },
      { cron: '0 0 * * *', timezone: 'Europe/Berlin' },
      { cron: '0 2 1,15 1-3,9 0-5', timezone: 'Europe/Berlin' },
      { cron: '0 2 10,17,24,31 * *', timezone: 'Europe/Berlin' },
    ]);
    expect(text).toContain(
      `    # a/seconds: schedule "30 0 2 * * *" starts at second 30: GitHub starts on the minute, so the seconds are left out.
    - cron: "0 2 * * *" # a/seconds
`,
    );
    expect(text.match(/^ {4}# a\//gm)).toHaveLength(7);
  });

  it('of a hub asks only machines that there are', () => {
    const { text, workflow } = get('a hub without field devices');
    expect(Object.keys(workflow.jobs)).toEqual(['plan', 'measure']);
    expect(workflow.jobs['plan']?.steps[1]?.with).toMatchObject({ command: 'matrix', role: 'primary' });
    expect(text).not.toContain('upload-artifact');
    expect(get('a hub without schedules').workflow.on.schedule).toBeUndefined();
  });

  it('of a repo measures by each of its job types, on the branch whatever its name', () => {
    const { workflow } = get('a repo with two job types');
    expect(workflow.on.push?.branches).toEqual(['release/c\\+\\+\\!']);
    expect(workflow.jobs['measure']).toMatchObject({
      strategy: { matrix: { 'job-type': ['performance-tracker', 'performance-tracker-lite'] } },
    });
    expect(workflow.jobs['field']?.steps[1]?.with).toMatchObject({
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of workflows
      name: 'tracey-report-field.${{ matrix.job-type }}',
    });
  });

  it('gives the secrets that the file names to the steps that measure, and to no other', () => {
    for (const name of ['a hub with secrets', 'a repo with a secret']) {
      const steps = Object.values(get(name).workflow.jobs).flatMap((job) => job.steps);
      const withSecret = steps.filter((step) => 'SMTP_PASSWORD' in (step.env ?? {}));
      expect(withSecret.map(({ uses, id }) => `${uses} ${id}`)).toEqual(
        Array(name.includes('hub') ? 1 : 2).fill('happner/tracey-action@v1 tracey'),
      );
      // biome-ignore lint/suspicious/noTemplateCurlyInString: an expression of workflows
      expect(withSecret[0]?.env).toMatchObject({ SMTP_PASSWORD: '${{ secrets.SMTP_PASSWORD }}' });
    }
  });

  it('of a repo without field devices has the one job', () => {
    expect(Object.keys(get('a repo without a file').workflow.jobs)).toEqual(['measure']);
    expect(Object.keys(get('a repo on field devices alone').workflow.jobs)).toEqual(['field', 'collect']);
  });
});
