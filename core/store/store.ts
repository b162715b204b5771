/**
 * What a store of results can do, whatever keeps them. Everything that measures, analyses or shows speaks
 * to this interface; only this folder knows that SQLite is behind it. Every function is asynchronous
 * because a database across a network must be able to implement it.
 *
 * It keeps what it is given and gives it back. It does not judge: what is slower, noisy or comparable is
 * decided in `analysis`.
 */
import type {
  FileResults,
  Isolation,
  Outcome,
  Role,
  RunFacts,
  RunResults,
  TagList,
  Totals,
} from '../model.ts';
import type { ReportFindings } from '../report-format.ts';
import type { ChangeStore } from './change-store.ts';
import type { LaneStore } from './lane-store.ts';
import type { NoticeStore } from './notice-store.ts';
import type { RenameStore } from './rename-store.ts';
import type { RunTestStore } from './run-test-store.ts';

export interface Store extends ChangeStore, LaneStore, NoticeStore, RenameStore, RunTestStore {
  /** Where the results are, for messages: a path. */
  readonly location: string;
  /** Keeps a run, all of it or nothing. `known`: a run of this id is there already, and stays as it was. */
  writeRun(run: RunResults): Promise<WriteOutcome>;
  /**
   * Keeps several runs in one transaction, and what was found of them: when one cannot be kept, none is. What was found of
   * runs that are not there is left out; of what is known already, what somebody else has learnt or decided since is taken.
   */
  writeRuns(runs: Iterable<RunResults>, found?: Partial<ReportFindings>): Promise<Written>;
  /** The run of this id, or the only one whose id begins with it. Throws a StoreError when several do. */
  findRun(idOrPrefix: string): Promise<RunSummary | undefined>;
  /** Summaries, newest start first. */
  listRuns(query: RunQuery): Promise<readonly RunSummary[]>;
  /** What is still kept of a run. Throws a StoreError when there is no such run. */
  readRun(id: string): Promise<StoredRun>;
  /** The series whose text is `text` exactly, else those whose text contains it. */
  findSeries(query: SeriesQuery): Promise<SeriesMatches>;
  /** The newest points of a series, oldest first, in commit order; before it begins, those of what it was called before. */
  readHistory(query: HistoryQuery): Promise<readonly HistoryPoint[]>;
  /** Keeps which tags of a repository (`owner/name`) point at commits that have runs, in the place of what it knew. */
  writeTags(repository: string, list: TagList): Promise<void>;
  /** Every run, oldest start first. */
  exportRuns(): AsyncIterable<StoredRun>;
  close(): Promise<void>;
}

export type WriteOutcome = 'stored' | 'known';

export interface WriteCounts {
  readonly stored: number;
  readonly known: number;
  /** Changes that are new, or not as they were. */
  readonly changes: number;
}

/** What was kept, besides how much. */
export interface Written extends WriteCounts {
  readonly runIds: readonly string[];
  readonly changeIds: readonly string[];
}

/**
 * A run as it is kept now. `full`: as it was written. `folded`: it is so old that only outcomes, median
 * durations and failures are left; `samplesMs` is then empty, `hooksMs` and `cpuMs` are null, `attempts` is 0,
 * a file has no `output`, and files, suites and tests are in alphabetical order.
 */
export interface StoredRun {
  readonly run: RunFacts;
  readonly detail: 'full' | 'folded';
  /** Its files, a piece of one in memory at a time; can be iterated again while the store is open. */
  readonly files: AsyncIterable<FileResults>;
  /** The paths of its files, in no particular order. */
  readonly paths: readonly string[];
  findFile(path: string): Promise<FileResults | undefined>;
}

/** Filters that are left out let everything through. */
export interface RunQuery {
  readonly repository?: string;
  readonly runner?: string;
  readonly nodeLine?: string;
  readonly branch?: string;
  readonly jobType?: string;
  readonly limit: number;
}

/** A run without its files. */
export interface RunSummary {
  readonly id: string;
  readonly repository: string;
  readonly commit: string;
  readonly commitSubject: string;
  readonly committedAt: string;
  readonly branch: string | null;
  readonly modified: boolean;
  readonly jobType: string;
  readonly runner: string;
  readonly role: Role;
  readonly isolation: Isolation;
  readonly nodeVersion: string;
  readonly nodeLine: string;
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly outcome: Outcome;
  readonly reason?: string;
  readonly interrupted: boolean;
  readonly samples: number;
  readonly totals: Totals;
  readonly detail: StoredRun['detail'];
}

/** What a series is about. `load` is the time to load a file and what it requires. */
export type SubjectKind = 'total' | 'file' | 'load' | 'suite' | 'test';

/** Names a series within this store; means nothing in another one. */
interface SeriesKey {
  readonly subjectId: number;
  readonly environmentId: number;
}

export interface Series extends SeriesKey {
  readonly repository: string;
  readonly kind: SubjectKind;
  /** The file it belongs to; null for a total. */
  readonly path: string | null;
  /** Titles from the outermost suite inwards; empty but for suites and tests. */
  readonly title: readonly string[];
  readonly occurrence: number;
  /** Path and titles joined by ` > `, then ` #2` for a later namesake: what {@link SeriesQuery.text} is compared with. */
  readonly text: string;
  readonly runner: string;
  readonly role: Role;
  readonly nodeLine: string;
  readonly jobType: string;
  readonly isolation: Isolation;
}

export interface SeriesQuery {
  /** `test/app.js > app > should inherit`, `… #2`, `test/app.js`, `test/app.js (load)`, `total`, or a part of one. */
  readonly text: string;
  readonly repository?: string;
  readonly runner?: string;
  readonly nodeLine?: string;
  readonly jobType?: string;
  /** Most series to give back; 20 when left out. */
  readonly limit?: number;
}

export interface SeriesMatches {
  /** True when `text` names them exactly; false when they are candidates that contain it. */
  readonly exact: boolean;
  /** For each subject, the environment of the run stored last first. */
  readonly series: readonly Series[];
}

export interface HistoryQuery {
  readonly series: SeriesKey;
  /** Most points to give back, the newest ones. */
  readonly limit: number;
}

export interface HistoryPoint {
  readonly runId: string;
  readonly commit: string;
  readonly commitSubject: string;
  readonly committedAt: string;
  readonly branch: string | null;
  readonly startedAt: string;
  readonly nodeVersion: string;
  /** Null for suites and load times, which have no outcome of their own. */
  readonly outcome: Outcome | null;
  /** Median over the samples, in milliseconds; null when none finished. */
  readonly durationMs: number | null;
  /** Relative robust standard deviation of the samples (0–1 and more); null for fewer than two samples. */
  readonly spread: number | null;
  /** Hash of the text of a test's body; null where it is unknown, and for what has none. */
  readonly body: string | null;
  readonly interrupted: boolean;
  readonly modified: boolean;
}
