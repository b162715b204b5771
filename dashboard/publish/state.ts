/**
 * What a site was made of, kept beside it so that the next publishing does only what is new. It is a note to ourselves:
 * when it is missing, damaged or of another version, everything is made anew, with the same result.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from '../../core/zod.ts';
import { DATA_FORMAT, type ShardSet } from '../data-format.ts';

/** Marks a folder as a site of ours. */
export const STATE_FILE = '.tracey-site.json';

const shardSet = z.object({ ref: z.string(), starts: z.array(z.number()).readonly() });
const shardSets = z.record(z.string(), shardSet);

const laneState = z.object({
  /** Volumes of the archive: what each was made of, and its shards by file number; null for a file that has nothing there. */
  volumes: z.array(z.object({ key: z.string(), archives: z.record(z.string(), shardSet.nullable()) })),
  /** What everything about the newest runs was made of. */
  windowKey: z.string(),
  recents: shardSets,
  failures: shardSets,
  summary: z.string(),
  /** Files of runs by run id; after the id `+` when the run had its details, `*` when it had documents. */
  runs: z.record(z.string(), z.string()),
});
export type LaneState = z.infer<typeof laneState>;

const repositoryState = z.object({
  /** Hash of the first `subjects` names, to see that their numbers still mean the same. */
  subjects: z.number(),
  subjectsKey: z.string(),
  /** By environment number in the database, as `e7`. */
  lanes: z.record(z.string(), laneState),
});
export type RepositoryState = z.infer<typeof repositoryState>;

const siteState = z.object({
  format: z.string(),
  traceyVersion: z.string(),
  shell: z.array(z.string()),
  repositories: z.record(z.string(), repositoryState),
});
export type SiteState = z.infer<typeof siteState>;

/** What is known of the site in a folder; of one by another version its pages alone. Undefined when it cannot be read. */
export function findState(site: string, traceyVersion: string): SiteState | undefined {
  try {
    const state = siteState.parse(JSON.parse(readFileSync(join(site, STATE_FILE), 'utf8')));
    return state.traceyVersion === traceyVersion && state.format === DATA_FORMAT
      ? state
      : { ...state, repositories: {} };
  } catch {
    return undefined;
  }
}

/** Shards by file number, as objects have them. */
export type ShardSets = Record<string, ShardSet>;
