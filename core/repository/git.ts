/**
 * Running git on a checkout that is not ours: it reads, never writes, runs no hook, no pager and no file system
 * monitor that the repository's configuration may name, asks no questions, and sees no secret of the job.
 */
import { stat } from 'node:fs/promises';
import { JobError } from '../errors.ts';
import { computeToolEnvironment, type Variables } from '../measure/environment.ts';
import { findExecutables } from '../measure/executables.ts';
import { cleanLine, findLastLines } from '../measure/printed-text.ts';
import { runProcess } from '../measure/spawn.ts';

/** A git work tree that was found to be one. */
export interface Repository {
  /** Absolute path of the folder that was asked for: the root of the work tree, or below it. */
  readonly folder: string;
  /** Absolute path of the root of the work tree. */
  readonly root: string;
  readonly git: GitOptions;
}

export interface GitOptions {
  /** The job's own environment, for `PATH` and `HOME`. */
  readonly inherited: Variables;
  readonly signal?: AbortSignal | undefined;
  /** More variables for git, e.g. credentials for one server. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** The end of stdout and stderr as they came. */
  readonly output: string;
}

/** Configuration that would run programs of the repository's choosing, or change what git prints. */
const SAFE_CONFIGURATION = [
  'core.fsmonitor=false',
  'core.hooksPath=/dev/null',
  'core.pager=cat',
  'core.quotePath=false',
  'log.showSignature=false',
  'advice.detachedHead=false',
  'gc.auto=0',
  'maintenance.auto=false',
].flatMap((setting) => ['-c', setting]);

/** English, so that messages can be told apart; no lock on the index, so that reading stays reading. */
const GIT_VARIABLES = {
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_PAGER: 'cat',
  LANGUAGE: 'C',
  LC_ALL: 'C',
};

const DEADLINE_MS = 10 * 60 * 1000;
const STDOUT_BYTES = 64 * 1024 * 1024;

/**
 * Finds the work tree that a folder is in.
 *
 * @throws JobError `repository/no-folder`, `repository/no-git`, `repository/not-a-work-tree`,
 *   `repository/dubious-ownership`, `repository/interrupted`
 */
export async function openRepository(folder: string, git: GitOptions): Promise<Repository> {
  await checkFolder(folder);
  const { exitCode, stdout, output } = await runGit(['rev-parse', '--show-toplevel'], { folder, git });
  const root = stdout.replace(/\n$/, '');
  if (exitCode === 0 && root !== '') return { folder, root, git };
  if (output.includes('dubious ownership') || output.includes('unsafe repository')) {
    throw new JobError(`${folder}: git refuses to read it because it belongs to another user.`, {
      code: 'repository/dubious-ownership',
      hint: `Run Tracey as its owner, or \`git config --global --add safe.directory '${folder}'\`.`,
    });
  }
  const isBare = output.includes('must be run in a work tree');
  throw new JobError(
    `${folder}: ${isBare ? 'is a git repository without a work tree' : 'is not in a git work tree'}.`,
    {
      code: 'repository/not-a-work-tree',
      hint: 'Name the folder of a checkout, or make it one: `git init`, `git add .`, `git commit`.',
    },
  );
}

/**
 * Runs git in a folder; whatever its exit code, that is a result.
 *
 * @throws JobError `repository/no-git`, `repository/interrupted`, `repository/git-failed` when it had to be ended,
 *   `spawn/stdout-limit`
 */
export async function runGit(
  args: readonly string[],
  place: { readonly folder: string; readonly git: GitOptions; readonly stdoutBytes?: number },
): Promise<GitResult> {
  const { folder, git } = place;
  const [executable] = findExecutables('git', git.inherited['PATH']);
  if (executable === undefined) {
    throw new JobError('git: is not on PATH.', {
      code: 'repository/no-git',
      hint: 'Install git; every run is recorded with its commit.',
    });
  }
  const result = await runProcess({
    command: executable,
    args: [...SAFE_CONFIGURATION, ...args],
    cwd: folder,
    env: { ...computeToolEnvironment(git.inherited), ...GIT_VARIABLES, ...git.variables },
    signal: git.signal,
    deadlineMs: DEADLINE_MS,
    stdoutBytes: place.stdoutBytes ?? STDOUT_BYTES,
  });
  if (result.stopped === 'aborted') {
    throw new JobError(`${folder}: interrupted while running git.`, {
      code: 'repository/interrupted',
      cause: git.signal?.reason,
    });
  }
  if (result.exitCode === null) throw createGitError({ args, folder, output: result.output });
  return { exitCode: result.exitCode, stdout: result.stdout, output: result.output };
}

/**
 * Runs git, and takes a failure for one.
 *
 * @returns what it printed to stdout
 * @throws JobError `repository/git-failed` with the last it printed, and as {@link runGit}
 */
export async function readGit(
  args: readonly string[],
  place: { readonly folder: string; readonly git: GitOptions; readonly stdoutBytes?: number },
): Promise<string> {
  const { exitCode, stdout, output } = await runGit(args, place);
  if (exitCode !== 0) throw createGitError({ args, folder: place.folder, output });
  return stdout;
}

function createGitError(failure: {
  readonly args: readonly string[];
  readonly folder: string;
  readonly output: string;
}): JobError {
  const { args, folder, output } = failure;
  const printed = findLastLines(output, 3).join(' / ') || 'it printed nothing';
  return new JobError(`${folder}: git ${cleanLine(args[0] ?? '')} failed: ${printed.replace(/\.+$/, '')}.`, {
    code: 'repository/git-failed',
    hint: 'Run `git status` and `git fsck` in that folder to see whether the repository is sound.',
  });
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch((cause: unknown) => {
    throw new JobError(`${folder}: there is no such folder.`, {
      code: 'repository/no-folder',
      hint: 'Name the folder of a checkout.',
      cause,
    });
  });
  if (found.isDirectory()) return;
  throw new JobError(`${folder}: is not a folder.`, {
    code: 'repository/no-folder',
    hint: 'Name the folder of a checkout.',
  });
}
