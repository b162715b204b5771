/** The examples, run: by act, on the Action as a release has it. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { reportSchema } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import { act } from '../../scripts/peers/act.ts';
import { buildAction, makeWorkflowRunner } from '../e2e/workflow-runner.ts';
import { readExample } from '../examples/all-workflows.ts';
import { type ActMachine, completeAction, makeActMachine } from './act-machine.ts';
import { requireInstalled } from './installed-peer.ts';

const TESTS = {
  'test/numbers.js': `describe('numbers', function () { it('adds', function () {}); it('subtracts', function () {}); });`,
};

let action = '';
beforeAll(() => {
  const folder = mkdtempSync(join(tmpdir(), 'tracey-act-'));
  action = completeAction(buildAction(folder));
  return () => rmSync(folder, { recursive: true, force: true });
});

async function makeMachine(context: { skip(reason: string): void }): Promise<ActMachine> {
  return makeActMachine({ program: await requireInstalled(context, act), action });
}

/** What a machine's database holds, as far as it is the same each time. */
async function listRuns(machine: ActMachine, role: 'primary' | 'field') {
  const store = openStore({ file: machine.findDatabase(role), readonly: true });
  const runs = await store.listRuns({ limit: 100 });
  await store.close();
  return runs
    .map(({ repository, role, runner, outcome }) => `${repository}: ${outcome} on ${runner} (${role})`)
    .sort();
}

// Another Node would have to be fetched.
const NODE = { both: '22, 24', one: '24' };

describe('the example', () => {
  it('push.yml measures the commit of a push', async (context) => {
    const machine = await makeMachine(context);
    const workflow = readExample('workflows/push.yml').replace(NODE.both, NODE.one);
    const repo = machine.addRepository('own', { workflow, files: TESTS });
    const run = await machine.run(repo, 'push');
    expect(run, run.log).toMatchObject({ exitCode: 0, jobs: { Measure: 'success' } });
    expect(await listRuns(machine, 'primary')).toEqual(['happner/own: passed on a-primary (primary)']);
    expect(existsSync(machine.findDatabase('field'))).toBe(false);
  });

  it('push.yml is red when a test fails, and the run is kept', async (context) => {
    const machine = await makeMachine(context);
    const workflow = readExample('workflows/push.yml').replace(NODE.both, NODE.one);
    const files = { 'test/bad.js': "it('fails', function () { throw new Error('three is not four'); });" };
    const run = await machine.run(machine.addRepository('own', { workflow, files }), 'push');
    expect(run, run.log).toMatchObject({ exitCode: 1, jobs: { Measure: 'failure' } });
    expect(run.log).toContain('three is not four');
    expect(await listRuns(machine, 'primary')).toEqual(['happner/own: failed on a-primary (primary)']);
  });

  it('field-and-collect.yml brings what a field device measured to the primary, once', async (context) => {
    const machine = await makeMachine(context);
    const workflow = readExample('workflows/field-and-collect.yml');
    const repo = machine.addRepository('own', { workflow, files: TESTS });
    const both = ['happner/own: passed on a-field (field)', 'happner/own: passed on a-primary (primary)'];
    const jobs = { Measure: 'success', 'Measure in the field': 'success', 'Collect reports': 'success' };
    const run = await machine.run(repo, 'push');
    expect(run, run.log).toMatchObject({ exitCode: 0, jobs });
    expect(run.log).toContain('1 run stored, 0 known already');
    expect(await listRuns(machine, 'primary')).toEqual(both);
    expect(await listRuns(machine, 'field')).toEqual(['happner/own: passed on a-field (field)']);
    expect(Object.keys(machine.readArtifacts())).toEqual(['tracey-report-field']);
  });

  it('field-and-collect.yml sends the same report as the Action started by hand gives', async (context) => {
    const machine = await makeMachine(context);
    const workflow = readExample('workflows/field-and-collect.yml');
    const repo = machine.addRepository('own', { workflow, files: TESTS });
    await machine.run(repo, 'push');
    const sent = machine.readArtifacts()['tracey-report-field'] ?? '';
    const end = await makeWorkflowRunner(join(action, 'dist')).main({
      workspace: repo.folder,
      repository: 'happner/own',
      sha: repo.sha,
      inputs: { role: 'field' },
      variables: { TRACEY_RUNNER: 'a-field' },
    });
    const byHand = readFileSync(end.outputs['report'] ?? '', 'utf8');
    expect(describeReport(sent)).toEqual(describeReport(byHand));
    expect(describeReport(sent)).toMatchObject([
      { commit: repo.sha, role: 'field', totals: { tests: 2 }, tests: ['adds', 'subtracts'] },
    ]);
  });

  it('field-and-collect.yml collects the failures of a field device, too', async (context) => {
    const machine = await makeMachine(context);
    const workflow = readExample('workflows/field-and-collect.yml');
    const files = { 'test/bad.js': "it('fails', function () { throw new Error('three is not four'); });" };
    const run = await machine.run(machine.addRepository('own', { workflow, files }), 'push');
    expect(run.jobs, run.log).toEqual({
      Measure: 'failure',
      'Measure in the field': 'failure',
      'Collect reports': 'success',
    });
    expect(await listRuns(machine, 'primary')).toHaveLength(2);
  });

  describe.each(['pull-request.yml', 'field-and-collect.yml'])('%s', (name) => {
    const workflow = readExample(`workflows/${name}`).replace(NODE.both, NODE.one);
    const event = (repo: { readonly sha: string }, from: string, label?: string) => ({
      action: label === undefined ? 'opened' : 'labeled',
      ...(label === undefined ? {} : { label: { name: label } }),
      pull_request: {
        number: 7,
        head: { sha: repo.sha, ref: 'topic', repo: { full_name: from, fork: from !== 'happner/own' } },
        base: { sha: repo.sha, ref: 'main', repo: { full_name: 'happner/own' } },
      },
    });

    it.for<[string, string | undefined]>([
      ['mallory/own', undefined],
      ['mallory/own', 'question'],
      ['happner/own', 'question'],
    ])('starts no job for a pull request from %s, label %s', async ([from, label], context) => {
      const machine = await makeMachine(context);
      const repo = machine.addRepository('own', { workflow, files: TESTS });
      const run = await machine.run(repo, 'pull_request', event(repo, from, label));
      expect(run, run.log).toMatchObject({ exitCode: 0, jobs: {} });
      expect(existsSync(machine.findDatabase('primary'))).toBe(false);
    });

    it.for<[string, string | undefined]>([
      ['mallory/own', 'tracey'],
      ['happner/own', undefined],
    ])('measures a pull request from %s, label %s', async ([from, label], context) => {
      const machine = await makeMachine(context);
      const repo = machine.addRepository('own', { workflow, files: TESTS });
      const run = await machine.run(repo, 'pull_request', event(repo, from, label));
      expect(run, run.log).toMatchObject({ exitCode: 0, jobs: { Measure: 'success' } });
      expect(await listRuns(machine, 'primary')).toContain('happner/own: passed on a-primary (primary)');
    });
  });

  describe('hub.yml', () => {
    /** A hub, and its repos that are not the hub's own. */
    async function makeHub(context: { skip(reason: string): void }) {
      const machine = await makeMachine(context);
      const config = readExample('hub/.tracey.yml').replaceAll('["22", "24"]', '["24"]');
      const repos = ['happn-3', 'happner-2', 'happner-cluster', 'tracey'].map((name) =>
        machine.addRepository(name, {
          files: name === 'happner-cluster' ? { 'test/func/numbers.js': TESTS['test/numbers.js'] } : TESTS,
        }),
      );
      const files = { '.tracey.yml': config };
      const hub = machine.addRepository('hub', { workflow: readExample('workflows/hub.yml'), files });
      return { machine, hub, repos };
    }
    const both = (name: string) => [
      `happner/${name}: passed on a-field (field)`,
      `happner/${name}: passed on a-primary (primary)`,
    ];

    it('measures the repos whose schedule is due, on each role, and collects', async (context) => {
      const { machine, hub } = await makeHub(context);
      const run = await machine.run(hub, 'schedule', { schedule: '0 1 * * *' });
      expect(run.exitCode, run.log).toBe(0);
      expect(run.jobs).toMatchObject({ 'Which repos': 'success', 'Collect reports': 'success' });
      expect(await listRuns(machine, 'primary')).toEqual([...both('happn-3'), ...both('happner-2')]);
      expect(await listRuns(machine, 'field')).toHaveLength(2);
    });

    it.for<[string, unknown, string]>([
      [
        'repository_dispatch',
        { action: 'tracey', client_payload: { repository: 'happner/tracey' } },
        'tracey',
      ],
      ['workflow_dispatch', { inputs: { repository: 'happner/happner-cluster' } }, 'happner-cluster'],
    ])('measures the repo that a %s asks for', async ([event, payload, name], context) => {
      const { machine, hub } = await makeHub(context);
      const run = await machine.run(hub, event, payload);
      expect(run.exitCode, run.log).toBe(0);
      expect(await listRuns(machine, 'primary')).toEqual(both(name));
    });

    it('measures the commit that is asked for, not what has come since', async (context) => {
      const { machine, hub, repos } = await makeHub(context);
      const repo = repos.find(({ folder }) => folder.endsWith('/tracey'));
      if (repo === undefined) throw new Error('There is no such repo.');
      repo.commit('Later');
      machine.publish(repo);
      const asked = { repository: 'happner/tracey', sha: repo.sha };
      await machine.run(hub, 'repository_dispatch', { action: 'tracey', client_payload: asked });
      const artifacts = Object.values(machine.readArtifacts());
      expect(artifacts.flatMap(describeReport)).toMatchObject([{ commit: repo.sha, role: 'field' }]);
    });

    it('is red before anything runs when it is asked for a repo that it does not list', async (context) => {
      const { machine, hub } = await makeHub(context);
      const payload = { action: 'tracey', client_payload: { repository: 'happner/trace' } };
      const run = await machine.run(hub, 'repository_dispatch', payload);
      expect(run, run.log).toMatchObject({ exitCode: 1, jobs: { 'Which repos': 'failure' } });
      expect(Object.keys(run.jobs)).toEqual(['Which repos']);
      expect(run.log).toContain('Did you mean "happner/tracey"?');
    });
  });
});

/** What two measurements of the same commit have in common. */
function describeReport(text: string) {
  return reportSchema.parse(JSON.parse(text)).runs.map((run) => {
    const { repository, commit, commitDetails, runner, role, jobType, nodeVersion, outcome, samples } = run;
    return {
      ...{ repository, commit, commitDetails, runner, role, jobType, nodeVersion, outcome, samples },
      totals: { ...run.totals, durationMs: null },
      // Not the fingerprint: it holds the way from the checkout to the mocha outside of it.
      files: run.files.map(({ path, outcome }) => ({ path, outcome })),
      tests: run.files.flatMap(({ tests }) => tests.map(({ title }) => title.at(-1))),
    };
  });
}
