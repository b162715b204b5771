/**
 * A repo's dependencies for a container: what lies in the checkout is used as it is; what is missing is installed inside, by
 * the repo's own package manager with the image's Node and libraries, in a step of its own that has the network. What an
 * installation brought is kept, and used again as long as nothing that decides it has changed.
 */
import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type Docker from 'dockerode';
import { z } from 'zod';
import { JobError } from '../../errors.ts';
import { formatDuration } from '../../units.ts';
import { findInstallRoot, hasInstalledModules } from '../dependencies/install-root.ts';
import { computeDependenciesKey } from '../dependencies/key.ts';
import { selectInstallCommand } from '../dependencies/package-manager.ts';
import { findPackageJson, listDependencies } from '../package-json.ts';
import { findLastLines } from '../printed-text.ts';
import { openContainer } from './container.ts';
import type { Limits } from './limits.ts';
import type { ContainedNode } from './node.ts';
import { copyRepo, moveBelow, type Place } from './place.ts';

const DEADLINE_MS = 30 * 60_000;
const SHOWN_LINES = 12;
const OUTPUT_BYTES = 65_536;
/** Installations are large; the ones that were not used for longest go. */
const KEPT_INSTALLATIONS = 12;
const RECORD = 'installed.json';

const recordSchema = z.object({ manager: z.string().nullable(), durationMs: z.number() });
type InstallRecord = z.infer<typeof recordSchema>;

export interface PlaceOptions {
  readonly node: ContainedNode;
  readonly repoFolder: string;
  /** A command in place of the package manager's, run even if there are dependencies; null for none. */
  readonly install: string | null;
  readonly limits: Limits;
  readonly labels: Readonly<Record<string, string>>;
  /** A private folder, gone after the run. */
  readonly scratchFolder: string;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

/**
 * Makes a repo ready to be copied into a container, with its dependencies.
 *
 * @throws JobError `container/install-failed`, `container/install-deadline`, or what openContainer throws
 */
export async function preparePlace(engine: Docker, options: PlaceOptions): Promise<Place> {
  const { repoFolder, install, scratchFolder } = options;
  const root = await findInstallRoot(repoFolder);
  const source = join(scratchFolder, 'source');
  await copyRepo(root, source, { isWritable: false });
  const isThere = (await hasInstalledModules(root)) || (await hasInstalledModules(repoFolder));
  if (install === null && (isThere || !(await wantsDependencies(root, repoFolder)))) {
    const modules = join(root, 'node_modules');
    const isFolder = (await stat(modules).catch(() => null))?.isDirectory() === true;
    return {
      root,
      repoFolder,
      source,
      modules: isFolder ? modules : null,
      dependencies: { source: isThere ? 'present' : 'none', packageManager: null, durationMs: null },
    };
  }
  return installInside(engine, { ...options, root, source });
}

async function wantsDependencies(root: string, repoFolder: string): Promise<boolean> {
  const found = await Promise.all([root, repoFolder].map((folder) => findPackageJson(folder)));
  return found.some((each) => each !== undefined && listDependencies(each).length > 0);
}

type InstallOptions = PlaceOptions & { readonly root: string; readonly source: string };

async function installInside(engine: Docker, options: InstallOptions): Promise<Place> {
  const { node, root, repoFolder, source, install } = options;
  const key = createHash('sha256')
    .update(
      JSON.stringify([root, node.image.id, options.limits.user, install, await computeDependenciesKey(root)]),
    )
    .digest('hex');
  const folder = join(node.treesFolder, key.slice(0, 32));
  const tree = join(folder, 'repo');
  const known = await findRecord(folder);
  if (known === null) await rm(folder, { recursive: true, force: true });
  await mkdir(tree, { recursive: true });
  await chmod(folder, 0o700);
  await copyRepo(source, tree, { isWritable: true });
  const record = known ?? (await runInstallation(engine, { ...options, tree }));
  if (known === null) await writeFile(join(folder, RECORD), JSON.stringify(record));
  else await utimes(join(folder, RECORD), new Date(), new Date());
  await pruneInstallations(node.treesFolder);
  const how = record.manager ?? 'the install command';
  if (known === null)
    options.onStep(`installed dependencies with ${how} in ${formatDuration(record.durationMs)}`);
  const modules = join(tree, 'node_modules');
  return {
    root: tree,
    repoFolder: moveBelow(repoFolder, { from: root, to: tree }),
    source: tree,
    modules: (await readdir(tree)).includes('node_modules') ? modules : null,
    dependencies: {
      source: known === null ? 'installed' : 'cache',
      packageManager: record.manager,
      durationMs: known === null ? record.durationMs : null,
    },
  };
}

async function findRecord(folder: string): Promise<InstallRecord | null> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, RECORD), 'utf8')));
  } catch {
    return null;
  }
}

async function runInstallation(
  engine: Docker,
  options: InstallOptions & { readonly tree: string },
): Promise<InstallRecord> {
  const { node, tree, install, limits, signal, onStatus } = options;
  const { manager, command, variables } = await selectCommand(tree, install);
  options.onStep(
    `installing dependencies with ${manager ?? 'the install command'} in ${node.image.reference}`,
  );
  const container = await openContainer(engine, {
    socketPath: node.socketPath,
    image: node.image,
    // What packages are unpacked in is on the disk: it may be a lot, and an installation is not measured.
    limits: { ...limits, network: 'bridge', readOnlyRoot: false },
    labels: options.labels,
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
        },
        deadlineMs: DEADLINE_MS,
        outputBytes: OUTPUT_BYTES,
        tellsOutput: true,
        rooms: [],
      },
      (text) => {
        const [line] = findLastLines(text, 1);
        if (line !== undefined) onStatus(line);
      },
    );
    if (answer?.type === 'ended' && answer.exitCode === 0 && answer.stopped === null) {
      return { manager, durationMs: answer.durationMs };
    }
    const said = answer?.type === 'ended' ? answer.output : answer?.type === 'refused' ? answer.message : '';
    const how =
      answer?.type !== 'ended'
        ? 'could not be run'
        : answer.stopped === 'aborted'
          ? 'was interrupted'
          : answer.stopped === 'deadline'
            ? `was not done after ${formatDuration(DEADLINE_MS)}`
            : `ended with ${answer.signal ?? `exit code ${answer.exitCode}`}`;
    const printed = findLastLines(said, SHOWN_LINES).map((line) => `\n  ${line}`);
    throw new JobError(
      `${node.image.reference}: \`${command.join(' ')}\` ${how}${printed.length === 0 ? '.' : `:${printed.join('')}`}`,
      {
        code: 'container/install-failed',
        hint: 'The image needs the package manager, and the engine a network named bridge; or name a command with "install".',
      },
    );
  } finally {
    signal.removeEventListener('abort', stop);
    await container.close();
  }
}

async function selectCommand(tree: string, install: string | null) {
  if (install !== null) return { manager: null, command: ['sh', '-c', install], variables: {} };
  const selected = selectInstallCommand((await findPackageJson(tree)) ?? {}, await readdir(tree));
  const { manager, args, variables } = selected;
  return { manager, command: [manager, ...args], variables };
}

async function pruneInstallations(treesFolder: string): Promise<void> {
  const found: { readonly folder: string; readonly usedMs: number }[] = [];
  for (const name of await readdir(treesFolder)) {
    const folder = join(treesFolder, name);
    const record = await stat(join(folder, RECORD)).catch(() => null);
    found.push({ folder, usedMs: record?.mtimeMs ?? 0 });
  }
  found.sort((a, b) => b.usedMs - a.usedMs);
  for (const { folder } of found.slice(KEPT_INSTALLATIONS))
    await rm(folder, { recursive: true, force: true });
}
