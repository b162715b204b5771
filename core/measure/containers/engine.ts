/**
 * A container engine that speaks Docker's API: Docker Engine 20.10 and newer, or Podman through its Docker socket. It must be
 * on this machine, because folders of this machine are mounted. What goes wrong between it and us is told here.
 */
import type Docker from 'dockerode';
import { ConfigError, findSystemCode, formatThrown, JobError } from '../../errors.ts';

/** The oldest API that has everything used here: Docker Engine 20.10. */
const API_VERSION = 'v1.40';
const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * The path of the engine's socket: the setting's, else that of DOCKER_HOST, else Docker's own. Pure.
 *
 * @throws ConfigError `container/remote-engine` for an engine that is not on this machine
 */
export function computeSocketPath(setting: string | null, dockerHost: string | undefined): string {
  const [named, where] = setting !== null ? [setting, 'socket'] : [dockerHost ?? '', 'DOCKER_HOST'];
  if (named === '') return DEFAULT_SOCKET;
  const path = named.replace(/^unix:\/\//, '');
  if (path.startsWith('/')) return path;
  throw new ConfigError(
    `${where}: must be the socket of an engine on this machine, got "${named.replace(/\/\/[^@/]*@/, '//')}".`,
    {
      code: 'container/remote-engine',
      hint: 'Folders of this machine are mounted into the containers. Name a path, e.g. unix:///var/run/docker.sock.',
    },
  );
}

/**
 * Connects to the engine and asks whether it is there.
 *
 * @throws JobError `container/engine-missing`, `container/engine-not-running`, `container/engine-forbidden`,
 *   `container/engine-lost`
 */
export async function openEngine(socketPath: string): Promise<Docker> {
  // It takes a tenth of a second to load, and most jobs need no engine.
  const { default: Dockerode } = await import('dockerode');
  const engine = new Dockerode({ socketPath, version: API_VERSION });
  await ask(socketPath, 'greeting it', () => engine.ping());
  return engine;
}

/**
 * Asks the engine something, and tells what is wrong with the engine itself as an error of ours; what it answers, however
 * unwelcome, is thrown as it came.
 *
 * @param during what is being done, e.g. `starting a container`
 * @throws JobError as {@link openEngine}
 */
export async function ask<Answer>(
  socketPath: string,
  during: string,
  question: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await question();
  } catch (thrown) {
    throw createEngineError({ socketPath, during, thrown }) ?? thrown;
  }
}

/** The status of an engine's answer that was thrown, e.g. 404; undefined when it was something else. */
export function findStatus(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('statusCode' in thrown)) return undefined;
  return typeof thrown.statusCode === 'number' ? thrown.statusCode : undefined;
}

/** What the engine says in an answer that was thrown, without the client's own words around it. */
export function formatAnswer(thrown: unknown): string {
  const isAnswer = thrown instanceof Error && 'json' in thrown;
  const body = isAnswer ? (thrown.json as { readonly message?: unknown } | null) : null;
  const said = typeof body?.message === 'string' ? body.message : formatThrown(thrown);
  return said
    .replace(/^\(HTTP code \d+\) [a-z ]+ - /, '')
    .trim()
    .replace(/\.$/, '');
}

function createEngineError(failure: {
  readonly socketPath: string;
  readonly during: string;
  readonly thrown: unknown;
}): JobError | null {
  const { socketPath, during, thrown: cause } = failure;
  switch (findSystemCode(cause)) {
    case 'ENOENT':
      return new JobError(`${socketPath}: there is no container engine: no such socket.`, {
        code: 'container/engine-missing',
        hint: 'Install and start Docker Engine (or Podman with its Docker socket), or name its socket with DOCKER_HOST, or "socket" in the job type\'s settings.',
        cause,
      });
    case 'ECONNREFUSED':
      return new JobError(`${socketPath}: the container engine is not running.`, {
        code: 'container/engine-not-running',
        hint: 'Start it, e.g. with "systemctl start docker".',
        cause,
      });
    case 'EACCES':
    case 'EPERM':
      return new JobError(`${socketPath}: this user may not speak to the container engine.`, {
        code: 'container/engine-forbidden',
        hint: 'Add the user to the group of the socket, which amounts to making it root; or use performance-tracker-lite.',
        cause,
      });
    case 'ECONNRESET':
    case 'EPIPE':
    case 'ENOTCONN':
      return createLostError(socketPath, during, cause);
    default:
      return null;
  }
}

/** The engine went away in the middle of something. */
export function createLostError(socketPath: string, during: string, cause?: unknown): JobError {
  return new JobError(`${socketPath}: the container engine went away while ${during}.`, {
    code: 'container/engine-lost',
    hint: 'It was stopped or restarted. What was measured until then is kept; measure again once it runs.',
    cause,
  });
}
