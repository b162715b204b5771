/** The repo's own test suite, measured in containers: one for each Node version, limited, and alone on the machine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { JobType } from '../../core/job-type.ts';
import { openContainer } from '../../core/measure/containers/container.ts';
import { computeSocketPath, openEngine } from '../../core/measure/containers/engine.ts';
import { preparePlace } from '../../core/measure/containers/install.ts';
import { computeLabels } from '../../core/measure/containers/labels.ts';
import { formatLimits, type Limits, type LimitsInForce } from '../../core/measure/containers/limits.ts';
import { type ContainedNode, resolveContainedNode } from '../../core/measure/containers/node.ts';
import { createContainerProcesses } from '../../core/measure/containers/processes.ts';
import { findFramework } from '../../core/measure/frameworks/index.ts';
import { computeMark } from '../../core/measure/leftovers.ts';
import { measureSuite } from '../../core/measure/suite.ts';
import { NAME, parseTrackerSettings, type Settings } from './settings.ts';

/** Of the machine's memory; the rest is for what sees to it that tests end. */
const SHARE_OF_MEMORY = 0.75;
/** Where Tracey runs as root: an id that images of Node give to their user. */
const PLAIN_USER = '1000:1000';

const performanceTracker: JobType<Settings> = {
  name: NAME,
  parseSettings: parseTrackerSettings,
  resolveNode: (requested, settings, context) =>
    resolveContainedNode(requested, {
      ...context,
      socketPath: computeSocketPath(settings.socket, context.variables['DOCKER_HOST']),
      template: settings.image,
      pull: settings.pull,
      limits: computeLimits(settings),
    }),
  async run(job, host) {
    const { settings } = job;
    const { contained } = job.node;
    if (contained === undefined) throw new Error(`${NAME} was given a Node that is in no image`);
    const { socketPath, lockScope } = contained;
    const limits = computeLimits(settings);
    const labels = computeLabels(lockScope, job.id);
    const engine = await openEngine(socketPath);
    const scratchFolder = await mkdtemp(join(host.scratchFolder, 'container-'));
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
    const processes = createContainerProcesses({
      place,
      limits,
      scratchFolder,
      imageEnv: contained.image.env,
      mark: computeMark(lockScope, job.id),
      signal: host.signal,
      log: host.log,
      async open(mounts) {
        const container = await openContainer(engine, {
          socketPath,
          image: contained.image,
          limits,
          labels,
          mounts,
          memoryFolders: ['/tmp', place.root],
        });
        inForce = container.limits;
        return container;
      },
    });
    try {
      const framework = await findFramework(place.repoFolder);
      const { name, version } = framework;
      host.log(`${name} ${version} on Node ${job.node.version} in ${contained.image.reference}`);
      host.log(`its container: ${formatLimits(limits)}`);
      host.describe({
        framework: { name, version },
        isolation: settings.isolation,
        samples: settings.samples,
      });
      const spec = settings.spec.length === 0 && job.testFolder !== null ? [job.testFolder] : settings.spec;
      await measureSuite(
        {
          framework,
          repoFolder: place.repoFolder,
          nodeExecutable: job.node.executable,
          spec,
          samples: settings.samples,
          isolation: settings.isolation,
          deadlineMs: settings.deadlineSeconds * 1000,
          env: settings.env,
        },
        {
          ...host,
          scratchFolder: processes.sharedFolder,
          runProcess: (options) => host.runProcess({ ...options, within: processes.runProcess }),
        },
      );
    } finally {
      await processes.close();
      await rm(scratchFolder, { recursive: true, force: true });
    }
    return { dependencies: place.dependencies, documents: [describeContainer(contained, inForce)] };
  },
};

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
function describeContainer({ image, ready }: ContainedNode, limits: LimitsInForce | null) {
  const { reference, id, digest } = image;
  const { nodeVersion, abi, platform, arch, libc } = ready;
  const node = { version: nodeVersion, abi, platform, arch, libc };
  return {
    name: 'container',
    mediaType: 'application/json',
    content: JSON.stringify({ image: { reference, id, digest }, node, limits }),
  };
}

export default performanceTracker;
