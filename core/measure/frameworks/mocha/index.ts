/** Mocha 2 to 12: found in the repo, listed by its own rules, run through its own command line by the probe. */
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import semver from 'semver';
import { JobError } from '../../../errors.ts';
import { readEvents } from '../../events.ts';
import { createInterpreter } from '../../interpret.ts';
import { findScriptCommands, type ScriptCommand } from '../../npm-script.ts';
import { findPackageJson, type PackageJson } from '../../package-json.ts';
import { computeProbePath } from '../../probe-files.ts';
import type { FoundFramework, Framework, FrameworkContext, Invocation } from '../framework.ts';

const OLDEST = '2.0.0';
const LIST_DEADLINE_MS = 120_000;

export const mocha: Framework = {
  name: 'mocha',
  async find(repoFolder) {
    const packageJson = await findPackageJson(repoFolder);
    const installed = await findInstalled(repoFolder);
    const commands = findScriptCommands(packageJson?.scripts ?? {}, isMocha);
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
    computeArguments: (invocation, files) => [
      ...invocation.nodeFlags,
      computeProbePath('mocha'),
      JSON.stringify({ mocha: installed.folder, mode: 'run', args: invocation.args, files }),
    ],
  };
}

/** Asks mocha itself which files it would run; a second time with the flags that its configuration wants for Node. */
async function listFiles(
  installed: Installed,
  start: ScriptCommand,
  context: FrameworkContext,
): Promise<Invocation> {
  let nodeFlags = start.nodeFlags;
  for (const flagged of [false, true]) {
    const events = join(context.scratchFolder, 'list.jsonl');
    await rm(events, { force: true });
    const asked = { mocha: installed.folder, mode: 'list', args: start.args, files: [], flagged };
    const ending = await context.runProcess({
      command: context.nodeExecutable,
      args: [...nodeFlags, computeProbePath('mocha'), JSON.stringify(asked)],
      cwd: context.repoFolder,
      env: { ...start.env, ...context.env, TRACEY_EVENTS: events },
      deadlineMs: LIST_DEADLINE_MS,
    });
    const interpreter = createInterpreter(context.repoFolder, []);
    let listed = false;
    const damage = await readEvents(events, (event) => {
      listed ||= event.type === 'files';
      interpreter.add(event);
    });
    if (damage !== null) throw cannotList(context, `its answer cannot be read: ${damage}`, ending.output);
    if (listed) return { files: interpreter.readListed(), args: start.args, nodeFlags, env: start.env };
    const wanted = interpreter.readNodeFlags();
    if (!flagged && wanted.length > 0) {
      nodeFlags = [...nodeFlags, ...wanted];
      continue;
    }
    if (ending.stopped !== null)
      throw cannotList(context, `it did not answer (${ending.stopped})`, ending.output);
    // Every mocha says so in its own words, and ends without asking for files.
    if (
      /no test files? found|could not find any test files|no test file\(s\) found|cannot (resolve path|find any files)/i.test(
        ending.output,
      )
    ) {
      return { files: [], args: start.args, nodeFlags, env: start.env };
    }
    throw cannotList(
      context,
      `it ended with ${ending.signal ?? `exit code ${ending.exitCode}`}`,
      ending.output,
    );
  }
  throw cannotList(context, 'it asks for flags of Node without end', '');
}

function cannotList(context: FrameworkContext, what: string, output: string): JobError {
  const printed = output.trim() === '' ? '' : `\n${output.trim()}`;
  return new JobError(`${context.repoFolder}: mocha could not list its test files: ${what}.${printed}`, {
    code: 'mocha/list-failed',
    hint: 'Run "npx mocha --dry-run" there: the same mocha with the same configuration is used.',
  });
}

interface Installed {
  readonly folder: string;
  readonly version: string;
}

/** The mocha that the repo would get: the nearest `node_modules/mocha` upwards. */
async function findInstalled(repoFolder: string): Promise<Installed | undefined> {
  for (let folder = repoFolder; ; folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', 'mocha');
    const version = (await findPackageJson(candidate))?.version;
    if (version !== undefined && semver.valid(version)) return { folder: candidate, version };
    if (dirname(folder) === folder) return undefined;
  }
}

function hasDependency(packageJson: PackageJson | undefined): boolean {
  return (
    packageJson !== undefined &&
    ('mocha' in packageJson.devDependencies || 'mocha' in packageJson.dependencies)
  );
}

function isMocha(word: string): boolean {
  return /^(.*\/)?(node_modules\/\.bin\/mocha|node_modules\/mocha\/bin\/(_mocha|mocha(\.js)?))$|^_?mocha$/.test(
    word,
  );
}
