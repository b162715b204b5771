/** actionlint, a linter of workflows, built from its Go module: its releases are nowhere else that CI reaches. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const VERSION = '1.7.12';
const PACKAGE = 'github.com/rhysd/actionlint/cmd/actionlint';
const HINT = 'It takes Go 1.25 or newer, and the Go module proxy.';

export const actionlint: Peer = {
  name: 'actionlint',
  version: VERSION,
  product: 'actionlint',
  async install(folder, run) {
    await writeFile(join(folder, 'go.mod'), 'module peers\n\ngo 1.25\n');
    await run(['go', 'get', `${PACKAGE}@v${VERSION}`], { folder, hint: HINT });
    await run(['go', 'build', '-o', 'actionlint', PACKAGE], { folder, hint: HINT });
  },
};
