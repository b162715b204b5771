/**
 * The Node binaries already on this machine: on PATH, in the runner's tool cache, in Tracey's own cache. A binary
 * counts only when it was run and said itself which version it is, now or before and unchanged since; the name of its
 * folder is not believed.
 */
import { readdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import semver from 'semver';
import { findExecutables } from '../executables.ts';
import type { NodeInspection } from './inspect.ts';
import { inspectOnce } from './inspected.ts';
import { type NodeRequest, selectVersion } from './request.ts';
import { computeVersionsFolder, type NodeSources } from './sources.ts';

export interface InstalledNode {
  readonly version: string;
  readonly executable: string;
  readonly source: 'path' | 'tool-cache' | 'cache';
}

/** The Node that is running this: it need not be asked. */
const OWN_NODE: NodeInspection = {
  kind: 'node',
  version: process.versions.node,
  arch: process.arch,
  executable: process.execPath,
};

/** The newest Node on this machine that satisfies the request; at equal versions PATH wins, then the tool cache. */
export async function findInstalledNode(
  request: NodeRequest,
  sources: NodeSources,
): Promise<InstalledNode | null> {
  const candidates = await findCandidates(sources);
  for (let left = candidates; left.length > 0; ) {
    const versions = left.map((candidate) => candidate.version);
    const version = selectVersion(request, versions);
    const candidate = left.find((each) => each.version === version);
    if (candidate === undefined) return null;
    if (candidate.source === 'path') return candidate;
    const inspection = await inspectOnce(candidate.executable, sources);
    if (inspection.kind === 'node' && inspection.version === version) return candidate;
    left = left.filter((each) => each !== candidate);
  }
  return null;
}

/** Those of PATH have been run; the others are as their folders say. */
async function findCandidates(sources: NodeSources): Promise<InstalledNode[]> {
  const { toolCacheFolder, arch } = sources;
  const candidates = await findOnPath(sources);
  if (toolCacheFolder !== undefined) {
    const root = join(toolCacheFolder, 'node');
    for (const version of await readVersionFolders(root)) {
      candidates.push({
        version,
        executable: join(root, version, arch, 'bin', 'node'),
        source: 'tool-cache',
      });
    }
  }
  const root = computeVersionsFolder(sources);
  for (const version of await readVersionFolders(root)) {
    candidates.push({ version, executable: join(root, version, 'bin', 'node'), source: 'cache' });
  }
  return candidates;
}

async function findOnPath(sources: NodeSources): Promise<InstalledNode[]> {
  const named = [...findExecutables('node', sources.inherited['PATH'])];
  const real = await Promise.all(named.map((executable) => realpath(executable)));
  const executables = named.filter((_, index) => real.indexOf(real[index] ?? '') === index);
  const own = await realpath(process.execPath);
  const inspections = await Promise.all(
    executables.map((executable): NodeInspection | Promise<NodeInspection> => {
      const isOwn = real[named.indexOf(executable)] === own;
      return isOwn ? OWN_NODE : inspectOnce(executable, sources);
    }),
  );
  const found: InstalledNode[] = [];
  for (const inspection of inspections) {
    // A binary of another architecture runs under emulation, at another speed.
    if (inspection.kind !== 'node' || inspection.arch !== sources.arch) continue;
    if (semver.prerelease(inspection.version) !== null) continue;
    found.push({ version: inspection.version, executable: inspection.executable, source: 'path' });
  }
  return found;
}

async function readVersionFolders(root: string): Promise<string[]> {
  try {
    const names = await readdir(root);
    return names.filter((name) => semver.valid(name) === name && semver.prerelease(name) === null);
  } catch {
    return [];
  }
}
