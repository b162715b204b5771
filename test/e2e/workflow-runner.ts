/**
 * A stand-in for GitHub's runner that keeps its whole contract with a JavaScript action: the inputs and files of a step, its
 * log with the commands in it, state from main to post, exit codes, and how a job is cancelled. It starts a copy of
 * the bundle, in a folder without `node_modules`.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const INPUTS = (
  parse(readFileSync(join(ROOT, 'action.yml'), 'utf8')) as {
    readonly inputs: Readonly<Record<string, { readonly default?: string }>>;
  }
).inputs;

/** Builds the Action into a folder of its own, as a release holds it. */
export function buildAction(folder: string): string {
  const dist = join(folder, 'action', 'dist');
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.ts'), dist], { stdio: 'pipe' });
  return dist;
}

/** What a step left: what the runner reads of it. */
export interface StepEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Lines of the log that are no commands. */
  readonly log: string;
  readonly commands: readonly WorkflowCommand[];
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  readonly summary: string;
}

/** `::error file=a.js,line=3::what`. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly value: string;
}

export interface StartedStep {
  readonly pid: number;
  readonly ended: Promise<StepEnd>;
  /** As the runner cancels: SIGINT, and later signals where the test sends them. */
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when the log holds the text. */
  readonly told: (text: string) => Promise<void>;
}

export interface StepOptions {
  /** A checkout; the step's working folder. */
  readonly workspace: string;
  readonly repository?: string;
  readonly sha: string;
  readonly ref?: string;
  readonly event?: string;
  readonly payload?: unknown;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly serverUrl?: string;
  readonly apiUrl?: string;
  readonly variables?: Readonly<Record<string, string>>;
}

export interface WorkflowRunner {
  /** `RUNNER_TEMP`. */
  readonly temp: string;
  readonly traceyHome: string;
  readonly lockName: string;
  startMain(options: StepOptions): StartedStep;
  /** The post step of a main step, with the state it saved. */
  startPost(options: StepOptions, state: Readonly<Record<string, string>>): StartedStep;
  main(options: StepOptions): Promise<StepEnd>;
  post(options: StepOptions, state: Readonly<Record<string, string>>): Promise<StepEnd>;
}

/** A runner on a machine of its own: a home for the history and a lock nobody else uses. */
export function makeWorkflowRunner(dist: string): WorkflowRunner {
  const folder = makeTemporaryFolder();
  const temp = join(folder, 'temp');
  const home = join(folder, 'home');
  const traceyHome = join(home, 'tracey');
  const lockName = `test-${randomUUID().slice(0, 18)}`;
  for (const made of [temp, home]) mkdirSync(made);
  let steps = 0;

  function start(script: string, options: StepOptions, state: Readonly<Record<string, string>>): StartedStep {
    steps += 1;
    const place = join(folder, `step-${steps}`);
    mkdirSync(place);
    const files = makeStepFiles(place);
    const eventPath = join(place, 'event.json');
    writeFileSync(eventPath, JSON.stringify(options.payload ?? {}));
    const child = spawn(process.execPath, [join(dist, script)], {
      cwd: options.workspace,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        HOME: home,
        TRACEY_HOME: traceyHome,
        TRACEY_RUNNER: 'test-runner',
        TRACEY_LOCK: lockName,
        RUNNER_TEMP: temp,
        GITHUB_ACTIONS: 'true',
        GITHUB_WORKSPACE: options.workspace,
        GITHUB_REPOSITORY: options.repository ?? 'sample/fixture',
        GITHUB_SHA: options.sha,
        GITHUB_REF: options.ref ?? 'refs/heads/main',
        GITHUB_EVENT_NAME: options.event ?? 'push',
        GITHUB_EVENT_PATH: eventPath,
        GITHUB_RUN_ID: '4711',
        // Nobody listens there, unless the test says who does.
        GITHUB_SERVER_URL: options.serverUrl ?? 'http://127.0.0.1:9',
        GITHUB_API_URL: options.apiUrl ?? 'http://127.0.0.1:9',
        ...files.variables,
        ...computeInputs(options.inputs ?? {}),
        ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
        ...options.variables,
      },
    });
    return watchStep(child, files.read);
  }

  const runner: WorkflowRunner = {
    temp,
    traceyHome,
    lockName,
    startMain: (options) => start('main.js', options, {}),
    startPost: (options, state) => start('post.js', options, state),
    main: (options) => runner.startMain(options).ended,
    post: (options, state) => runner.startPost(options, state).ended,
  };
  return runner;
}

/** Every input is set, those that the workflow leaves out to their defaults. */
function computeInputs(written: Readonly<Record<string, string>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name of Object.keys(written)) {
    if (!Object.hasOwn(INPUTS, name)) throw new Error(`action.yml has no input ${name}.`);
  }
  for (const [name, { default: value = '' }] of Object.entries(INPUTS)) {
    const given = written[name] ?? (value.includes('github.token') ? '' : value);
    variables[`INPUT_${name.toUpperCase()}`] = given;
  }
  return variables;
}

function makeStepFiles(folder: string) {
  const paths = { output: '', state: '', env: '', path: '', step_summary: '' };
  const variables: Record<string, string> = {};
  for (const name of Object.keys(paths) as (keyof typeof paths)[]) {
    paths[name] = join(folder, name);
    writeFileSync(paths[name], '');
    variables[`GITHUB_${name.toUpperCase()}`] = paths[name];
  }
  return {
    variables,
    read: () => ({
      outputs: parseStepFile(readFileSync(paths.output, 'utf8')),
      state: parseStepFile(readFileSync(paths.state, 'utf8')),
      summary: readFileSync(paths.step_summary, 'utf8'),
    }),
  };
}

/** `name=value` lines, and `name<<DELIMITER` with lines up to the delimiter. */
function parseStepFile(text: string): Record<string, string> {
  const values: Record<string, string> = {};
  const lines = text.split('\n');
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const long = /^([^=]+?)<<(.+)$/.exec(line);
    if (long === null) {
      const equals = line.indexOf('=');
      if (equals < 1) throw new Error(`not a line of a step's file: ${line}`);
      values[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const end = lines.indexOf(long[2] ?? '', at + 1);
    if (end === -1) throw new Error(`${long[1]}: its delimiter never comes`);
    values[long[1] ?? ''] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return values;
}

function watchStep(
  child: ChildProcess,
  readFiles: () => Pick<StepEnd, 'outputs' | 'state' | 'summary'>,
): StartedStep {
  let text = '';
  const waiting: { readonly text: string; readonly resolve: () => void }[] = [];
  const check = () => {
    for (const one of waiting) if (text.includes(one.text)) one.resolve();
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      check();
    });
  }
  const ended = new Promise<StepEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      const lines = text.split('\n');
      const commands = lines.map(parseCommand).filter((command) => command !== null);
      const log = lines.filter((line) => parseCommand(line) === null).join('\n');
      resolve({ exitCode, signal, log, commands, ...readFiles() });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    kill: (signal) => child.kill(signal),
    told: (wanted) =>
      new Promise((resolve, reject) => {
        waiting.push({ text: wanted, resolve });
        check();
        ended.then(() => {
          if (!text.includes(wanted)) reject(new Error(`"${wanted}" was never told:\n${text}`));
        }, reject);
      }),
  };
}

/**
 * A line as the runner reads it: a command when it begins with `::name…::`, after white space, or has `##[name…]` anywhere
 * (actions/runner, ActionCommand.TryParseV2 and TryParse).
 */
function parseCommand(line: string): WorkflowCommand | null {
  const found =
    /^\s*::([^\s:]+)(?: (.*?))?::(.*)$/.exec(line) ?? /##\[([^\s\]]+)(?: ([^\]]*))?\](.*)$/.exec(line);
  if (found === null) return null;
  const properties: Record<string, string> = {};
  for (const part of (found[2] ?? '').split(/[,;]/)) {
    const [name = '', ...value] = part.split('=');
    if (name !== '')
      properties[name.trim()] = decodeData(value.join('=')).replaceAll('%3A', ':').replaceAll('%2C', ',');
  }
  return { name: found[1] ?? '', properties, value: decodeData(found[3] ?? '') };
}

function decodeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%');
}
