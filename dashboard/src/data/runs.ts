/** The runs of one environment as the pages use them: columns decoded, and the order of commits. Pure but for the loading. */
import { decodeDeltas } from '../../columns.ts';
import {
  type Environment,
  type MachineFacts,
  NOTES_RUNS,
  type NotesFile,
  type OutcomeWord,
  RUN_FLAGS,
  type RunNote,
  type RunNumber,
  type RunsFile,
} from '../../data-format.ts';
import { loadFile } from './load.ts';

const OUTCOMES: { readonly [character: string]: OutcomeWord } = {
  0: 'passed',
  1: 'failed',
  2: 'skipped',
  3: 'aborted',
};

export interface Runs {
  readonly count: number;
  readonly startedMs: readonly number[];
  readonly committedMs: readonly number[];
  readonly commits: readonly number[];
  readonly outcomes: readonly (OutcomeWord | null)[];
  readonly nodeVersions: readonly string[];
  readonly machines: readonly (MachineFacts | undefined)[];
  readonly branches: readonly (string | null)[];
  readonly flags: readonly RunFlags[];
  readonly machineChanges: RunsFile['machineChanges'];
  /** Run numbers in the order of commits. */
  readonly order: readonly RunNumber[];
}

export interface RunFlags {
  readonly modified: boolean;
  readonly interrupted: boolean;
  readonly noisy: boolean;
}

/** What a character of a column of outcomes means; null for none. */
export function decodeOutcome(character: string | undefined): OutcomeWord | null {
  return character === undefined ? null : (OUTCOMES[character] ?? null);
}

export function decodeRuns(file: RunsFile): Runs {
  const startedMs = decodeDeltas(file.startedMs);
  const committedMs = decodeDeltas(file.committedS).map((seconds) => seconds * 1000);
  const pick = <Value>(positions: readonly number[], values: readonly Value[]) =>
    decodeDeltas(positions).map((position) => values[position] as Value);
  return {
    count: startedMs.length,
    startedMs,
    committedMs,
    commits: decodeDeltas(file.commits),
    outcomes: [...file.outcomes].map(decodeOutcome),
    nodeVersions: pick(file.nodeVersion, file.nodeVersions),
    machines: pick(file.machine, file.machines),
    branches: pick(file.branch, file.branches),
    flags: [...file.flags].map(decodeFlags),
    machineChanges: file.machineChanges,
    order: startedMs
      .map((_, run) => run)
      .sort(
        (a, b) =>
          (committedMs[a] as number) - (committedMs[b] as number) ||
          (startedMs[a] as number) - (startedMs[b] as number) ||
          a - b,
      ),
  };
}

function decodeFlags(digit: string): RunFlags {
  const flags = Number.parseInt(digit, 16);
  return {
    modified: (flags & RUN_FLAGS.modified) !== 0,
    interrupted: (flags & RUN_FLAGS.interrupted) !== 0,
    noisy: (flags & RUN_FLAGS.noisy) !== 0,
  };
}

export async function loadRuns(environment: Environment): Promise<Runs> {
  return decodeRuns(await loadFile<RunsFile>(`runs/${environment.runs}.json`));
}

/** Id, commit, author and subject of a run. */
export async function loadNote(environment: Environment, run: RunNumber): Promise<RunNote | null> {
  const ref = environment.notes[Math.floor(run / NOTES_RUNS)];
  if (ref === undefined) return null;
  const { notes } = await loadFile<NotesFile>(`notes/${ref}.json`);
  return notes[run % NOTES_RUNS] ?? null;
}
