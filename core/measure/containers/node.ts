/** From a requested Node version to an image that has it: what resolveNode is on the machine. */
import { join } from 'node:path';
import semver from 'semver';
import { JobError } from '../../errors.ts';
import { computeLine, parseNodeRequest } from '../node-versions/request.ts';
import type { ResolvedNode } from '../node-versions/resolve.ts';
import { openContainer } from './container.ts';
import { openEngine } from './engine.ts';
import { type Image, type Pull, resolveImage } from './image.ts';
import type { Ready } from './keeper.ts';
import { removeLabelled } from './labels.ts';
import type { Limits } from './limits.ts';
import type { Owner } from './traces.ts';

/** A Node in an image, and what it takes to make containers of it. */
export interface ContainedNode {
  readonly socketPath: string;
  readonly image: Image;
  /** What the image's Node says of itself. */
  readonly ready: Ready;
  readonly owner: Owner;
  /** Where installations are kept. */
  readonly treesFolder: string;
}

export interface ContainedNodeOptions {
  readonly socketPath: string;
  /** With `{version}` in it. */
  readonly template: string;
  readonly pull: Pull;
  readonly limits: Limits;
  readonly owner: Owner;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
  readonly onStep: (text: string) => void;
  readonly onStatus: (text: string) => void;
}

/**
 * Makes sure of the image for a Node version, and asks its Node which it is.
 *
 * @throws ConfigError `node/bad-request`
 * @throws JobError `container/other-node`, or what resolveImage and openContainer throw
 */
export async function resolveContainedNode(
  requested: string,
  options: ContainedNodeOptions,
): Promise<ResolvedNode & { readonly contained: ContainedNode }> {
  const { socketPath, owner } = options;
  const request = parseNodeRequest(requested);
  const reference = options.template.replaceAll('{version}', computeTag(requested));
  const engine = await openEngine(socketPath);
  // Whoever holds the machine is alone: what there is was left by a killed job, wherever that noted it.
  await removeLabelled(engine, socketPath, owner.lockScope);
  const image = await resolveImage(engine, { ...options, reference });
  const container = await openContainer(engine, {
    socketPath,
    image,
    limits: options.limits,
    owner,
    run: 'none',
    mounts: [],
    memoryFolders: [],
  });
  await container.close();
  const { ready } = container;
  const version = ready.nodeVersion;
  const fits =
    request.kind === 'label' ||
    (request.kind === 'exact' ? request.version === version : semver.satisfies(version, request.range));
  if (!fits) {
    throw new JobError(`${reference}: its Node is ${version}, and Node ${requested} was asked for.`, {
      code: 'container/other-node',
      hint: 'Have {version} in the job type\'s "image", ask for the version that the image has, or pull it anew.',
    });
  }
  return {
    requested,
    version,
    line: request.kind === 'label' ? computeLine(version) : request.line,
    executable: ready.executable,
    source: 'image',
    contained: {
      socketPath,
      image,
      ready,
      owner,
      treesFolder: join(options.cacheFolder, 'containers'),
    },
  };
}

/** A request as images are tagged: `v22.x` is `22`, `lts/*` is `lts`, `lts/jod` is `jod`. */
function computeTag(requested: string): string {
  const text = requested.trim().toLowerCase();
  if (text === 'stable') return 'current';
  if (text === 'node') return 'latest';
  if (text === 'lts/*') return 'lts';
  return text
    .replace(/^lts\//, '')
    .replace(/^v(?=\d)/, '')
    .replace(/(\.x)+$/, '');
}
