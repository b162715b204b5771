/** What there is to load, by its meaning instead of its path. */

import { decodeDeltas } from '../../columns.ts';
import type {
  ChangesFile,
  FailuresFile,
  IndexFile,
  LastFailure,
  NamesFile,
  OverviewFile,
  ProfileFile,
  RepositoryFile,
  RunFile,
  RunnersFile,
  ShardSet,
  SubjectNumber,
  SummaryFile,
  TestFileFile,
} from '../../data-format.ts';
import { DataError, loadFile } from './load.ts';

export const loadOverview = (index: IndexFile) => loadFile<OverviewFile>(`overview/${index.overview}.json`);

export const loadRunners = (index: IndexFile) => loadFile<RunnersFile>(`runners/${index.runners}.json`);

export const loadNames = (repository: RepositoryFile) =>
  loadFile<NamesFile>(`names/${repository.names}.json`);

export const loadChanges = (repository: RepositoryFile) =>
  loadFile<ChangesFile>(`changes/${repository.changes}.json`);

export const loadProfile = (ref: string) => loadFile<ProfileFile>(`profile/${ref}.json`);

export const loadSummary = (environment: { readonly summary: string }) =>
  loadFile<SummaryFile>(`summary/${environment.summary}.json`);

export const loadRun = (ref: string) => loadFile<RunFile>(`run/${ref}.json`);

/**
 * The repository that an address names; without a name the only one.
 *
 * @throws DataError `unknown`
 */
export async function loadRepository(index: IndexFile, name: string | undefined): Promise<RepositoryFile> {
  const entry =
    name === undefined && index.repositories.length === 1
      ? index.repositories[0]
      : index.repositories.find((one) => one.name === name);
  if (entry === undefined) {
    throw new DataError(
      'unknown',
      name === undefined ? 'The address names no repository.' : `There are no results of ${name}.`,
    );
  }
  return loadFile<RepositoryFile>(`repository/${entry.file}.json`);
}

/** @throws DataError `unknown` */
export async function loadTestFile(repository: RepositoryFile, path: string): Promise<TestFileFile> {
  const entry = repository.files.find((one) => one.path === path);
  if (entry === undefined) throw new DataError('unknown', `${repository.name} has no test file ${path}.`);
  return loadFile<TestFileFile>(`file/${entry.file}.json`);
}

/** Why a subject was not passed, the last time that it was not; null when there is no such time. */
export async function loadFailure(
  shards: ShardSet | null,
  subject: SubjectNumber,
): Promise<LastFailure | null> {
  const path = findShard(shards, subject);
  if (path === null) return null;
  const { failures } = await loadFile<FailuresFile>(`failures/${path}.json`);
  return failures.find((one) => one.subject === subject) ?? null;
}

/** `<ref>/<n>` of the shard that would hold a subject. */
export function findShard(shards: ShardSet | null, subject: SubjectNumber): string | null {
  if (shards === null) return null;
  const starts = decodeDeltas(shards.starts);
  const shard = starts.findLastIndex((start) => start <= subject);
  return shard < 0 ? null : `${shards.ref}/${shard}`;
}
