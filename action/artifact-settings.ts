/** From the configuration to artifacts: whether they are used, where they are, and what this machine does about them. */
import { computeIndexPlace } from '../core/artifacts/artifact-index.ts';
import type { ArtifactCache, ArtifactSettings } from '../core/artifacts/artifacts.ts';
import { parseTarget } from '../core/artifacts/key.ts';
import type { ArtifactIndexWriter } from '../core/artifacts/repo-index.ts';
import type { Config } from '../core/config/config.ts';
import type { Role } from '../core/roles.ts';

/** Where the ancestor's IPFS node was when nobody said, and where Kubo's is. */
const DEFAULT_ADDRESS = { host: '127.0.0.1', port: null, url: null, token: null };

/**
 * The artifacts that a job uses; null when the configuration has no such section. A field device installs nothing,
 * whatever the configuration says, which it may share with a primary.
 *
 * @throws ArtifactError `artifact/bad-target`
 */
export function computeArtifactSettings(
  { artifacts }: Config,
  options: {
    /** `owner/name`. */
    readonly repository: string;
    readonly role: Role;
    readonly writer?: ArtifactIndexWriter;
    readonly cache?: ArtifactCache;
  },
): ArtifactSettings | null {
  if (artifacts === null) return null;
  const { ipfs, index, upload, targets } = artifacts;
  return {
    repository: options.repository,
    address: ipfs ?? DEFAULT_ADDRESS,
    gateway: ipfs?.gateway ?? null,
    indexPlace: computeIndexPlace(index),
    upload: options.role === 'primary' && upload !== false,
    targets: targets.map(parseTarget),
    writer: options.writer ?? null,
    cache: options.cache ?? null,
  };
}
