/**
 * Where Node binaries are looked for and how it is told: everything the version room needs from outside.
 */
import { join } from 'node:path';
import type { Variables } from '../environment.ts';

export interface NodeSources {
  /** The job's own environment: its `PATH`, and what npm needs to reach its registry. */
  readonly inherited: Variables;
  /** The tool cache of GitHub's runner (`RUNNER_TOOL_CACHE`). */
  readonly toolCacheFolder?: string | undefined;
  /** Tracey's own cache folder; made when it is missing. */
  readonly cacheFolder: string;
  /** As in `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
  /** Told before a version is fetched, which takes a while. */
  readonly onFetch?:
    | ((fetch: { readonly version: string; readonly packageName: string }) => void)
    | undefined;
  /** Told what is worth knowing although the job goes on. */
  readonly onNotice?: ((message: string) => void) | undefined;
}

/** Folder of the fetched versions of one platform: `<version>/bin/node` and the kept list. */
export function computeVersionsFolder(sources: NodeSources): string {
  return join(sources.cacheFolder, 'node', `${sources.platform}-${sources.arch}`);
}
