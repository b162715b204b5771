/**
 * The one definition of the data files beside the pages of a published site: the publisher writes them, the pages
 * read them. All are JSON. `data/index.json` alone has a fixed name: it is fetched anew each time, written last and put
 * in place by a rename, and says what the others are called. Every other file is named by its content, so it
 * never changes, can be cached for good, and belongs to exactly the sites whose index leads to it. A file that an index
 * led to and that is not there any more means: published again meanwhile, fetch the index again.
 *
 * Every text is untrusted: titles, errors, branches, subjects of commits are what tested code and its authors wrote.
 * Times are seconds or milliseconds since 1970 as named; durations are whole multiples of a unit given in nanoseconds.
 *
 * | file                       | path                          | holds                                                  |
 * | -------------------------- | ----------------------------- | ------------------------------------------------------ |
 * | {@link IndexFile}          | `data/index.json`             | what there is                                          |
 * | {@link OverviewFile}       | `data/overview/<ref>.json`    | the newest of each repository and environment          |
 * | {@link RunnersFile}        | `data/runners/<ref>.json`     | machines: facts, calibrations, what ran when           |
 * | {@link RepositoryFile}     | `data/repository/<ref>.json`  | environments and test files of one repository          |
 * | {@link ChangesFile}        | `data/changes/<ref>.json`     | suspects and what became of them, of one repository    |
 * | {@link ProfileFile}        | `data/profile/<ref>.json`     | where the time of a change went, by function           |
 * | {@link NamesFile}          | `data/names/<ref>.json`       | every name of one repository: what a search looks in   |
 * | {@link TestFileFile}       | `data/file/<ref>.json`        | names of one test file, where its series are           |
 * | {@link RunsFile}           | `data/runs/<ref>.json`        | the runs of one environment, what every chart needs    |
 * | {@link NotesFile}          | `data/notes/<ref>.json`       | 64 runs of one environment: ids, commits, reasons      |
 * | {@link SummaryFile}        | `data/summary/<ref>.json`     | the present of every file and test in one environment  |
 * | {@link SeriesFile}         | `data/series/<ref>/<n>.json`  | histories of some neighbouring series                  |
 * | {@link FailuresFile}       | `data/failures/<ref>/<n>.json`| last failures of some neighbouring series              |
 * | {@link RunFile}            | `data/run/<ref>.json`         | one run with all that was measured                     |
 */

/** Differs when pages and data do not fit; data of another version is told so, not guessed at. */
export const DATA_FORMAT = 'tracey.dashboard/1';

/** Name of a file by its content: 20 hexadecimal digits. */
export type Ref = string;

/**
 * Number of a subject (the run as a whole, a file, its loading, a suite or a test) within its repository; the same in
 * every file of a site and in its later versions. A series is a subject in an environment.
 */
export type SubjectNumber = number;

/** Position in {@link RepositoryFile.environments}. */
export type EnvironmentNumber = number;

/** Position in the columns of {@link RunsFile}: runs as they were stored, which is not the order of commits. */
export type RunNumber = number;

/** Ascending or slowly changing whole numbers: the first, then differences to the one before. See `columns.ts`. */
export type Deltas = readonly number[];

/** Likewise with gaps: null where there is nothing; differences are to the last number before the gap. */
export type GappedDeltas = readonly (number | null)[];

/** A character for each: `0` passed, `1` failed, `2` skipped, `3` aborted, `-` not there. */
export type Outcomes = string;

/** Runs in a {@link NotesFile}. */
export const NOTES_RUNS = 64;

/** Where shards of neighbouring series are: file `n` holds the subjects from `starts[n]` up to the next start. */
export interface ShardSet {
  readonly ref: Ref;
  /** Lowest subject number of each shard; ascending. */
  readonly starts: Deltas;
}

// --- index --------------------------------------------------------------------------------------------------------

export interface IndexFile {
  readonly format: typeof DATA_FORMAT;
  /** Version of Tracey that published. */
  readonly traceyVersion: string;
  readonly overview: Ref;
  readonly runners: Ref;
  /** By name, in code unit order. */
  readonly repositories: readonly {
    /** `owner/name`. */
    readonly name: string;
    readonly file: Ref;
  }[];
}

// --- overview -----------------------------------------------------------------------------------------------------

export interface OverviewFile {
  readonly rows: readonly OverviewRow[];
}

/** One repository in one environment; by repository, runner, Node line (newest first), job type. */
export interface OverviewRow extends EnvironmentName {
  readonly repository: string;
  readonly environment: EnvironmentNumber;
  readonly runs: number;
  /** The run that started last. */
  readonly last: {
    /** Its {@link RunsFile.startedMs}, by which pages name runs. */
    readonly startedMs: number;
    readonly finishedMs: number;
    readonly outcome: OutcomeWord;
    readonly interrupted: boolean;
    readonly sha: string;
    readonly branch: string | null;
    readonly subject: string;
    readonly tests: number;
    readonly failed: number;
    readonly aborted: number;
    /** Sum of its files' durations. */
    readonly durationMs: number;
  };
  /** Totals of the newest runs that were not interrupted, in commit order, at most 48. */
  readonly trendMs: readonly number[];
  /** Newest against the start of `trendMs`, medians of up to 10 each: 1.08 = 8 % slower; null for too few. */
  readonly trendRatio: number | null;
  readonly openChanges: { readonly suspects: number; readonly confirmed: number };
  /** How often it usually runs: median of the pauses between the newest starts; null for fewer than four runs. */
  readonly everyMs: number | null;
  /** From when on it is overdue by its schedule, with two hours' patience; null when the publisher knew of none. */
  readonly dueMs: number | null;
}

/** What must be equal for two runs to be comparable. */
export interface EnvironmentName {
  readonly runner: string;
  readonly role: 'primary' | 'field';
  readonly nodeLine: string;
  readonly jobType: string;
  readonly isolation: 'file' | 'none';
}

export type OutcomeWord = 'passed' | 'failed' | 'skipped' | 'aborted';

// --- repository ---------------------------------------------------------------------------------------------------

export interface RepositoryFile {
  /** `owner/name`. */
  readonly name: string;
  /** Web page of the repository, `https://github.com/owner/name`, without a slash at its end; null when unknown. */
  readonly url: string | null;
  readonly environments: readonly Environment[];
  /** By path; first of all `''`, which stands for the run as a whole and has only the total. */
  readonly files: readonly { readonly path: string; readonly file: Ref }[];
  readonly names: Ref;
  readonly changes: Ref;
  /** How many there are in `changes`. */
  readonly openChanges: { readonly suspects: number; readonly confirmed: number };
  /** Tags at commits that have runs, oldest commit first; the newest 1000. */
  readonly releases: readonly Release[];
  /** What goes on under another name: a subject, what it was called before, and the test file that this was in. */
  readonly renamed: readonly {
    readonly subject: SubjectNumber;
    readonly earlier: SubjectNumber;
    readonly path: string;
  }[];
}

export interface Release {
  /** What the repository calls it. */
  readonly name: string;
  /** As in {@link RunsFile.commits}. */
  readonly commit: number;
}

export interface Environment extends EnvironmentName {
  /** Of the newest run. */
  readonly framework: { readonly name: string; readonly version: string } | null;
  readonly runs: Ref;
  /** Of 64 runs each: run `i` is entry `i % 64` of file `floor(i / 64)`. */
  readonly notes: readonly Ref[];
  readonly summary: Ref;
}

// --- names --------------------------------------------------------------------------------------------------------

export interface NamesFile {
  readonly files: readonly { readonly path: string; readonly subjects: SubjectTable }[];
}

/** Subjects of one test file, ascending by number; the file itself (or, for `''`, the total) comes first. */
export interface SubjectTable {
  readonly numbers: Deltas;
  /** A character for each: `r` the run as a whole, `f` file, `l` loading the file, `s` suite, `t` test. */
  readonly kinds: string;
  /** Position in this table of the suite or file around it; -1 for the first. */
  readonly parents: readonly number[];
  /** Own title; the path for a file; empty for a total and for loading. */
  readonly names: readonly string[];
  /** `[position, which]` of later namesakes (2, 3, …) of the same titles; all others are the first. */
  readonly occurrences: readonly (readonly [number, number])[];
}

// --- test file ----------------------------------------------------------------------------------------------------

/** A test file of the repository, or the run as a whole (`path` is `''`). */
export interface TestFileFile {
  readonly path: string;
  readonly subjects: SubjectTable;
  /** Of every environment that has runs of it. */
  readonly series: readonly SeriesPlace[];
}

/** A history is what each of `archives` has of it, then what `recent` has. A subject may be in all, in some, or in none. */
export interface SeriesPlace {
  readonly environment: EnvironmentNumber;
  /** The runs but the newest, oldest first: 512 in each but the last, or the last two; none when there are few. */
  readonly archives: readonly ShardSet[];
  /** The newest 63 runs at most, and where each series stands; a series may have no values here. Null without any. */
  readonly recent: ShardSet | null;
  readonly failures: ShardSet | null;
}

export interface SeriesFile {
  readonly series: readonly SeriesColumns[];
}

/** Neighbouring results of one series. All columns are as long, or left out. */
export interface SeriesColumns {
  readonly subject: SubjectNumber;
  /** The run of the first value; the runs after it follow one by one. */
  readonly first: RunNumber;
  /** Nanoseconds; durations are multiples of it. Chosen so that they keep four digits. */
  readonly unitNs: number;
  /** Medians over the samples of a run, in units; null where none finished or it was not there. */
  readonly durations: GappedDeltas;
  /** Left out when all passed. Suites and loading have none of their own: `0`, or `-` where not there. */
  readonly outcomes?: Outcomes;
  /** Relative robust standard deviation of a run's samples in thousandths; left out when there is none. */
  readonly spreads?: readonly (number | null)[];
  /** Only in `recent`. */
  readonly present?: SeriesPresent;
  /** Runs from which on a test's body is another one, in commit order; only in `recent`, left out when there is none. */
  readonly edited?: readonly RunNumber[];
}

/** Where a series stands, from the newest runs that are neither interrupted nor modified. */
export interface SeriesPresent {
  /** Level of the newest runs: their median, in ms. */
  readonly levelMs: number;
  /** Ordinary noise as the standard deviation of the logarithm: 0.05 = about 5 %; null for too few runs. */
  readonly noise: number | null;
  /** The smallest slow-down that would be told of after 18 runs: 1.08 = 8 %; null for too few runs. */
  readonly smallestRatio: number | null;
}

export interface FailuresFile {
  readonly failures: readonly LastFailure[];
}

/** Why a subject was not passed, the last time that it was not. */
export interface LastFailure {
  readonly subject: SubjectNumber;
  readonly run: RunNumber;
  /** In our words. */
  readonly reason: string | null;
  /** Of the tested code; cut to 2,000 characters. */
  readonly message: string | null;
  /** Of the tested code; cut to 4,000 characters. */
  readonly stack: string | null;
}

// --- runs ---------------------------------------------------------------------------------------------------------

/** Columns by {@link RunNumber}. Commit order is by `committedS`, then by `startedMs`, then by number. */
export interface RunsFile {
  /** When each began, by the run's id: the name of a run in an address, unique within its environment. Not ascending. */
  readonly startedMs: Deltas;
  readonly committedS: Deltas;
  /** Equal numbers are equal commits, in every environment of the repository. */
  readonly commits: Deltas;
  readonly outcomes: Outcomes;
  /** Positions in `nodeVersions`, `machines`, `branches`: the first, then differences. */
  readonly nodeVersion: Deltas;
  readonly machine: Deltas;
  readonly branch: Deltas;
  /** A hexadecimal digit for each: the sum of {@link RUN_FLAGS}. */
  readonly flags: string;
  readonly nodeVersions: readonly string[];
  readonly machines: readonly MachineFacts[];
  readonly branches: readonly (string | null)[];
  /** Runs from which on the machine itself was slower or faster; newest first. */
  readonly machineChanges: readonly MachineChange[];
}

export interface MachineChange {
  /** The first run on the new level. */
  readonly run: RunNumber;
  /** After over before: above 1 the machine became slower. */
  readonly ratio: number;
  /** The same of the calibrations; null when it cannot be told. */
  readonly calibrationRatio: number | null;
  /** What is different of the machine since the run before, a sentence each. */
  readonly causes: readonly string[];
}

export const RUN_FLAGS = {
  /** The measured files differed from the commit. */
  modified: 1,
  /** Stopped before its end. */
  interrupted: 2,
  /** The machine was busy, or its speed changed between the beginning and the end of the run. */
  noisy: 4,
  /** Every sample is still in the database. */
  detailed: 8,
} as const;

/** What a machine is; texts and numbers of its operating system. */
export interface MachineFacts {
  readonly hostname: string;
  readonly platform: string;
  readonly arch: string;
  readonly libc: string | null;
  readonly os: string;
  readonly kernel: string;
  readonly cpuModel: string;
  readonly cpuCount: number;
  readonly memoryBytes: number;
  readonly governor: string | null;
  readonly turbo: boolean | null;
}

export interface NotesFile {
  readonly notes: readonly RunNote[];
}

/** What a hover or a link needs of a run. */
export interface RunNote extends CommitNote {
  /** `<UTC ms>_<uuid>`. */
  readonly id: string;
  /** Its {@link RunFile}. */
  readonly file: Ref;
  /** Sum of its files' durations, in ms. */
  readonly durationMs: number;
  /** Why the run is not passed, in our words. */
  readonly reason?: string;
}

/** Texts are empty and the time 0 for a commit of which no run is there. */
export interface CommitNote {
  readonly sha: string;
  /** Name without address. */
  readonly author: string;
  readonly subject: string;
  readonly committedS: number;
}

// --- summary ------------------------------------------------------------------------------------------------------

/** Files and tests (and the total) that the newest 64 runs of an environment had; ascending by number. */
export interface SummaryFile {
  readonly subjects: Deltas;
  /** Of the newest run that had it. */
  readonly outcomes: Outcomes;
  /** Level of the newest runs, in ms, four digits; null when never measured. */
  readonly levelMs: readonly (number | null)[];
  /** As in {@link SeriesPresent}, in thousandths. */
  readonly noise: readonly (number | null)[];
  /** As {@link SeriesPresent.smallestRatio} less 1, in thousandths: 80 = a slow-down of 8 % would be told. */
  readonly smallest: readonly (number | null)[];
  /** Level of the newest 10 against the first 10 of the newest 64 runs, less 1, in thousandths: 80 = 8 % slower. */
  readonly growth: readonly (number | null)[];
  /** `[position, failed or aborted runs, changes between passed and not passed]` of those that did not always pass. */
  readonly unsteady: readonly (readonly [number, number, number])[];
  /** Of how many runs. */
  readonly runs: number;
  /** Trends of the files and the total: the newest runs' durations in ms, three digits, in commit order. */
  readonly trends: {
    readonly runs: readonly RunNumber[];
    readonly files: readonly {
      readonly subject: SubjectNumber;
      readonly durationsMs: readonly (number | null)[];
    }[];
  };
}

// --- changes ------------------------------------------------------------------------------------------------------

export interface ChangesFile {
  /** Newest first. */
  readonly changes: readonly ChangeEntry[];
}

/**
 * `suspect`: history nominates it; `confirmed`, `refuted`, `undecided`: what interleaved runs of base and head said;
 * `recovered`: it is over, whatever it was. Open are the suspects, the undecided and the confirmed.
 */
export type ChangeState = 'suspect' | 'confirmed' | 'refuted' | 'undecided' | 'recovered';

export interface ChangeEntry {
  /** Names it in an address; unique within the repository. */
  readonly id: string;
  readonly state: ChangeState;
  /** What people made of it; `by`: `tracey` (nobody), `command`, `file` or `trailer`. */
  readonly triage: {
    readonly state: 'new' | 'acknowledged' | 'expected' | 'fixed' | 'recovered';
    readonly by: string;
    /** In the words of whoever decided. */
    readonly reason: string | null;
    readonly atMs: number;
  };
  readonly direction: 'slower' | 'faster';
  readonly branch: string | null;
  readonly environment: EnvironmentNumber;
  readonly subject: SubjectNumber;
  /** The test file; null for the run as a whole. */
  readonly path: string | null;
  /** Titles from the outermost suite; empty for a file as a whole. */
  readonly title: readonly string[];
  readonly occurrence: number;
  /** The first run of the new level, and the one that showed that it is over. */
  readonly run: RunNumber | null;
  readonly recoveredRun: RunNumber | null;
  /** The change came after `base` and with or before `head`. */
  readonly base: CommitNote;
  readonly head: CommitNote;
  readonly beforeMs: number;
  readonly nowMs: number;
  /** Now over before: of the experiment where there was one, else of the history; `low`, `high`: its interval, if any. */
  readonly ratio: {
    readonly value: number;
    readonly low: number | null;
    readonly high: number | null;
  } | null;
  /** Level of the interval: 0.95 of a history. */
  readonly level: number;
  /** Pairs of base and head that were run; 0 for what history says alone. */
  readonly pairs: number;
  /** Why it is undecided, in our words. */
  readonly reason: string | null;
  readonly foundMs: number;
  /** Where its time went; null when that is not known. */
  readonly profile: Ref | null;
}

/** What one run of each side with a profile said: where the time went at base and at head. */
export interface ProfileFile {
  /** Time on the CPU of the whole process, starting and loading included. */
  readonly baseMs: number;
  readonly headMs: number;
  /** Self times of the functions that differ most, the one that grew most first. */
  readonly functions: readonly ProfiledFunction[];
}

export interface ProfiledFunction {
  readonly name: string;
  /** Relative path, or Node's name of the module; empty for the engine itself. */
  readonly file: string;
  /** Counted from 1; null for the engine itself. */
  readonly line: number | null;
  readonly baseMs: number;
  readonly headMs: number;
}

// --- runners ------------------------------------------------------------------------------------------------------

export interface RunnersFile {
  readonly runners: readonly RunnerEntry[];
}

export interface RunnerEntry {
  readonly name: string;
  readonly roles: readonly ('primary' | 'field')[];
  /** Different facts that it had, newest first, with the first and last run that had them; at most 20. */
  readonly facts: readonly {
    readonly facts: MachineFacts;
    readonly fromMs: number;
    readonly toMs: number;
  }[];
  /** The newest 400 at most, by time. Only those of equal `workload` can be compared. */
  readonly calibrations: readonly Calibration[];
  /** What ran when: the newest 400 runs of all repositories, by start. */
  readonly queue: readonly QueueEntry[];
}

export interface Calibration {
  readonly atMs: number;
  /** Version of the workload and of the Node it ran on. */
  readonly workload: string;
  /** Times of fixed work; four digits. */
  readonly cpuMs: number;
  readonly memoryMs: number;
  /** Load average over a minute. */
  readonly load: number;
  /** Share of time in which something waited for a CPU, 0–1; null where the kernel does not say. */
  readonly cpuPressure: number | null;
}

export interface QueueEntry {
  readonly repository: string;
  readonly environment: EnvironmentNumber;
  readonly startedMs: number;
  readonly durationMs: number;
  readonly outcome: OutcomeWord;
  readonly interrupted: boolean;
}

// --- run ----------------------------------------------------------------------------------------------------------

/** One run with everything that is known of it. */
export interface RunFile {
  readonly id: string;
  readonly repository: string;
  readonly environment: EnvironmentName;
  readonly commit: CommitNote & {
    readonly parents: readonly string[];
    readonly branch: string | null;
    readonly modified: boolean;
  };
  readonly nodeVersion: string;
  readonly framework: { readonly name: string; readonly version: string } | null;
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly outcome: OutcomeWord;
  readonly reason: string | null;
  readonly interrupted: boolean;
  readonly noisy: boolean;
  readonly samples: number;
  readonly totals: {
    readonly files: number;
    readonly tests: number;
    readonly passed: number;
    readonly failed: number;
    readonly skipped: number;
    readonly aborted: number;
    readonly durationMs: number;
  };
  readonly dependencies: {
    readonly source: 'present' | 'installed' | 'none' | 'artifact' | 'cache';
    readonly packageManager: string | null;
    readonly durationMs: number | null;
    readonly artifactBytes: number | null;
  };
  readonly machine: {
    readonly facts: MachineFacts;
    readonly before: MachineReading | null;
    readonly after: MachineReading | null;
  };
  /** Ascending by subject, but for `detailed` runs: in the order in which they ran. */
  readonly files: readonly RunFileEntry[];
  /** Tests and suites, ascending by number. Names are in {@link NamesFile}. */
  readonly subjects: Deltas;
  readonly outcomes: Outcomes;
  /** Four digits, in ms. */
  readonly durationsMs: readonly (number | null)[];
  /** In thousandths. */
  readonly spreads: readonly (number | null)[];
  /** At most 500: files and tests that failed or were aborted, with reason and message cut to 300 characters. */
  readonly failures: readonly {
    readonly subject: SubjectNumber;
    readonly reason: string | null;
    readonly message: string | null;
  }[];
  /** How many there would have been. */
  readonly failureCount: number;
  /** Texts that the job type wrote; each cut to 64 KiB. */
  readonly documents: readonly RunDocument[];
}

/** Markdown has `parts`, unless it is too much to be shown as anything but text; all else has `content`. */
export interface RunDocument {
  readonly name: string;
  readonly mediaType: string;
  readonly cut: boolean;
  readonly content?: string;
  readonly parts?: readonly DocumentPart[];
}

/** Elements that documents are made of, by their names in HTML; `pre` and `code` hold text alone. */
export const DOCUMENT_TAGS = [
  'h3',
  'h4',
  'h5',
  'h6',
  'p',
  'blockquote',
  'ul',
  'ol',
  'li',
  'pre',
  'hr',
  'table',
  'thead',
  'tbody',
  'tr',
  'th',
  'td',
  'a',
  'br',
  'code',
  'em',
  's',
  'span',
  'strong',
] as const;
export type DocumentTag = (typeof DOCUMENT_TAGS)[number];

export type DocumentPart = string | DocumentElement;

export type DocumentElement = readonly [
  tag: DocumentTag,
  attributes: {
    /** Of `a`: an address of the web, or `#` and the `id` of a heading of the same document. */
    readonly href?: string;
    /** Of headings that a link leads to. */
    readonly id?: string;
    /** Of `ol`: its first number. */
    readonly start?: number;
    /** Of `th` and `td`. */
    readonly align?: 'center' | 'right';
  },
  ...parts: DocumentPart[],
];

export interface MachineReading {
  readonly atMs: number;
  readonly load: number;
  readonly cpuPressure: number | null;
  readonly memoryFreeBytes: number;
  readonly calibration: {
    readonly workload: string;
    readonly cpuMs: number;
    readonly memoryMs: number;
  } | null;
}

/** A test file in a run; what its time went into is loading, hooks, tests, and the rest (starting Node, ending). */
export interface RunFileEntry {
  readonly subject: SubjectNumber;
  readonly path: string;
  readonly outcome: OutcomeWord;
  readonly durationMs: number | null;
  readonly loadMs: number | null;
  /** Sum of the bodies of its tests. */
  readonly testsMs: number;
  /** Sum of all its hooks; null when the run's details are gone. */
  readonly hooksMs: number | null;
  readonly tests: number;
  readonly peakRssBytes: number | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Begins the fingerprint of what it loaded, 12 digits; equal: the same modules. Null when unknown. */
  readonly fingerprint: string | null;
}
