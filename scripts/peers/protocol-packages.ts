/**
 * The versions of happn-3 and happner-2 whose protocols are written down in a test, from npm, and the older Node that some of
 * them run on: in the layout of a cache folder, as a job would find them.
 */
import { resolveNode } from '../../core/measure/node-versions/resolve.ts';
import { openPackages } from '../../core/measure/packages.ts';
import type { Peer } from './peer.ts';

/** By library. */
export const PROTOCOL_VERSIONS = {
  'happn-3': ['7.1.1', '12.1.10', '13.12.1'],
  'happner-2': ['5.2.0', '13.1.1'],
} as const;
/** For those that Node 23 and later cannot run. */
export const OLDER_NODE = '22';

export const protocolPackages: Peer = {
  name: 'protocol-packages',
  version: Object.values(PROTOCOL_VERSIONS).flat().join('-'),
  product: 'packages',
  async install(folder) {
    const inherited = process.env;
    const packages = openPackages({ inherited, cacheFolder: folder });
    const specifiers = Object.entries(PROTOCOL_VERSIONS).flatMap(([name, versions]) =>
      versions.map((version) => `${name}@${version}`),
    );
    await Promise.all(specifiers.map((specifier) => packages.install([specifier])));
    await resolveNode(OLDER_NODE, {
      inherited,
      cacheFolder: folder,
      platform: process.platform,
      arch: process.arch,
      now: new Date(),
    });
  },
};
