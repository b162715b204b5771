/** How a suite is measured in containers: from settings to an image, a container, and the suite's own measurement in it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { Job, JobResult, NodeContext } from '../../core/job-type.ts';
import { openContainer } from '../../core/measure/containers/container.ts';
import { computeSocketPath, openEngine } from '../../core/measure/containers/engine.ts';
import { preparePlace } from '../../core/measure/containers/install.ts';
import { computeLabels } from '../../core/measure/containers/labels.ts';
import { formatLimits, type Limits, type LimitsInForce } from '../../core/measure/containers/limits.ts';
import { type ContainedNode, resolveContainedNode } from '../../core/measure/containers/node.ts';
import { createContainerProcesses } from '../../core/measure/containers/processes.ts';
import type { Host } from '../../core/measure/host.ts';
import { computeMark } from '../../core/measure/leftovers.ts';
import type { ResolvedNode } from '../../core/measure/node-versions/resolve.ts';
import type { Document } from '../../core/model.ts';
import { measureSuiteJob } from '../suite-job.ts';
import { NAME, type Settings } from './settings.ts';

/** Of the machine's memory; the rest is for what sees to it that tests end. */
const SHARE_OF_MEMORY = 0.75;
/** Where Tracey runs as root: an id that images of Node give to their user. */
const PLAIN_USER = '1000:1000';

/** The image for a Node version, on this machine. */
export function resolveImageNode(
  requested: string,
  settings: Settings,
  context: NodeContext,
): Promise<ResolvedNode> {
  return resolveContainedNode(requested, {
    ...context,
    socketPath: computeSocketPath(settings.socket, context.variables['DOCKER_HOST']),
    template: settings.image,
    pull: settings.pull,
    limits: computeLimits(settings),
  });
}

/** Installs, measures, and removes what it made. */
export async function measureInContainers(job: Job<Settings>, host: Host): Promise<JobResult> {
  const { settings } = job;
  const { contained } = job.node;
  if (contained === undefined) throw new Error(`${NAME} was given a Node that is in no image`);
  const { socketPath, lockScope, image } = contained;
  const limits = computeLimits(settings);
  const labels = computeLabels(lockScope, job.id);
  const engine = await openEngine(socketPath);
  const scratchFolder = await mkdtemp(join(host.scratchFolder, 'container-'));
  try {
    const place = await preparePlace(engine, {
      node: contained,
      repoFolder: job.repoFolder,
      install: settings.install,
      limits,
      labels,
      scratchFolder,
      signal: host.signal,
      onStep: host.log,
      onStatus: (label) => host.showProgress({ done: 0, total: 1, label }),
    });
    let inForce: LimitsInForce | null = null;
    const memoryFolders = ['/tmp', place.root];
    const processes = createContainerProcesses({
      place,
      memoryFolders,
      limits,
      scratchFolder,
      imageEnv: image.env,
      mark: computeMark(lockScope, job.id),
      signal: host.signal,
      log: host.log,
      async open(mounts) {
        const container = await openContainer(engine, {
          socketPath,
          image,
          limits,
          labels,
          mounts,
          memoryFolders,
        });
        inForce = container.limits;
        return container;
      },
    });
    try {
      host.log(`container of ${image.reference}: ${formatLimits(limits)}`);
      await measureSuiteJob(
        { ...job, repoFolder: place.repoFolder },
        {
          ...host,
          scratchFolder: processes.sharedFolder,
          runProcess: (options) => host.runProcess({ ...options, within: processes.runProcess }),
        },
      );
    } finally {
      await processes.close();
    }
    return { dependencies: place.dependencies, documents: [describeContainer(contained, inForce)] };
  } finally {
    await rm(scratchFolder, { recursive: true, force: true });
  }
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
  limits: LimitsInForce | null,
): Document {
  const { nodeVersion, abi, platform, arch, libc } = ready;
  const node = { version: nodeVersion, abi, platform, arch, libc };
  return {
    name: 'container',
    mediaType: 'application/json',
    content: JSON.stringify({ image: { reference, id, digest }, node, limits }),
  };
}
