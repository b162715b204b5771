/** Kubo, the IPFS node that artifacts are added to and fetched from, built from its Go module; without FUSE, which takes C. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const VERSION = '0.43.0';
const PACKAGE = 'github.com/ipfs/kubo/cmd/ipfs';
const HINT = 'It takes Go 1.26.5 or newer, the Go module proxy, and some minutes.';
const BUILD = ['go', 'build', '-trimpath', '-tags=nofuse', '-ldflags=-s -w', '-o', 'ipfs', PACKAGE] as const;

export const kubo: Peer = {
  name: 'kubo',
  version: VERSION,
  product: 'ipfs',
  async install(folder, run) {
    await writeFile(join(folder, 'go.mod'), 'module peers\n\ngo 1.26.5\n');
    await run(['go', 'get', `${PACKAGE}@v${VERSION}`], { folder, hint: HINT });
    await run(BUILD, { folder, hint: HINT });
  },
};
