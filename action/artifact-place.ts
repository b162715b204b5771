/** What a command about artifacts works on: the checkout that was named, its configuration, and the flags that go before it. */
import { basename, resolve } from 'node:path';
import { computeIndexPlace } from '../core/artifacts/artifact-index.ts';
import { type Artifacts, openArtifacts } from '../core/artifacts/artifacts.ts';
import { type ArtifactTarget, formatTarget, parseTarget, readOwnTarget } from '../core/artifacts/key.ts';
import { JobError } from '../core/errors.ts';
import { findInstallRoot } from '../core/measure/dependencies/install-root.ts';
import { openRepository } from '../core/repository/git.ts';
import { findRepositoryName } from '../core/repository/read.ts';
import { computeArtifactSettings } from './artifact-settings.ts';
import type { CommandContext } from './context.ts';
import { loadConfig } from './load-config.ts';

/** What every command about artifacts takes. */
export interface ArtifactFlags {
  readonly config?: string;
  readonly ipfs?: string;
  readonly gateway?: string;
  readonly index?: string;
  readonly platform?: string;
  readonly arch?: string;
  readonly libc?: string;
  readonly nodeAbi?: string;
  readonly json?: boolean;
}

export interface ArtifactPlace {
  readonly repoFolder: string;
  /** The folder whose `node_modules` serves it. */
  readonly root: string;
  readonly artifacts: Artifacts;
  readonly target: ArtifactTarget;
}

/** Opens what a command works on. A folder outside of git is a checkout of its own. */
export async function openArtifactPlace(
  path: string,
  flags: ArtifactFlags,
  { environment, terminal, signal }: CommandContext,
): Promise<ArtifactPlace> {
  const repoFolder = resolve(environment.workingFolder, path);
  const { checkout, repository } = await findCheckout(repoFolder, {
    inherited: environment.variables,
    signal,
  });
  const { config, notes } = await loadConfig({ repoFolder, named: flags.config, environment });
  for (const note of notes) terminal.tell(note);
  const artifacts = config.artifacts ?? { folder: null, index: null, ipfs: null, upload: null, targets: [] };
  // A person who asks for a step wants it done, whatever the machine does by itself.
  const settings = computeArtifactSettings({ ...config, artifacts }, { repository, role: 'primary' });
  if (settings === null) throw new TypeError('there are artifacts in this configuration');
  const { ipfs, gateway, index } = flags;
  const opened = await openArtifacts(
    {
      ...settings,
      ...(ipfs === undefined ? {} : { address: { ...settings.address, url: ipfs } }),
      ...(ipfs === undefined && gateway === undefined ? {} : { gateway: gateway ?? null }),
      ...(index === undefined ? {} : { indexPlace: computeIndexPlace(index) }),
    },
    { checkout, onNotice: terminal.tell },
  );
  const root = await findInstallRoot(repoFolder);
  return { repoFolder, root, artifacts: opened, target: computeTarget(flags) };
}

async function findCheckout(
  folder: string,
  git: Parameters<typeof openRepository>[1],
): Promise<{ readonly checkout: string; readonly repository: string }> {
  try {
    const repository = await openRepository(folder, git);
    return { checkout: repository.root, repository: await findRepositoryName(repository) };
  } catch (thrown) {
    if (!(thrown instanceof JobError) || thrown.code !== 'repository/not-a-work-tree') throw thrown;
    return { checkout: folder, repository: basename(folder) };
  }
}

function computeTarget({ platform, arch, libc, nodeAbi }: ArtifactFlags): ArtifactTarget {
  const own = readOwnTarget();
  return parseTarget(
    formatTarget({
      platform: platform ?? own.platform,
      arch: arch ?? own.arch,
      libc: libc ?? own.libc,
      nodeAbi: nodeAbi ?? own.nodeAbi,
    }),
  );
}
