/**
 * GitHub's official description of its API, from npm. The whole package is 385 MB, of which two files are wanted: hence it is
 * no dependency.
 */
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const VERSION = '23.0.2';

/** Descriptions, by the names of their servers. */
const API_DESCRIPTIONS = ['api.github.com', 'ghes-3.19'] as const;
export type ApiDescriptionName = (typeof API_DESCRIPTIONS)[number];

const HINT = 'It takes npm and its registry.';

export const githubApi: Peer = {
  name: 'github-api',
  version: VERSION,
  product: computeFile('api.github.com'),
  async install(folder, run) {
    // `npm pack` checks what it fetches against the registry's own hash.
    await run(['npm', 'pack', '--silent', `@octokit/openapi@${VERSION}`], { folder, hint: HINT });
    const archive = `octokit-openapi-${VERSION}.tgz`;
    await run(['tar', '-xzf', archive, ...API_DESCRIPTIONS.map(computeFile)], { folder, hint: HINT });
    await run(['rm', archive], { folder, hint: HINT });
  },
};

/** Where a description is, relative to the folder that the package is unpacked in. */
export function computeFile(name: ApiDescriptionName): string {
  return join('package', 'generated', `${name}.json`);
}
