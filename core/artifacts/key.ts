/**
 * What must be equal for an artifact to fit: what the packages are, and where they run. A key is one word, so that it can
 * be a line of an index, a file's name and a cache's key.
 */
import { ArtifactError } from '../errors.ts';
import { readMachineFacts } from '../machine/facts.ts';
import { computeDependenciesKey } from '../measure/dependencies/key.ts';

/** Where an artifact runs. */
export interface ArtifactTarget {
  /** As Node calls it: `linux`. */
  readonly platform: string;
  /** As Node calls it: `arm64`. */
  readonly arch: string;
  /** `glibc`, `musl`, or `none` on systems that have neither. */
  readonly libc: string;
  /** `process.versions.modules`: the ABI that native add-ons are compiled for. */
  readonly nodeAbi: string;
}

const WORD = '[a-z0-9_]+';
const TARGET = new RegExp(`^(${WORD})-(${WORD})-(${WORD})-node(${WORD})$`);

/** Where this process runs. */
export function readOwnTarget(): ArtifactTarget {
  const { platform, arch, libc } = readMachineFacts();
  return { platform, arch, libc: libc ?? 'none', nodeAbi: process.versions.modules };
}

/** `linux-arm64-glibc-node137`. */
export function formatTarget({ platform, arch, libc, nodeAbi }: ArtifactTarget): string {
  return `${platform}-${arch}-${libc}-node${nodeAbi}`;
}

/**
 * The target that a text such as `linux-arm64-glibc-node137` names.
 *
 * @throws ArtifactError `artifact/bad-target`
 */
export function parseTarget(text: string): ArtifactTarget {
  const [, platform, arch, libc, nodeAbi] = TARGET.exec(text) ?? [];
  if (platform && arch && libc && nodeAbi) return { platform, arch, libc, nodeAbi };
  throw new ArtifactError(`An artifact's target must be platform-arch-libc-node<ABI>, got "${text}".`, {
    code: 'artifact/bad-target',
    hint: 'Example: linux-arm64-glibc-node137. `tracey artifact key` on a machine prints its own.',
  });
}

/**
 * The key of a folder's dependencies on a target: `<platform>-<arch>-<libc>-node<ABI>-<SHA-256>`, the last of the
 * lockfile, else of the dependency sections of package.json.
 *
 * @throws JobError `package-json/unreadable`
 */
export async function computeArtifactKey(repoFolder: string, target: ArtifactTarget): Promise<string> {
  return `${formatTarget(target)}-${await computeDependenciesKey(repoFolder)}`;
}

/** The two parts of a key; undefined for what is none, such as the ancestor's. */
export function splitKey(key: string): { readonly target: string; readonly hash: string } | undefined {
  const [, target, hash] = /^(.+-node[a-z0-9_]+)-([0-9a-f]{64})$/.exec(key) ?? [];
  return target && hash ? { target, hash } : undefined;
}
