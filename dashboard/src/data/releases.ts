/** Releases: what a repository calls some of its commits. Their names are other people's texts. Pure. */
import type { RepositoryFile, RunNumber } from '../../data-format.ts';
import type { Runs } from './runs.ts';

/** Names by {@link Runs.commits}; those of one commit in the order of the repository's file. */
export type Releases = ReadonlyMap<number, readonly string[]>;

export function indexReleases({ releases }: Pick<RepositoryFile, 'releases'>): Releases {
  const names = new Map<number, string[]>();
  for (const { name, commit } of releases) {
    const known = names.get(commit);
    if (known === undefined) names.set(commit, [name]);
    else known.push(name);
  }
  return names;
}

/** What a run's commit is called; null when it has no name. */
export function findRelease(releases: Releases, { commits }: Pick<Runs, 'commits'>, run: RunNumber) {
  return releases.get(commits[run] ?? -1)?.join(', ') ?? null;
}

/** The last run of the commit of this name; undefined when there is none here. */
export function findReleaseRun(
  { releases }: Pick<RepositoryFile, 'releases'>,
  { order, commits }: Pick<Runs, 'order' | 'commits'>,
  name: string,
): RunNumber | undefined {
  const commit = releases.find((one) => one.name === name)?.commit;
  return commit === undefined ? undefined : order.findLast((run) => commits[run] === commit);
}

/** Runs of commits with a name, newest commit first; of each commit the last run. */
export function listReleaseRuns(
  releases: Releases,
  { order, commits }: Pick<Runs, 'order' | 'commits'>,
): { readonly run: RunNumber; readonly name: string }[] {
  const last = new Map<number, { run: RunNumber; name: string }>();
  for (const run of order) {
    const commit = commits[run] as number;
    const names = releases.get(commit);
    if (names !== undefined) last.set(commit, { run, name: names.join(', ') });
  }
  return [...last.values()].reverse();
}
