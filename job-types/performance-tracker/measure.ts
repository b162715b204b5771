/** How a suite is measured in containers: from settings to an image, a container, and the suite's own measurement in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Job, JobResult, NodeContext } from '../../core/job-type.ts';
import { openContainer } from '../../core/measure/containers/container.ts';
import { computeSocketPath, openEngine } from '../../core/measure/containers/engine.ts';
import { formatLimits, type Limits, type LimitsInForce } from '../../core/measure/containers/limits.ts';
import { type ContainedNode, resolveContainedNode } from '../../core/measure/containers/node.ts';
import { copyRepo, type Place } from '../../core/measure/containers/place.ts';
import { preparePlace } from '../../core/measure/containers/prepare.ts';
import { openProcesses } from '../../core/measure/containers/processes.ts';
import type { Host, SuiteHost } from '../../core/measure/host.ts';
import { computeMark } from '../../core/measure/leftovers.ts';
import type { ResolvedNode } from '../../core/measure/node-versions/resolve.ts';
import type { OpenSuite } from '../../core/measure/suite.ts';
import type { Dependencies, Document } from '../../core/model.ts';
import { measureSuiteJob, openSuiteJob } from '../suite-job.ts';
import { NAME, type Settings } from './settings.ts';

/** Of the machine's memory; the rest is for what sees to it that tests end. */
const SHARE_OF_MEMORY = 0.75;
/** Where Tracey runs as root: an id that images of Node give to their user. */
const PLAIN_USER = '1000:1000';

/** The image for a Node version, on this machine. */
export function resolveImageNode(
  requested: string,
  settings: Settings,
  { lockScope, jobsFolder, ...context }: NodeContext,
): Promise<ResolvedNode> {
  return resolveContainedNode(requested, {
    ...context,
    owner: { lockScope, jobsFolder },
    socketPath: computeSocketPath(settings.socket, context.variables['DOCKER_HOST']),
    template: settings.image,
    pull: settings.pull,
    limits: computeLimits(settings),
  });
}

/** Brings dependencies, measures, and removes what it made. */
export async function measureInContainers(job: Job<Settings>, host: Host): Promise<JobResult> {
  const repo = await openContainedRepo(job, host, { isShared: false });
  try {
    const { dependencies, documents } = repo;
    const describe: Host['describe'] = (method) => host.describe({ ...method, dependencies, documents });
    await measureSuiteJob(repo.job, { ...host, ...repo.host, describe });
    return {};
  } finally {
    await repo.close();
  }
}

/** The suite for single files of it, in a container that stays until it is closed. */
export async function openSuiteInContainers(job: Job<Settings>, host: SuiteHost): Promise<OpenSuite> {
  const repo = await openContainedRepo(job, host, { isShared: true });
  try {
    const { files, runFile, close } = await openSuiteJob(repo.job, repo.host);
    // Nothing that a process writes comes out of the container but its events: there are no profiles.
    return { files, runFile, close: () => close().finally(repo.close) };
  } catch (thrown) {
    await repo.close();
    throw thrown;
  }
}

/** A repo whose tests run in containers. */
interface ContainedRepo {
  /** The job as it is inside. */
  readonly job: Job<Settings>;
  readonly host: SuiteHost;
  readonly dependencies: Dependencies;
  readonly documents: readonly Document[];
  readonly close: () => Promise<void>;
}

/** Brings dependencies, and prepares to run processes. `isShared`: others with the same dependencies are open besides. */
async function openContainedRepo(
  job: Job<Settings>,
  host: SuiteHost,
  { isShared }: { readonly isShared: boolean },
): Promise<ContainedRepo> {
  const contained = findContained(job);
  const { socketPath, image } = contained;
  const limits = computeLimits(job.settings);
  const engine = await openEngine(socketPath);
  const scratchFolder = await mkdtemp(join(host.scratchFolder, 'container-'));
  const remove = () => rm(scratchFolder, { recursive: true, force: true });
  try {
    const prepared = await preparePlace(engine, {
      ...host,
      node: contained,
      repoFolder: job.repoFolder,
      install: job.settings.install,
      limits,
      run: job.id,
      scratchFolder,
      onStep: host.log,
    });
    const place = isShared ? await separate(prepared, scratchFolder) : prepared;
    const memoryFolders = ['/tmp', place.root];
    const processes = await openProcesses({
      place,
      memoryFolders,
      limits,
      scratchFolder,
      imageEnv: image.env,
      mark: computeMark(contained.owner.lockScope, job.id),
      signal: host.signal,
      log: host.log,
      open: (mounts) =>
        openContainer(engine, {
          socketPath,
          image,
          limits,
          owner: contained.owner,
          run: job.id,
          mounts,
          memoryFolders,
        }),
    });
    host.log(`container of ${image.reference}: ${formatLimits(limits)}`);
    return {
      job: { ...job, repoFolder: place.repoFolder },
      host: {
        ...host,
        scratchFolder: processes.sharedFolder,
        runProcess: (options) => host.runProcess({ ...options, within: processes.runProcess }),
      },
      dependencies: place.dependencies,
      documents: [describeContainer(contained, processes.limits)],
      close: () => processes.close().finally(remove),
    };
  } catch (thrown) {
    await remove();
    throw thrown;
  }
}

/** Commits with the same dependencies share a folder, and a container that is replaced would get the files of the other one. */
async function separate(place: Place, scratchFolder: string): Promise<Place> {
  const source = join(scratchFolder, 'own');
  await copyRepo(place.source, source, { isWritable: false });
  return { ...place, source };
}

function findContained({ node }: Job<Settings>): ContainedNode {
  if (node.contained === undefined) throw new Error(`${NAME} was given a Node that is in no image`);
  return node.contained;
}

function computeLimits(settings: Settings): Limits {
  return {
    cpus: settings.cpus,
    memoryBytes: settings.memory ?? Math.floor(totalmem() * SHARE_OF_MEMORY),
    diskBytes: settings.disk,
    pids: settings.pids,
    network: settings.network,
    user: settings.user ?? computeOwnUser(),
    readOnlyRoot: true,
  };
}

function computeOwnUser(): string {
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  return uid === 0 ? PLAIN_USER : `${uid}:${gid}`;
}

/** What was in force, for whoever compares runs. */
function describeContainer(
  { image: { reference, id, digest }, ready }: ContainedNode,
  limits: LimitsInForce,
): Document {
  const { nodeVersion, abi, platform, arch, libc } = ready;
  const node = { version: nodeVersion, abi, platform, arch, libc };
  return {
    name: 'container',
    mediaType: 'application/json',
    content: JSON.stringify({ image: { reference, id, digest }, node, limits }),
  };
}
