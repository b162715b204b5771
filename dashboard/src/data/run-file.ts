/** One run as the pages use it: found by its address, its columns decoded. */
import { decodeDeltas } from '../../columns.ts';
import type {
  Environment,
  OutcomeWord,
  RepositoryFile,
  RunFile,
  RunNumber,
  SubjectNumber,
} from '../../data-format.ts';
import { findEnvironment, type Query } from '../page/address.ts';
import { DataError } from './load.ts';
import { findReleaseRun } from './releases.ts';
import { decodeOutcome, loadNote, loadRuns, type Runs } from './runs.ts';
import { loadRun } from './site.ts';

export interface LocatedRun {
  readonly environment: Environment;
  /** Position of the environment. */
  readonly position: number;
  readonly runs: Runs;
  readonly run: RunNumber;
}

export interface Result {
  readonly subject: SubjectNumber;
  readonly outcome: OutcomeWord | null;
  readonly durationMs: number | null;
  /** Relative standard deviation of the samples. */
  readonly spread: number | null;
}

/**
 * The run that an address names by environment and start, or by the name of a release; without either the newest.
 *
 * @throws DataError `unknown`
 */
export async function locateRun(
  repository: RepositoryFile,
  query: Query,
  name: string | undefined,
): Promise<LocatedRun> {
  const position = findEnvironment(query, repository.environments);
  const environment = repository.environments[position];
  if (environment === undefined)
    throw new DataError('unknown', 'There are no runs on this runner and Node version.');
  const runs = await loadRuns(environment);
  const run = name === undefined ? runs.order.at(-1) : findRun(repository, runs, name);
  if (run === undefined)
    throw new DataError('unknown', `${repository.name} has no such run on this runner and Node version.`);
  return { environment, position, runs, run };
}

function findRun(repository: RepositoryFile, runs: Runs, name: string): RunNumber | undefined {
  const run = runs.startedMs.indexOf(Number(name));
  return run < 0 ? findReleaseRun(repository, runs, name) : run;
}

/** @throws DataError when it is not there */
export async function loadLocatedRun({ environment, run }: LocatedRun): Promise<RunFile> {
  const note = await loadNote(environment, run);
  if (note === null) throw new DataError('unknown', 'There is no such run.');
  return loadRun(note.file);
}

/** The results of tests and suites. */
export function decodeResults(file: RunFile): Result[] {
  return decodeDeltas(file.subjects).map((subject, position) => {
    const spread = file.spreads[position];
    return {
      subject,
      outcome: decodeOutcome(file.outcomes[position]),
      durationMs: file.durationsMs[position] ?? null,
      spread: spread === null || spread === undefined ? null : spread / 1000,
    };
  });
}

/** The run before in the order of commits that was not interrupted; null for the first. */
export function findPreviousRun({ runs, run }: LocatedRun): RunNumber | null {
  for (let at = runs.order.indexOf(run) - 1; at >= 0; at -= 1) {
    const before = runs.order[at] as RunNumber;
    if (!runs.flags[before]?.interrupted) return before;
  }
  return null;
}
