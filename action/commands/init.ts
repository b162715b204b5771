/** `tracey init`: looks at a repo and writes a commented `.tracey.yml`, or a workflow. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import semver from 'semver';
import { renderConfigTemplate } from '../../core/config/template.ts';
import { JobError } from '../../core/errors.ts';
import { computeTestEnvironment } from '../../core/measure/environment.ts';
import { findFramework } from '../../core/measure/frameworks/index.ts';
import { findPackageJson } from '../../core/measure/package-json.ts';
import { runProcess } from '../../core/measure/spawn.ts';
import { openRepository } from '../../core/repository/git.ts';
import { findRepositoryName } from '../../core/repository/read.ts';
import { ROLES } from '../../core/roles.ts';
import { formatCount } from '../../core/units.ts';
import { type CommandContext, EXIT, type ExitCode } from '../context.ts';
import { parseRoles, parseTimeZone } from '../flags.ts';
import { CONFIG_FILE } from '../load-config.ts';
import { DEFAULT_JOB_TYPE } from '../plan-job.ts';
import { writeNewFile } from '../write-new-file.ts';
import { initWorkflow, type WorkflowFlags } from './init-workflow.ts';

const NODE_LINES = ['22', '24'];

const EXAMPLES = `
Examples:
  tracey init
  tracey init ../express --print        look at it first
  tracey init --workflow                how GitHub runs it: for the repo itself, or for all repos of the file
  tracey init --workflow --role primary --timezone Europe/Berlin`;

interface Flags extends WorkflowFlags {
  readonly workflow?: boolean;
}

export function addInitCommand(
  program: Command,
  context: CommandContext,
  end: (code: ExitCode) => void,
): void {
  program
    .command('init')
    .argument('[path]', "the repo's checkout", '.')
    .summary('write a .tracey.yml for a repo, or a workflow from it')
    .description(
      'Looks at a repo, its test framework and its tests, and writes a commented .tracey.yml into it.',
    )
    .option('--print', 'print it instead of writing it')
    .option('--force', 'replace the one that is there')
    .addHelpText('after', EXAMPLES)
    .option('--workflow', 'write .github/workflows/tracey.yml instead: how GitHub runs what .tracey.yml says')
    .option('--role <roles>', `with --workflow: on which machines, ${ROLES.join(',')}`, parseRoles)
    .option(
      '--timezone <name>',
      'with --workflow: of the schedules, Europe/Berlin (default: UTC)',
      parseTimeZone,
    )
    .action(async (path: string, flags: Flags) => {
      if (flags.workflow) await initWorkflow(path, flags, context);
      else await initConfig(path, flags, context);
      end(EXIT.fine);
    });
}

async function initConfig(path: string, flags: Flags, context: CommandContext): Promise<void> {
  const { environment, terminal, signal } = context;
  const folder = resolve(environment.workingFolder, path);
  const repository = await openRepository(folder, { inherited: environment.variables, signal });
  const [owner = '', name = owner] = (await findRepositoryName(repository)).split('/');
  const tests = await findTests(folder, context);
  const text = renderConfigTemplate({
    owner,
    name,
    framework: tests.framework,
    testFileCount: tests.count,
    nodeLines: await findNodeLines(folder),
    jobType: DEFAULT_JOB_TYPE,
  });
  if (flags.print) {
    terminal.print(text.trimEnd());
    return;
  }
  const file = join(folder, CONFIG_FILE);
  await writeNewFile(file, text, { isReplaced: flags.force === true });
  terminal.tell(`${file} written: ${formatCount(tests.count, 'test file')} found. Next: tracey run ${path}`);
}

/** The framework and how many test files it would run; what cannot be found out is told and left open. */
async function findTests(
  repoFolder: string,
  { environment, terminal, signal }: CommandContext,
): Promise<{ framework: string | null; count: number }> {
  const scratchFolder = await mkdtemp(join(tmpdir(), 'tracey-init-'));
  try {
    const framework = await findFramework(repoFolder);
    const invocations = await framework.listInvocations({
      repoFolder,
      nodeExecutable: process.execPath,
      scratchFolder,
      env: {},
      runProcess: (options) =>
        runProcess({
          ...options,
          signal,
          env: computeTestEnvironment({
            inherited: environment.variables,
            nodeFolder: dirname(process.execPath),
            repoFolder,
            mark: 'init',
            own: options.env,
          }),
        }),
    });
    return {
      framework: framework.name,
      count: invocations.reduce((sum, { files }) => sum + files.length, 0),
    };
  } catch (thrown) {
    if (!(thrown instanceof JobError)) throw thrown;
    terminal.tell(`${thrown.message}${thrown.hint ? `\n${thrown.hint}` : ''}`);
    return { framework: null, count: 0 };
  } finally {
    await rm(scratchFolder, { recursive: true, force: true });
  }
}

/** Lines of Node that the repo says it works on, of those that most people run. */
async function findNodeLines(folder: string): Promise<string[]> {
  const range = (await findPackageJson(folder))?.engines.node;
  if (range === undefined || semver.validRange(range) === null) return NODE_LINES;
  return NODE_LINES.filter((line) => semver.intersects(range, `${line}.x`));
}
