/**
 * Installing a repo's dependencies inside a container, in a step of its own that has the network: by the repo's own package
 * manager with the image's Node and libraries, or by a command of the settings.
 */
import { readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type Docker from 'dockerode';
import { JobError } from '../../errors.ts';
import type { Dependencies } from '../../model.ts';
import { formatDuration } from '../../units.ts';
import { selectInstallCommand } from '../dependencies/package-manager.ts';
import { findPackageJson } from '../package-json.ts';
import { findLastLines } from '../printed-text.ts';
import { type OpenContainer, openContainer } from './container.ts';
import type { Answer, Ready } from './keeper.ts';
import type { Limits } from './limits.ts';
import type { ContainedNode } from './node.ts';

const DEADLINE_MS = 30 * 60_000;
const SHOWN_LINES = 12;
const OUTPUT_BYTES = 65_536;

export interface InstallSettings {
  /** In place of the package manager's, and run even if there are dependencies; null for none. */
  readonly command: string | null;
  /** What it reaches its registry through. */
  readonly network: string;
  /** Besides the image's own variables; tests do not get them. */
  readonly env: Readonly<Record<string, string>>;
}

export interface InstallOptions {
  readonly node: ContainedNode;
  /** Where the repo is, outside and inside. */
  readonly tree: string;
  readonly install: InstallSettings;
  readonly limits: Limits;
  /** Id of the run. */
  readonly run: string;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

/**
 * Installs.
 *
 * @throws JobError `container/install-failed`, or what openContainer throws
 */
export async function installInside(engine: Docker, options: InstallOptions): Promise<Dependencies> {
  const { node, tree, install, limits, signal } = options;
  const { manager, command, variables } = await selectCommand(tree, install.command);
  const name = manager ?? 'the install command';
  options.onStep(`installing dependencies with ${name} in ${node.image.reference}`);
  const container = await openContainer(engine, {
    socketPath: node.socketPath,
    image: node.image,
    // What packages are unpacked in is on the disk: it may be a lot, and an installation is not measured.
    limits: { ...limits, network: install.network, readOnlyRoot: false },
    owner: node.owner,
    run: options.run,
    mounts: [{ from: tree, to: tree, isWritable: true }],
    memoryFolders: [],
  });
  const stop = () => container.keeper.stop('aborted');
  try {
    signal.addEventListener('abort', stop, { once: true });
    const [program = '', ...args] = command;
    const { PATH = '/usr/local/bin:/usr/bin:/bin', ...image } = node.image.env;
    const answer = await container.keeper.order(
      {
        type: 'run',
        command: program,
        args,
        cwd: tree,
        env: {
          ...image,
          PATH: [dirname(container.ready.executable), PATH].join(':'),
          HOME: '/tmp',
          CI: 'true',
          ...variables,
          ...install.env,
        },
        deadlineMs: DEADLINE_MS,
        outputBytes: OUTPUT_BYTES,
        tellsOutput: true,
        rooms: [],
      },
      (text) => {
        const [line] = findLastLines(text, 1);
        if (line !== undefined) options.onStatus(line);
      },
    );
    if (answer?.type === 'ended' && answer.exitCode === 0 && answer.stopped === null) {
      return { source: 'installed', packageManager: manager, durationMs: answer.durationMs };
    }
    const { how, said } = await describeEnd(container, answer);
    const printed = findLastLines(said, SHOWN_LINES).map((line) => `\n  ${line}`);
    throw new JobError(
      `${node.image.reference}: \`${command.join(' ')}\` ${how}${printed.length === 0 ? '.' : `:${printed.join('')}`}`,
      {
        code: 'container/install-failed',
        hint: 'The image needs the package manager, and it must reach its registry through the network that "install" names, bridge unless told otherwise.',
      },
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await container.close();
  }
}

async function selectCommand(tree: string, command: string | null) {
  if (command !== null) return { manager: null, command: ['sh', '-c', command], variables: {} };
  const selected = selectInstallCommand((await findPackageJson(tree)) ?? {}, await readdir(tree));
  const { manager, args, variables } = selected;
  return { manager, command: [manager, ...args], variables };
}

/** How an installation that brought nothing ended, and the last that it said. */
async function describeEnd(
  container: OpenContainer,
  answer: Exclude<Answer, Ready> | null,
): Promise<{ readonly how: string; readonly said: string }> {
  switch (answer?.type) {
    case 'ended': {
      const { stopped, signal, exitCode, oomKills, output: said } = answer;
      if (stopped === 'aborted') return { how: 'was interrupted', said };
      if (stopped === 'deadline') return { how: `was not done after ${formatDuration(DEADLINE_MS)}`, said };
      const end = `ended with ${signal ?? `exit code ${exitCode}`}`;
      return { how: oomKills > 0 ? `${end} because it ran out of memory` : end, said };
    }
    case 'refused':
      return { how: 'could not be run', said: answer.message };
    default: {
      const fate = await container.readFate('dependencies were installed');
      const why = fate.ranOutOfMemory ? 'ran out of memory' : `ended with exit code ${fate.exitCode}`;
      return { how: `was not done: its container ${why}`, said: '' };
    }
  }
}
