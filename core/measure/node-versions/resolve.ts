/**
 * From what a user asks for to a Node binary that exists: one already on the machine before one from npm. What is
 * returned is what will run; a label never stands for a version that did not run.
 */
import { throwIfInterrupted } from './inspect.ts';
import { findInstalledNode } from './installed.ts';
import { loadVersionList } from './registry.ts';
import {
  computeLabelledLine,
  createUnknownVersionError,
  type NodeLabel,
  type NodeRequest,
  parseNodeRequest,
  selectVersion,
} from './request.ts';
import type { NodeSources } from './sources.ts';

export interface ResolvedNode {
  /** As the user wrote it. */
  readonly requested: string;
  readonly version: string;
  /** What must be equal to compare runs: the version when an exact one was asked for, else `22` or `0.12`. */
  readonly line: string;
  /** Absolute path of the binary. */
  readonly executable: string;
  readonly source: 'path' | 'tool-cache' | 'cache' | 'downloaded' | 'image';
}

/**
 * Finds the newest Node on this machine that satisfies `requested`, or fetches the newest that npm has.
 *
 * @throws ConfigError `node/bad-request`, `node/unknown-version`
 * @throws JobError as `fetchNode` in fetch.ts
 */
export async function resolveNode(requested: string, sources: NodeSources): Promise<ResolvedNode> {
  const request = await pinLabel(parseNodeRequest(requested), { requested, sources });
  throwIfInterrupted(sources.signal);
  const installed = await findInstalledNode(request, sources);
  if (installed !== null) return { requested, line: request.line, ...installed };
  const version = await selectPublished(request, { requested, sources });
  // What unpacks archives takes its time to load, and is seldom needed.
  const { fetchNode } = await import('./fetch.ts');
  const executable = await fetchNode(version, sources);
  return { requested, line: request.line, version, executable, source: 'downloaded' };
}

interface Asking {
  readonly requested: string;
  readonly sources: NodeSources;
}

async function pinLabel(
  asked: NodeRequest | NodeLabel,
  { requested, sources }: Asking,
): Promise<NodeRequest> {
  if (asked.kind !== 'label') return asked;
  const { versions } = await loadVersionList(sources, { mayBeKept: true });
  const request = computeLabelledLine(asked.label, versions, sources.now);
  if (request !== null) return request;
  throw createUnknownVersionError({ request, requested, versions, platform: formatPlatform(sources) });
}

/** A version that the kept list lacks may have come out since: the registry has the last word. */
async function selectPublished(request: NodeRequest, { requested, sources }: Asking): Promise<string> {
  const kept = await loadVersionList(sources, { mayBeKept: true });
  const known = selectVersion(request, kept.versions);
  if (known !== null) return known;
  const list = kept.isFresh ? kept : await loadVersionList(sources, { mayBeKept: false });
  const version = selectVersion(request, list.versions);
  if (version !== null) return version;
  const { versions } = list;
  throw createUnknownVersionError({ request, requested, versions, platform: formatPlatform(sources) });
}

function formatPlatform({ platform, arch }: NodeSources): string {
  return `${platform}-${arch}`;
}
