/**
 * Docker Engine from Debian's packages, and two small images made here — a Node each, with npm and what these need of this
 * machine's libraries and shell —, and a mocha to be measured in them. Nothing is pulled from a registry of images, and no daemon is left running.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Peer, RunCommand } from './peer.ts';

/** The Node of each image; their tags are `node:<version>`. */
export const DOCKER_NODES = ['22.23.3', '24.21.0'] as const;
const NPM = '11.6.2';
/** What is measured in the containers. */
const MOCHA = '10.8.2';

const ENGINE = ['docker.io', 'iptables', 'tini'] as const;
const HINT_APT = 'It takes Debian or Ubuntu, root, and their package servers.';
const HINT_NPM = 'It takes the npm registry.';

/** What the shell scripts of packages use; each brings its libraries. */
const PROGRAMS = ['sh', 'cat', 'cp', 'dd', 'ls', 'mkdir', 'rm', 'sleep', 'env'];

export const docker: Peer = {
  name: 'docker',
  version: [...DOCKER_NODES, NPM, MOCHA].join('-'),
  product: 'images',
  async install(folder, run) {
    const apt = { folder, hint: HINT_APT };
    await run(['sh', '-c', 'command -v dockerd || apt-get update --quiet'], apt);
    await run(
      ['sh', '-c', `command -v dockerd || apt-get install --yes --no-install-recommends ${ENGINE.join(' ')}`],
      apt,
    );
    await mkdir(join(folder, 'images'));
    await installPackages(join(folder, 'mocha'), { packages: [`mocha@${MOCHA}`], run });
    for (const version of DOCKER_NODES) await makeImage(folder, { version, run });
  },
};

/** The file of an image's root inside the installed peer. */
export function computeImageFile(version: string): string {
  return `node-${version}.tar`;
}

async function makeImage(
  folder: string,
  { version, run }: { readonly version: string; readonly run: RunCommand },
): Promise<void> {
  const root = join(folder, 'root');
  const place = join(folder, 'npm');
  const packages = [`node-linux-${process.arch}@${version}`, `npm@${NPM}`];
  await installPackages(place, { packages, run });
  await run(['sh', '-euc', createRootScript(), 'root', root, place, computeImageFile(version)], {
    folder,
    hint: 'It takes the tools of a Debian system, ldd among them.',
  });
  await rm(place, { recursive: true });
}

async function installPackages(
  folder: string,
  { packages, run }: { readonly packages: readonly string[]; readonly run: RunCommand },
): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{"private":true}');
  await run(
    ['npm', 'install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', ...packages],
    { folder, hint: HINT_NPM },
  );
}

/** $1 the root to make, $2 where node and npm were installed, $3 the archive's name. */
function createRootScript(): string {
  return `
rm -rf "$1"
mkdir -p "$1/usr/local/bin" "$1/usr/local/lib/node_modules" "$1/usr/bin" "$1/etc" "$1/tmp" "$1/proc" "$1/sys" "$1/dev"
ln -s usr/bin "$1/bin"
chmod 1777 "$1/tmp"
cp "$2"/node_modules/node-linux-*/bin/node "$1/usr/local/bin/node"
cp -R "$2/node_modules/npm" "$1/usr/local/lib/node_modules/npm"
ln -s ../lib/node_modules/npm/bin/npm-cli.js "$1/usr/local/bin/npm"
for name in ${PROGRAMS.join(' ')}; do cp -L "$(command -v "$name")" "$1/usr/bin/$name"; done
for program in "$1"/usr/local/bin/node "$1"/usr/bin/*; do ldd "$program" || true; done |
  sed -n 's/.*=> \\(\\/[^ ]*\\) .*/\\1/p; s/^[[:space:]]*\\(\\/[^ ]*ld-linux[^ ]*\\) .*/\\1/p' | sort -u |
  while read -r library; do
    mkdir -p "$1$(dirname "$library")"
    cp -L "$library" "$1$library"
  done
printf 'root:x:0:0:root:/root:/bin/sh\\nnode:x:1000:1000::/tmp:/bin/sh\\n' > "$1/etc/passwd"
printf 'PRETTY_NAME="Tracey test image"\\n' > "$1/etc/os-release"
tar -C "$1" --numeric-owner --owner=0 --group=0 -cf "images/$3" .
rm -rf "$1"
`;
}
