/** Chromium from Debian's packages, which the tests of the dashboard look at its pages with; what is kept here is where it lies. */
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const HINT = 'It takes Debian, root, and its package servers.';

/** One typeface, so that texts of other scripts than those of the pages' own have letters. */
const PACKAGES = ['chromium', 'fonts-liberation'] as const;

export const chromium: Peer = {
  name: 'chromium',
  version: 'debian',
  product: join('bin', 'chromium'),
  async install(folder, run) {
    const options = { folder, hint: HINT };
    await run(['sh', '-c', 'command -v chromium || apt-get update --quiet'], options);
    await run(
      [
        'sh',
        '-c',
        `command -v chromium || apt-get install --yes --no-install-recommends ${PACKAGES.join(' ')}`,
      ],
      options,
    );
    await run(['sh', '-c', 'mkdir bin && ln -s "$(command -v chromium)" bin/chromium'], options);
  },
};
