/**
 * One container with a keeper in it: made, limited, checked, and removed. The repo lies in it at the same path as on this
 * machine, in memory, so that what tests tell of files holds on both sides and what they write stays inside.
 */
import { type Duplex, Writable } from 'node:stream';
import type Docker from 'dockerode';
import type { Container, ContainerCreateOptions } from 'dockerode';
import { JobError } from '../../errors.ts';
import { computeProbeFolders } from '../probe-files.ts';
import { ask, createLostError, findStatus, formatAnswer } from './engine.ts';
import type { Image } from './image.ts';
import { createKeeper, type Keeper, type Ready } from './keeper.ts';
import { computeLabels, removeContainer } from './labels.ts';
import { checkLimits, computeHostLimits, type Limits, type LimitsInForce, readLimits } from './limits.ts';
import { noteTrace, type Owner } from './traces.ts';

/** Where our own parts are inside. */
export const INSIDE = {
  probe: '/tracey/probe/',
  frameworks: '/tracey/frameworks/',
  scratch: '/tracey/scratch/',
  events: '/tracey/events',
  source: '/tracey/source',
} as const;

/** How long Node may take to start in there: an image is read from the disk for the first time. */
const START_DEADLINE_MS = 120_000;
/** For an engine that is restarted to come back, or to be done with what it is doing, so that nothing stays on it. */
const RETURN_DEADLINE_MS = 15_000;
const RETURN_INTERVAL_MS = 250;

export interface Mount {
  readonly from: string;
  readonly to: string;
  readonly isWritable: boolean;
}

export interface ContainerOptions {
  readonly socketPath: string;
  readonly image: Image;
  readonly limits: Limits;
  readonly owner: Owner;
  /** Id of the run that it is for, or what else. */
  readonly run: string;
  readonly mounts: readonly Mount[];
  /** Folders in memory that may be written to, each up to the disk's limit. */
  readonly memoryFolders: readonly string[];
}

export interface OpenContainer {
  readonly id: string;
  readonly ready: Ready;
  readonly keeper: Keeper;
  /** As the engine has them. */
  readonly limits: LimitsInForce;
  /** How it ended, when the line to it was cut while something was going on: `tests were running`. */
  readonly readFate: (during: string) => Promise<Fate>;
  /** Ends everything in it at once. */
  readonly kill: () => Promise<void>;
  /** Removes it; waits a while for an engine that is just restarted. */
  readonly close: () => Promise<void>;
}

/** Why a container is no more, as the engine tells it. */
export interface Fate {
  readonly ranOutOfMemory: boolean;
  readonly exitCode: number;
}

/**
 * Makes a container, starts it, and waits until its keeper is there.
 *
 * @throws JobError `container/cannot-start`, `container/limit-not-in-force`, or what openEngine throws
 */
export async function openContainer(engine: Docker, options: ContainerOptions): Promise<OpenContainer> {
  const { socketPath, image, limits } = options;
  const forget = noteTrace(options.owner, { socketPath });
  const container = await create(engine, options).catch((thrown: unknown) => {
    if (hasAnswered(thrown)) forget();
    throw thrown;
  });
  const { id } = container;
  let keeper: Keeper | null = null;
  const close = async () => {
    keeper?.close();
    await closeContainer(engine, { socketPath, id });
    forget();
  };
  try {
    const line = await orExplain(image, socketPath, () => attach(engine, container));
    keeper = line;
    const inspected = await ask(socketPath, 'looking at a container', () => container.inspect());
    const inForce = readLimits(inspected);
    checkLimits(limits, inForce);
    await orExplain(image, socketPath, () => container.start());
    const ready = await waitUntilReady(line);
    if (ready === null) {
      // An engine that has gone is told as that.
      await ask(socketPath, 'starting a container', () => container.inspect());
      const printed = line.readStray().trim();
      throw createStartError(
        image,
        printed === '' ? 'Node did not start in it' : `it printed:\n  ${printed}`,
      );
    }
    return {
      id,
      ready,
      keeper: line,
      limits: inForce,
      readFate: (during) => readFate(container, { socketPath, during }),
      kill: () => container.kill({ signal: 'SIGKILL' }).then(nothing, nothing),
      close,
    };
  } catch (thrown) {
    await close().catch(nothing);
    throw thrown;
  }
}

/** Whether it was the engine that refused: then there is nothing. */
function hasAnswered(thrown: unknown): boolean {
  const cause = thrown instanceof JobError ? thrown.cause : thrown;
  return findStatus(cause) !== undefined;
}

function nothing(): void {
  // What cannot be done any more need not be.
}

function create(engine: Docker, options: ContainerOptions): Promise<Container> {
  const { image, limits, socketPath } = options;
  const probe = computeProbeFolders();
  const mounts: Mount[] = [
    { from: probe.probe, to: INSIDE.probe, isWritable: false },
    { from: probe.frameworks, to: INSIDE.frameworks, isWritable: false },
    ...options.mounts,
  ];
  const inMemory = `rw,exec,nosuid,nodev,mode=0777,size=${limits.diskBytes}`;
  const request: ContainerCreateOptions = {
    Image: image.id,
    Entrypoint: ['node'],
    Cmd: [`${INSIDE.probe}keeper.cjs`],
    User: limits.user,
    WorkingDir: '/',
    Env: [],
    Labels: { ...computeLabels(options.owner.lockScope, options.run) },
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    // When Tracey is gone, however that came, so is the container's input, and with it the container.
    StdinOnce: true,
    Tty: false,
    Healthcheck: { Test: ['NONE'] },
    HostConfig: {
      ...computeHostLimits(limits),
      Mounts: mounts.map(({ from, to, isWritable }) => ({
        Type: 'bind' as const,
        Source: from.replace(/(?<=.)\/$/, ''),
        Target: to.replace(/(?<=.)\/$/, ''),
        ReadOnly: !isWritable,
      })),
      Tmpfs: Object.fromEntries(options.memoryFolders.map((folder) => [folder, inMemory])),
    },
  };
  return orExplain(image, socketPath, () => engine.createContainer(request));
}

/** Attached before it is started, so that no word is missed. */
async function attach(engine: Docker, container: Container): Promise<Keeper> {
  const refused = new AbortController();
  const options = { stream: true, stdin: true, stdout: true, stderr: true, hijack: true };
  try {
    const line = await container.attach({ ...options, abortSignal: refused.signal });
    return createKeeper(line as Duplex, ({ stdout, stderr }) =>
      engine.modem.demuxStream(line, createSink(stdout), createSink(stderr)),
    );
  } catch (thrown) {
    // The client would wait for what we have to say, and keep us alive.
    refused.abort();
    throw thrown;
  }
}

/** What the client writes the parts of the output to. */
function createSink(write: (chunk: Buffer) => void): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      write(chunk);
      done();
    },
  });
}

async function waitUntilReady(keeper: Keeper): Promise<Ready | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), START_DEADLINE_MS);
  });
  const ready = await Promise.race([keeper.ready, late]);
  clearTimeout(timer);
  return ready;
}

async function readFate(
  container: Container,
  { socketPath, during }: { readonly socketPath: string; readonly during: string },
): Promise<Fate> {
  const inspect = () => ask(socketPath, during, () => container.inspect());
  try {
    let { State: state } = await inspect();
    // The line is cut some milliseconds before the engine has noticed the end, or because the engine is just going.
    if (state.Running) {
      await ask(socketPath, during, () => container.wait());
      state = (await inspect()).State;
    }
    return { ranOutOfMemory: state.OOMKilled, exitCode: state.ExitCode };
  } catch (thrown) {
    if (findStatus(thrown) === undefined || findStatus(thrown) === 404) {
      throw createLostError(socketPath, during, thrown);
    }
    throw thrown;
  }
}

async function closeContainer(
  engine: Docker,
  container: { readonly socketPath: string; readonly id: string },
): Promise<void> {
  const deadline = performance.now() + RETURN_DEADLINE_MS;
  for (;;) {
    try {
      await removeContainer(engine, container);
      return;
    } catch (thrown) {
      if (performance.now() > deadline) throw createRemovalError(container.id, thrown);
      await new Promise((resolve) => setTimeout(resolve, RETURN_INTERVAL_MS));
    }
  }
}

function createRemovalError(id: string, thrown: unknown): JobError {
  if (thrown instanceof JobError) return thrown;
  return new JobError(`Container ${id.slice(0, 12)}: it cannot be removed: ${formatAnswer(thrown)}.`, {
    code: 'container/cannot-remove',
    hint: 'The next job tries again; by hand: "docker rm --force --volumes" and its id.',
    cause: thrown,
  });
}

async function orExplain<Answer>(
  image: Image,
  socketPath: string,
  question: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask(socketPath, `starting a container of ${image.reference}`, question);
  } catch (thrown) {
    if (thrown instanceof JobError) throw thrown;
    throw createStartError(image, formatAnswer(thrown), thrown);
  }
}

function createStartError(image: Image, what: string, cause?: unknown): JobError {
  return new JobError(`${image.reference}: a container of it cannot be started: ${what}.`, {
    code: 'container/cannot-start',
    hint: 'The image needs "node" on its PATH, the engine the network, the image the user, and this machine what the limits ask for.',
    cause,
  });
}
