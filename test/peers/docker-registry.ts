/**
 * A registry of npm packages on this machine that containers reach through their engine's bridge. It has what lies in a
 * `node_modules`, and a package that notes on installing which Node it was installed by.
 */
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { create } from 'tar';
import { onTestFinished } from 'vitest';
import { makeTemporaryFolder } from '../temporary-folder.ts';

export interface PackageRegistry {
  /** Files by which npm installs all of it: a lockfile, and where this registry is. */
  readonly files: Readonly<Record<string, string>>;
  /** Tarballs that were asked for until now. */
  readonly countRequests: () => number;
}

/** Starts it; it is gone after the test. */
export async function startPackageRegistry(api: Docker, modules: string): Promise<PackageRegistry> {
  let requests = 0;
  const marker = makeMarker();
  const server = createServer((request, response) => {
    requests += 1;
    const [name = ''] = decodeURIComponent(request.url ?? '/')
      .slice(1)
      .split('/-/');
    const cwd = name === 'marker' ? marker : join(modules, name);
    if (!existsSync(join(cwd, 'package.json'))) {
      response.writeHead(404).end();
      return;
    }
    const isOfPackage = (path: string) => !path.includes('node_modules');
    create({ cwd, gzip: true, prefix: 'package', filter: isOfPackage }, ['.']).pipe(response);
  }).listen(0, '0.0.0.0');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const bridge = (await api.getNetwork('bridge').inspect()) as {
    readonly IPAM: { readonly Config: readonly { readonly Gateway: string }[] };
  };
  const registry = `http://${bridge.IPAM.Config[0]?.Gateway}:${port}`;
  const packageJson = { name: 'sample', version: '1.0.0', devDependencies: { marker: '1.0.0', mocha: '*' } };
  return {
    files: {
      'package.json': JSON.stringify(packageJson),
      'package-lock.json': JSON.stringify({
        name: 'sample',
        version: '1.0.0',
        lockfileVersion: 3,
        packages: { '': packageJson, ...listPackages(modules, registry) },
      }),
      '.npmrc': `registry=${registry}/`,
    },
    countRequests: () => requests,
  };
}

/** What is installed, as a lockfile says it, from this registry. */
function listPackages(modules: string, registry: string): Record<string, unknown> {
  const hidden = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  };
  const packages: Record<string, unknown> = {};
  for (const [path, entry] of Object.entries(hidden.packages)) {
    const name = path.replace(/^node_modules\//, '');
    packages[path] = {
      ...entry,
      dev: true,
      resolved: `${registry}/${name}/-/${entry.version}.tgz`,
      // Packed anew.
      integrity: undefined,
      // For other platforms, and not there.
      optionalDependencies: undefined,
    };
  }
  return {
    ...packages,
    'node_modules/marker': {
      version: '1.0.0',
      dev: true,
      resolved: `${registry}/marker/-/1.0.0.tgz`,
      hasInstallScript: true,
    },
  };
}

function makeMarker(): string {
  const folder = join(makeTemporaryFolder(), 'marker');
  const write = `fs.writeFileSync('index.js', 'module.exports = ' + JSON.stringify(process.version))`;
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'marker', version: '1.0.0', scripts: { install: `node -e "${write}"` } }),
  );
  return folder;
}
