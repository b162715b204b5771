/** Profiles: one more run of each side of a confirmed change, with V8 noting where its time goes. */
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type CpuProfile,
  computeProfileDifference,
  type ProfileDifference,
  parseCpuProfile,
} from '../analysis/profile-difference.ts';
import { computeProbeFolders } from '../measure/probe-files.ts';
import type { SideName } from './pairs.ts';
import type { PlacedCommit } from './trees.ts';

/** A file that starts processes makes a profile of each; more than this is not read. */
const MOST_PROFILES = 16;
const MOST_BYTES = 64 * 1024 * 1024;

/** The difference of the two profiles; null where one cannot be had, as on a Node before 12. */
export async function profileSides(
  placed: Readonly<Record<SideName, PlacedCommit>>,
  { file, folder }: { readonly file: string; readonly folder: string },
): Promise<ProfileDifference | null> {
  const base = await profileSide(placed.base, { file, folder });
  const head = base.length === 0 ? [] : await profileSide(placed.head, { file, folder });
  if (base.length === 0 || head.length === 0) return null;
  const { probe, frameworks } = computeProbeFolders();
  return computeProfileDifference(
    { profiles: base, folder: placed.base.repoFolder },
    { profiles: head, folder: placed.head.repoFolder },
    { leftOut: [probe, frameworks] },
  );
}

async function profileSide(
  { suite }: PlacedCommit,
  { file, folder }: { readonly file: string; readonly folder: string },
): Promise<readonly CpuProfile[]> {
  if (suite.profileFile === undefined) return [];
  const profiles = await mkdtemp(join(folder, 'profiles-'));
  try {
    await suite.profileFile(file, profiles);
    const read: CpuProfile[] = [];
    for (const name of (await readdir(profiles)).sort().slice(0, MOST_PROFILES)) {
      const path = join(profiles, name);
      if ((await stat(path)).size > MOST_BYTES) continue;
      const profile = parseCpuProfile(await readFile(path, 'utf8'));
      if (profile !== null) read.push(profile);
    }
    return read;
  } catch {
    // What is only of interest must not cost a verdict.
    return [];
  } finally {
    await rm(profiles, { recursive: true, force: true, maxRetries: 3 });
  }
}
