// biome-ignore-all lint/suspicious/noTemplateCurlyInString: workflows hold ${{ expressions }} as text.
/**
 * act (https://github.com/nektos/act) as a machine with our runners: it runs a workflow's jobs as processes on this one,
 * each role with a home of its own. What stands in for GitHub: repositories in a folder, which git is told to take for
 * https://github.com/, and the actions of test/fixtures/actions. Nobody answers as GitHub's API: the jobs have no token.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { makeRepository, type SampleRepository } from '../repository/sample-repository.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const STAND_INS = join(ROOT, 'test', 'fixtures', 'actions');

/** The action's name in workflows → the folder that act takes for it. */
const ACTIONS: Readonly<Record<string, string>> = {
  'actions/checkout@v7': join(STAND_INS, 'checkout'),
  'actions/upload-artifact@v7': join(STAND_INS, 'upload-artifact'),
  'actions/download-artifact@v8': join(STAND_INS, 'download-artifact'),
};

export interface WorkflowRun {
  readonly exitCode: number | null;
  readonly log: string;
  /** Jobs in the order of their ends, as act names them, with whether they succeeded. */
  readonly jobs: Readonly<Record<string, 'success' | 'failure'>>;
}

export interface ActMachine {
  /** A repository that https://github.com/ has as `happner/<name>`, with a mocha of its own. */
  addRepository(
    name: string,
    content: { readonly workflow?: string; readonly files: Readonly<Record<string, string>> },
  ): SampleRepository & { readonly sha: string };
  /** Makes its newest commit that of https://github.com/. */
  publish(repository: SampleRepository): void;
  /** The database of the machine with this role. */
  findDatabase(role: 'primary' | 'field'): string;
  /** What the workflow's jobs uploaded: the text of each artifact's one file. */
  readArtifacts(): Readonly<Record<string, string>>;
  /** Runs the repository's `.github/workflows/tracey.yml` for an event. */
  run(repository: SampleRepository, event: string, payload?: unknown): Promise<WorkflowRun>;
}

/**
 * A machine.
 *
 * @param action folder with the Action as a release has it
 */
export function makeActMachine({
  program,
  action,
}: {
  readonly program: string;
  readonly action: string;
}): ActMachine {
  const folder = makeTemporaryFolder();
  const home = join(folder, 'home');
  const server = join(folder, 'github');
  for (const made of [home, server, join(folder, 'artifacts')]) mkdirSync(made);
  writeFileSync(join(home, '.gitconfig'), `[url "file://${server}/"]\n  insteadOf = https://github.com/\n`);
  const env = {
    // act runs actions with the first Node on PATH: the one that runs the tests.
    PATH: `${dirname(process.execPath)}:${process.env['PATH']}`,
    HOME: home,
    TRACEY_LOCK: `test-${randomUUID().slice(0, 18)}`,
    STAND_IN_ARTIFACTS: join(folder, 'artifacts'),
  };
  const findPublished = ({ folder: of }: SampleRepository) => join(server, 'happner', `${basename(of)}.git`);
  return {
    addRepository(name, { workflow, files }) {
      const repository = makeRepository(name);
      repository.git('remote', 'add', 'origin', `https://github.com/happner/${name}.git`);
      repository.write('package.json', formatPackageJson());
      if (workflow !== undefined)
        repository.write('.github/workflows/tracey.yml', prepareForAct(workflow, { homes: folder }));
      for (const [path, content] of Object.entries(files)) repository.write(path, content);
      const sha = repository.commit('Begin');
      const published = findPublished(repository);
      mkdirSync(dirname(published), { recursive: true });
      repository.git('clone', '--quiet', '--bare', repository.folder, published);
      repository.git('-C', published, 'config', 'uploadpack.allowAnySHA1InWant', 'true');
      return { ...repository, sha };
    },
    publish: (repository) => repository.git('push', '--quiet', findPublished(repository), 'main'),
    findDatabase: (role) => join(folder, role, 'tracey.db'),
    readArtifacts() {
      const files = globSync('*/*/*', { cwd: env.STAND_IN_ARTIFACTS }).sort();
      return Object.fromEntries(
        files.map((file) => [
          basename(dirname(file)),
          readFileSync(join(env.STAND_IN_ARTIFACTS, file), 'utf8'),
        ]),
      );
    },
    run(repository, event, payload = {}) {
      const eventFile = join(folder, `event-${randomUUID()}.json`);
      writeFileSync(eventFile, JSON.stringify(payload));
      const labels = ['self-hosted', 'ubuntu-latest', 'tracey-primary', 'tracey-field'];
      const actions = Object.entries({ ...ACTIONS, 'happner/tracey-action@v1': action });
      const args = [
        event,
        `--eventpath=${eventFile}`,
        ...labels.map((label) => `--platform=${label}=-self-hosted`),
        ...actions.map(([name, place]) => `--local-repository=${name}=${place}`),
        ...Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
        '--no-skip-checkout',
        '--no-cache-server',
        '--pull=false',
        '--defaultbranch=main',
      ];
      return start(program, { args, folder: repository.folder, env });
    },
  };
}

/**
 * A workflow as act takes it. It refuses `queue` and `timezone`, which GitHub has since 2026, and all its jobs run on one
 * machine: each role gets the variables that tell two machines apart.
 */
function prepareForAct(text: string, machines: { readonly homes: string }): string {
  const workflow = parse(text);
  delete workflow.concurrency.queue;
  for (const entry of workflow.on.schedule ?? []) delete entry.timezone;
  for (const job of Object.values<{ 'runs-on': unknown; env?: unknown }>(workflow.jobs)) {
    const label = JSON.stringify(job['runs-on']);
    const role = label.includes('matrix.')
      ? '${{ matrix.role }}'
      : label.includes('field')
        ? 'field'
        : 'primary';
    job.env = { TRACEY_HOME: join(machines.homes, role), TRACEY_RUNNER: `a-${role}` };
  }
  return stringify(workflow);
}

/** A package whose tests run by a mocha that its package manager finds on this machine. */
function formatPackageJson(): string {
  const mocha = `file:${join(ROOT, 'node_modules', 'mocha')}`;
  return JSON.stringify({ name: 'fixture', scripts: { test: 'mocha' }, devDependencies: { mocha } });
}

/** The Action as a release has it: `action.yml` and the bundle beside it. */
export function completeAction(dist: string): string {
  const folder = dirname(dist);
  cpSync(join(ROOT, 'action.yml'), join(folder, 'action.yml'));
  return folder;
}

function start(
  program: string,
  options: { readonly args: readonly string[]; readonly folder: string; readonly env: NodeJS.ProcessEnv },
): Promise<WorkflowRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, options.args, {
      cwd: options.folder,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let log = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        log += chunk;
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, log, jobs: findJobs(log) }));
  });
}

/** `[Tracey/measure] 🏁  Job succeeded`. */
function findJobs(log: string): Record<string, 'success' | 'failure'> {
  const ended = log.matchAll(/^\[[^\]]*?\/(.+?)\s*\] 🏁 {2}Job (succeeded|failed)/gmu);
  return Object.fromEntries(
    [...ended].map(([, name = '', how]) => [name, how === 'succeeded' ? 'success' : 'failure']),
  );
}
