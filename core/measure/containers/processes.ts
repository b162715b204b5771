/**
 * Tested processes in a container: one more way to run a process, with the same ends as the one on the machine. The container
 * lives through all processes of a run, and is replaced when one of them has used it up.
 */
import {
  chmodSync,
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  truncateSync,
} from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { JobError } from '../../errors.ts';
import { formatBytes } from '../../units.ts';
import { computeTestEnvironment } from '../environment.ts';
import type { RunProcess } from '../host.ts';
import { computeProbeFolders } from '../probe-files.ts';
import type { SpawnResult } from '../spawn.ts';
import { type Fate, INSIDE, type Mount, type OpenContainer } from './container.ts';
import type { Ended } from './keeper.ts';
import type { Limits, LimitsInForce } from './limits.ts';
import { listLeftOut, type Place } from './place.ts';

/** As in spawn.ts. */
const OUTPUT_BYTES = 16_384;
/** How long a keeper may take to end a process before the container is ended. */
const STOP_GRACE_MS = 10_000;

export interface ProcessesOptions {
  readonly place: Place;
  readonly limits: Limits;
  /** Folders in the container's memory, which tests may fill. */
  readonly memoryFolders: readonly string[];
  /** A private folder on this machine. */
  readonly scratchFolder: string;
  /** Variables that the image sets. */
  readonly imageEnv: Readonly<Record<string, string>>;
  /** In the environment of every process, see leftovers.ts. */
  readonly mark: string;
  readonly signal: AbortSignal;
  readonly open: (mounts: readonly Mount[]) => Promise<OpenContainer>;
  readonly log: (line: string) => void;
}

export interface ContainerProcesses {
  /** Where what goes in is to be put: the scratch folder of whoever runs processes. */
  readonly sharedFolder: string;
  /** As the engine has them. */
  readonly limits: LimitsInForce;
  readonly runProcess: RunProcess;
  readonly close: () => Promise<void>;
}

/**
 * Makes a container, and runs processes in it.
 *
 * @throws JobError `container/cannot-copy`, or what openContainer throws
 */
export async function openProcesses(options: ProcessesOptions): Promise<ContainerProcesses> {
  const { place, limits, signal } = options;
  const sharedFolder = join(options.scratchFolder, 'shared');
  const events = join(options.scratchFolder, 'events');
  mkdirSync(sharedFolder, { mode: 0o755 });
  chmodSync(sharedFolder, 0o755);
  closeSync(openSync(events, 'wx'));
  chmodSync(events, 0o666);
  const translate = createTranslation(sharedFolder);
  let current: OpenContainer | null = null;

  async function provide(): Promise<OpenContainer> {
    if (current !== null) return current;
    const container = await options.open([
      { from: place.source, to: INSIDE.source, isWritable: false },
      ...(place.modules === null
        ? []
        : [{ from: place.modules, to: join(place.root, 'node_modules'), isWritable: false }]),
      { from: sharedFolder, to: INSIDE.scratch, isWritable: false },
      { from: events, to: INSIDE.events, isWritable: true },
    ]);
    current = container;
    await copyIn(container, place);
    return container;
  }

  async function replace(): Promise<void> {
    const used = current;
    current = null;
    await used?.close();
  }

  /** The file inside is one for all processes; outside it has the name that is asked for, as long as that is wanted. */
  function provideEvents(file: string): void {
    truncateSync(events);
    rmSync(file, { force: true });
    // Read by another user, whatever our own mask of rights is.
    for (const name of readdirSync(sharedFolder)) chmodSync(join(sharedFolder, name), 0o644);
    chmodSync(events, 0o666);
    linkSync(events, file);
  }

  const first = await provide().catch(async (thrown: unknown) => {
    await replace().catch(() => undefined);
    throw thrown;
  });
  return {
    sharedFolder,
    limits: first.limits,
    async runProcess(asked) {
      const container = await provide();
      const { TRACEY_EVENTS: file, ...own } = asked.env;
      if (file !== undefined) provideEvents(file);
      const startedMs = performance.now();
      let killed: SpawnResult['stopped'] = null;
      const kill = (why: SpawnResult['stopped']) => {
        killed = why;
        void container.kill();
      };
      const timers: NodeJS.Timeout[] = [];
      const stop = () => {
        container.keeper.stop('aborted');
        timers.push(setTimeout(() => kill('aborted'), STOP_GRACE_MS));
      };
      if (asked.deadlineMs !== undefined) {
        timers.push(setTimeout(() => kill('deadline'), asked.deadlineMs + STOP_GRACE_MS));
      }
      const answering = container.keeper.order({
        type: 'run',
        command: asked.command,
        args: asked.args.map(translate),
        cwd: asked.cwd,
        env: computeInsideEnvironment(options, {
          nodeExecutable: container.ready.executable,
          own: { ...own, ...(file === undefined ? {} : { TRACEY_EVENTS: INSIDE.events }) },
        }),
        deadlineMs: asked.deadlineMs ?? null,
        outputBytes: asked.outputBytes ?? OUTPUT_BYTES,
        tellsOutput: false,
        rooms: options.memoryFolders,
      });
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      const answer = await answering;
      signal.removeEventListener('abort', stop);
      for (const timer of timers) clearTimeout(timer);

      if (answer?.type === 'ended') {
        const { result, isUsedUp } = describeEnd(answer, limits);
        if (isUsedUp) {
          if (result.limit !== undefined) options.log(`the container is replaced: ${result.limit}`);
          await replace();
        }
        return result;
      }
      if (answer !== null) throw createRefusal(asked.command, 'message' in answer ? answer.message : '');
      const fate = await container.readFate('tests were running');
      await replace();
      const limit = fate.ranOutOfMemory ? describeMemory(limits) : describeFate(fate);
      const durationMs = performance.now() - startedMs;
      return {
        exitCode: null,
        signal: 'SIGKILL',
        stopped: killed,
        durationMs,
        output: '',
        stdout: '',
        limit,
      };
    },
    close: replace,
  };
}

async function copyIn({ keeper, readFate }: OpenContainer, place: Place): Promise<void> {
  const answer = await keeper.order({
    type: 'copy',
    from: INSIDE.source,
    to: place.root,
    skipped: listLeftOut(),
  });
  if (answer?.type === 'copied') return;
  const what = answer?.type === 'refused' ? answer.message : describeFate(await readFate('it was filled'));
  throw new JobError(`${place.root}: the repo cannot be copied into its container: ${what}.`, {
    code: 'container/cannot-copy',
    hint: 'The repo has to fit into "disk" and "memory", and the container\'s user must be able to read it.',
  });
}

function createRefusal(command: string, message: string): JobError {
  return new JobError(`${command}: could not be started in the container: ${message}.`, {
    code: 'spawn/failed',
    hint: 'Check that the image has it, and what the limits leave.',
  });
}

/** A process's end as one on the machine would have had it, and whether its container is fit for another. */
function describeEnd(ended: Ended, limits: Limits): { result: SpawnResult; isUsedUp: boolean } {
  const { exitCode, stopped, durationMs, output } = ended;
  const hits = [
    ended.oomKills > 0 ? describeMemory(limits) : null,
    ended.full ? `what it wrote filled its disk (${formatBytes(limits.diskBytes)})` : null,
    ended.refusedProcesses > 0 ? `it wanted more than ${limits.pids} processes` : null,
  ].filter((hit) => hit !== null);
  const signal = ended.signal !== null && ended.signal in constants.signals ? ended.signal : null;
  return {
    result: {
      exitCode,
      signal: signal as NodeJS.Signals | null,
      stopped,
      durationMs,
      output,
      stdout: '',
      ...(hits.length === 0 ? {} : { limit: hits.join(', ') }),
    },
    isUsedUp: hits.length > 0,
  };
}

function describeFate({ ranOutOfMemory, exitCode }: Fate): string {
  return `its container ${ranOutOfMemory ? 'ran out of memory' : `ended with exit code ${exitCode}`}`;
}

function describeMemory({ memoryBytes }: Limits): string {
  return `its container ran out of memory (${formatBytes(memoryBytes)})`;
}

/** Nothing of this machine's environment goes in: what the image sets, and what every tested process gets. */
function computeInsideEnvironment(
  { imageEnv, mark, place }: ProcessesOptions,
  of: { readonly nodeExecutable: string; readonly own: Readonly<Record<string, string>> },
): Record<string, string> {
  const { PATH, ...image } = imageEnv;
  return computeTestEnvironment({
    inherited: { PATH, HOME: '/tmp' },
    nodeFolder: dirname(of.nodeExecutable),
    repoFolder: place.repoFolder,
    mark,
    own: { ...image, ...of.own },
  });
}

/** Paths of this machine that have others inside. */
function createTranslation(sharedFolder: string): (argument: string) => string {
  const { probe, frameworks } = computeProbeFolders();
  const folders = [
    [probe, INSIDE.probe],
    [frameworks, INSIDE.frameworks],
    [`${sharedFolder}/`, INSIDE.scratch],
  ] as const;
  return (argument) => {
    const found = folders.find(([outside]) => argument.startsWith(outside));
    return found === undefined ? argument : found[1] + argument.slice(found[0].length);
  };
}
