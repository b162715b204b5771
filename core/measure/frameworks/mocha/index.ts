/** Mocha 2 to 12: found in the repo, listed by its own rules, run through its own command line by the probe. */
import { globSync, rmSync, writeFileSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import semver from 'semver';
import { JobError } from '../../../errors.ts';
import { readEvents } from '../../events.ts';
import { findScriptCommands, type ScriptCommand } from '../../npm-script.ts';
import { findPackageJson, listDependencies, type PackageJson } from '../../package-json.ts';
import { findLastLines } from '../../printed-text.ts';
import { computeProbePath } from '../../probe-files.ts';
import type { FoundFramework, Framework, FrameworkContext, Invocation } from '../framework.ts';

const OLDEST = '2.0.0';
/** Versions that are known to take their options as another process made them. */
const HANDING_ON = '8 - 12';
/** How much of what mocha printed goes into a message. */
const SHOWN_LINES = 12;
const LIST_DEADLINE_MS = 120_000;

export const mocha: Framework = {
  name: 'mocha',
  async find(repoFolder) {
    const packageJson = await findPackageJson(repoFolder);
    const installed = await findInstalled(repoFolder);
    const commands = findScriptCommands(packageJson?.scripts ?? {}, {
      isTool: isMocha,
      expandGlob: (pattern) => expandGlob(repoFolder, pattern),
    });
    const uses = commands.length > 0 || hasDependency(packageJson);
    if (!installed) {
      if (!uses) return undefined;
      throw new JobError(`${repoFolder}: its tests need mocha, and mocha is not installed.`, {
        code: 'mocha/missing',
        hint: 'Name mocha in devDependencies of package.json, run "npm install" there, and try again.',
      });
    }
    if (!uses) return undefined;
    if (semver.lt(installed.version, OLDEST)) {
      throw new JobError(`${installed.folder}: mocha ${installed.version} is too old.`, {
        code: 'mocha/too-old',
        hint: `Tracey drives mocha ${OLDEST} and newer.`,
      });
    }
    return createFound(installed, commands);
  },
};

function createFound(installed: Installed, commands: readonly ScriptCommand[]): FoundFramework {
  return {
    name: 'mocha',
    version: installed.version,
    folder: installed.realFolder,
    async listInvocations(context) {
      const starts = commands.length > 0 ? commands : [{ args: [], nodeFlags: [], env: {} }];
      const taken = new Set<string>();
      const invocations: Invocation[] = [];
      for (const start of starts) {
        const listed = await listFiles(installed, start, context);
        const files = listed.files.filter((file) => !taken.has(file));
        for (const file of files) taken.add(file);
        invocations.push({ ...listed, files });
      }
      return invocations;
    },
    prepareRun: async ({ invocation, files, scratchFolder }) => [
      ...invocation.nodeFlags,
      ...prepareProbe(scratchFolder, {
        mocha: installed.folder,
        mode: 'run',
        args: invocation.args,
        files,
        flagged: true,
        handsOn: false,
        options: invocation.handedOn,
      }),
    ],
  };
}

/** What the probe is asked, as it reads it; see probe.cjs. */
interface Asked {
  /** Folder of the mocha to drive. */
  readonly mocha: string;
  readonly mode: 'list' | 'run';
  readonly args: readonly string[];
  readonly files: readonly string[];
  /** Whether Node has been started with the flags that mocha's configuration wants for it. */
  readonly flagged: boolean;
  /** Whether what mocha makes of its options is wanted. */
  readonly handsOn: boolean;
  /** What it made of them before. */
  readonly options: string | null;
}

/** In a file, for a list of files may be longer than an argument can be. */
function prepareProbe(scratchFolder: string, asked: Asked): string[] {
  const file = join(scratchFolder, 'asked.json');
  // Nothing else is going on in Tracey between two test processes: what takes turns only takes longer. Removed first,
  // for what replaces the text of a file waits for the disk (ext4: auto_da_alloc), some ms of every test process.
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(asked), { flag: 'wx' });
  return [computeProbePath('mocha'), file];
}

/** Every mocha says in its own words that it found no files, and ends. */
const NO_FILES =
  /no test files? found|could not find any test files|no test file\(s\) found|cannot (resolve path|find any files)/i;

/** Asks mocha itself which files it would run; a second time with the flags that its configuration wants for Node. */
async function listFiles(
  installed: Installed,
  start: ScriptCommand,
  context: FrameworkContext,
): Promise<Invocation> {
  const first = await askForFiles({ installed, start, context, flags: null });
  const answer =
    first.nodeFlags.length === 0
      ? first
      : await askForFiles({ installed, start, context, flags: first.nodeFlags });
  const nodeFlags = [...start.nodeFlags, ...first.nodeFlags];
  const { ending } = answer;
  const invocation = { args: start.args, nodeFlags, env: start.env, handedOn: answer.options };
  if (answer.files !== null) return { ...invocation, files: [...new Set(answer.files)] };
  if (ending.stopped !== null) {
    throw createListError(context, `it did not answer (${ending.stopped})`, ending.output);
  }
  if (NO_FILES.test(ending.output)) return { ...invocation, files: [] };
  const how = ending.signal ?? `exit code ${ending.exitCode}`;
  throw createListError(context, `it ended with ${how}`, ending.output);
}

/** One question to mocha. `flags` are Node's, null when it is not known yet which mocha wants. */
async function askForFiles(question: {
  readonly installed: Installed;
  readonly start: ScriptCommand;
  readonly context: FrameworkContext;
  readonly flags: readonly string[] | null;
}) {
  const { installed, start, context, flags } = question;
  const events = join(context.scratchFolder, 'list.jsonl');
  rmSync(events, { force: true });
  // What the probe kept for another Node, or another way to start.
  rmSync(join(context.scratchFolder, 'compiled'), { force: true });
  const probe = prepareProbe(context.scratchFolder, {
    mocha: installed.folder,
    mode: 'list',
    args: start.args,
    files: [],
    flagged: flags !== null,
    handsOn: semver.satisfies(installed.version, HANDING_ON),
    options: null,
  });
  const ending = await context.runProcess({
    command: context.nodeExecutable,
    args: [...start.nodeFlags, ...(flags ?? []), ...probe],
    cwd: context.repoFolder,
    env: { ...start.env, ...context.env, TRACEY_EVENTS: events },
    deadlineMs: LIST_DEADLINE_MS,
  });
  let files: string[] | null = null;
  let nodeFlags: readonly string[] = [];
  let options: string | null = null;
  const damage = await readEvents(events, (event) => {
    if (event.type === 'files') files = [...(files ?? []), ...event.files];
    if (event.type === 'node-flags') nodeFlags = event.flags;
    if (event.type === 'options') options = event.options;
  });
  if (damage !== null) throw createListError(context, `its answer cannot be read: ${damage}`, ending.output);
  return {
    ending,
    files: files as readonly string[] | null,
    nodeFlags,
    options: options as string | null,
  };
}

function createListError(context: FrameworkContext, what: string, output: string): JobError {
  // Stack frames and the rest of an inspected error push out what says most.
  const printed = findLastLines(output, 10 * SHOWN_LINES)
    .filter((line) => !/^(at |[{}]|\w+: .*,$)/.test(line))
    .slice(-SHOWN_LINES)
    .map((line) => `\n  ${line}`)
    .join('');
  return new JobError(`${context.repoFolder}: mocha could not list its test files: ${what}.${printed}`, {
    code: 'mocha/list-failed',
    hint: 'Run "npx mocha" there: it is the same mocha with the same configuration.',
  });
}

interface Installed {
  readonly folder: string;
  /** `folder` with links followed. */
  readonly realFolder: string;
  readonly version: string;
}

/** The mocha that the repo would get: the nearest `node_modules/mocha` upwards. */
async function findInstalled(repoFolder: string): Promise<Installed | undefined> {
  for (let folder = repoFolder; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'mocha');
    const version = (await findPackageJson(candidate))?.version;
    if (version !== undefined && semver.valid(version)) {
      return { folder: candidate, realFolder: await realpath(candidate), version };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function hasDependency(packageJson: PackageJson | undefined): boolean {
  return packageJson !== undefined && listDependencies(packageJson).includes('mocha');
}

function isMocha(word: string): boolean {
  return /^_?mocha$|(^|\/)node_modules\/(\.bin\/_?mocha|mocha\/bin\/_?mocha(\.js)?)$/.test(word);
}

/** As `sh` does, for which `**` is no more than `*`; what matches nothing is left to mocha's own globs. */
function expandGlob(repoFolder: string, pattern: string): string[] {
  const segments = pattern.replace(/\*{2,}/g, '*').split('/');
  const asksForHidden = segments.some((segment) => /^\.[^./]/.test(segment));
  const found = globSync(segments.join('/'), { cwd: repoFolder }).sort();
  const files = asksForHidden ? found : found.filter((file) => !/(^|\/)\.[^./]/.test(file));
  return files.length > 0 ? files : [pattern];
}
