/**
 * Tests that a run no longer has though runs of earlier commits of its line had them: nobody misses a test that is not there.
 * What cannot be known is not told — the file crashed or failed, only some files were run — nor what is there under another
 * name, nor a test that came and went before, such as one with a date in its title.
 */
import { posix, relative, sep } from 'node:path';
import type { FileStream, Outcome } from '../model.ts';
import { type Repository, runGit } from '../repository/git.ts';
import type { CommitLine } from '../repository/line.ts';
import type { CommitText, LaneName } from '../store/change-store.ts';
import type { LaneRun } from '../store/lane-store.ts';
import type { Store } from '../store/store.ts';
import { formatTestName } from '../text.ts';
import { pickRuns } from './screen-lane.ts';
import type { VanishedNews, VanishedTest } from './vanished-test.ts';

/** What is gone of one lane, as its last run of a job has it. */
export interface LaneVanished {
  readonly lane: LaneName;
  readonly branch: string | null;
  readonly runId: string;
  readonly gone: readonly VanishedTest[];
  /** Whether the last run has a test or file of this name. */
  readonly isPresent: (name: string) => boolean;
}

export interface LaneToLookAt {
  readonly store: Store;
  readonly lane: LaneName;
  readonly line: CommitLine;
  /** Runs of the job that are of the line. */
  readonly runIds: ReadonlySet<string>;
  /** Only some files were to be run: of the others nothing is known. */
  readonly isPartial: boolean;
  /** Says whether a commit has a file of the measured folder; left out: nobody knows, and files are not missed. */
  readonly hasFile?: (sha: string, path: string) => Promise<boolean>;
}

/** A test must have been in so many runs before, as far as there are so many: one run alone may be an accident. */
const STEADY = 2;

/** Runs before that are looked at, for files that failed in the newest of them. */
const LOOKED = 5;

/** Files that stay and are not run are missed where at least this share of the files is run as before. */
const LEAST_SHARE = 0.5;

const SEARCHED = 500;

/** What the job's runs of one lane and line show to be gone; null where it has none. */
export async function findVanished(task: LaneToLookAt): Promise<LaneVanished | null> {
  const { store, lane, line, runIds } = task;
  const runs = pickRuns(await store.listLaneRuns(lane, SEARCHED), line);
  const read = createReader(store);
  // What the configuration says to have another name is not gone; what only seems to is known by its body.
  const renamed = new Set((await store.readRenames(lane.repository)).map(({ from }) => from));
  const gone = new Map<string, VanishedTest>();
  let newest: LaneRun | undefined;
  for (const [at, run] of runs.entries()) {
    if (!runIds.has(run.id)) continue;
    newest = run;
    const earlier = runs.slice(Math.max(0, at - LOOKED), at).reverse();
    for (const one of await compareRun({ run, earlier, read, renamed, ...task })) gone.set(one.name, one);
  }
  if (newest === undefined) return null;
  const last = await read(newest);
  const isPresent = (name: string) => last.names.has(name);
  return {
    lane,
    branch: newest.branch,
    runId: newest.id,
    gone: [...gone.values()].filter(({ name }) => !isPresent(name)),
    isPresent,
  };
}

/** The files of a run, and what is in them. */
interface RunContent {
  readonly files: ReadonlyMap<string, FileContent>;
  /** Of all files and tests. */
  readonly names: ReadonlySet<string>;
}

interface FileContent {
  /** Its end was reached, and nothing went wrong: what is not in it is not there. */
  readonly isWhole: boolean;
  /** The hash of the body by the test's name; undefined where it is not known. */
  readonly tests: ReadonlyMap<string, string | undefined>;
}

type ReadContent = (run: LaneRun) => Promise<RunContent>;

/** Reads each run once, as long as it may be asked for again. */
function createReader(store: Store): ReadContent {
  const read = new Map<string, RunContent>();
  return async ({ id }) => {
    const known = read.get(id);
    if (known) return known;
    const content = await gatherContent((await store.readRun(id)).files);
    read.set(id, content);
    const [oldest] = read.keys();
    if (read.size > LOOKED + 1 && oldest !== undefined) read.delete(oldest);
    return content;
  };
}

const WHOLE: readonly Outcome[] = ['passed', 'skipped'];

async function gatherContent(stream: FileStream): Promise<RunContent> {
  const files = new Map<string, FileContent>();
  const names = new Set<string>();
  for await (const { path, outcome, tests: results } of stream) {
    const tests = new Map<string, string | undefined>();
    for (const test of results) tests.set(formatTestName(path, test), test.body);
    files.set(path, { isWhole: WHOLE.includes(outcome), tests });
    names.add(path);
    for (const name of tests.keys()) names.add(name);
  }
  return { files, names };
}

/** What one run has no longer. */
async function compareRun({
  run,
  earlier,
  read,
  renamed,
  ...task
}: LaneToLookAt & {
  readonly run: LaneRun;
  /** Newest first. */
  readonly earlier: readonly LaneRun[];
  readonly read: ReadContent;
  /** Names that things had before. */
  readonly renamed: ReadonlySet<string>;
}): Promise<VanishedTest[]> {
  const now = await read(run);
  const seen = await gatherSeen(earlier, { now, read });
  const head = describeCommit(run);
  const takeMove = createMoves(now, seen);
  const gone: VanishedTest[] = [];
  for (const [path, [last, before]] of seen) {
    const { tests } = last.file;
    const file = now.files.get(path);
    if (file !== undefined && !file.isWhole) continue;
    const missing = [...tests.keys()].filter(
      (name) => !file?.tests.has(name) && (before === undefined || before.file.tests.has(name)),
    );
    const left = missing.filter((name) => !renamed.has(name) && !takeMove(tests.get(name)));
    const place = { isThere: false, base: describeCommit(last.run), head };
    const isWhole = file === undefined && left.length === tests.size;
    if (file === undefined && left.length > 0) {
      const isThere = await findWhetherThere(path, { run, last, now, task });
      if (isThere === null) continue;
      if (isWhole) gone.push({ ...place, name: path, tests: tests.size, isThere });
    }
    if (!isWhole) gone.push(...left.map((name) => ({ ...place, name, tests: null })));
  }
  return gone;
}

/** A file as a run had it. */
interface Seen {
  readonly run: LaneRun;
  readonly content: RunContent;
  readonly file: FileContent;
}

/** Each file of earlier runs as the newest of them had it that had it whole, and as the one before that had it. */
async function gatherSeen(
  earlier: readonly LaneRun[],
  { now, read }: { readonly now: RunContent; readonly read: ReadContent },
): Promise<ReadonlyMap<string, readonly [Seen, Seen?]>> {
  const seen = new Map<string, Seen[]>();
  for (const [index, run] of earlier.entries()) {
    const content = await read(run);
    for (const [path, file] of content.files) {
      const known = seen.get(path) ?? [];
      if (file.isWhole && known.length < STEADY) seen.set(path, [...known, { run, content, file }]);
    }
    const isEnough = [...now.files.keys()].every((path) => (seen.get(path)?.length ?? 0) >= STEADY);
    if (index + 1 >= STEADY && isEnough) break;
  }
  return seen as unknown as ReadonlyMap<string, readonly [Seen, Seen?]>;
}

/** Whether a file that was not run is still in the repo; null when it need not be missed. */
async function findWhetherThere(
  path: string,
  {
    run,
    last,
    now,
    task: { isPartial, hasFile },
  }: {
    readonly run: LaneRun;
    readonly last: Seen;
    readonly now: RunContent;
    readonly task: Pick<LaneToLookAt, 'isPartial' | 'hasFile'>;
  },
): Promise<boolean | null> {
  if (isPartial || hasFile === undefined) return null;
  if (!(await hasFile(run.commit, path))) return false;
  // Runs of other files, as somebody chose them then, are no runs of this suite.
  const before = [...last.content.files.keys()];
  const kept = before.filter((one) => now.files.has(one)).length;
  return kept >= LEAST_SHARE * before.length ? true : null;
}

/** Takes a test that is new and has such a body for the same one under another name, each once. */
function createMoves(
  now: RunContent,
  seen: ReadonlyMap<string, readonly [Seen, Seen?]>,
): (body: string | undefined) => boolean {
  const known = new Set([...seen.values()].flatMap(([{ file }]) => [...file.tests.keys()]));
  const fresh = new Map<string, number>();
  for (const { tests } of now.files.values()) {
    for (const [name, body] of tests) {
      if (body !== undefined && !known.has(name)) fresh.set(body, (fresh.get(body) ?? 0) + 1);
    }
  }
  return (body) => {
    const left = body === undefined ? 0 : (fresh.get(body) ?? 0);
    if (body !== undefined && left > 0) fresh.set(body, left - 1);
    return left > 0;
  };
}

function describeCommit({ commit, commitSubject, committedAt }: LaneRun): CommitText {
  return { sha: commit, subject: commitSubject, author: '', committedAt };
}

/**
 * Notes what is gone of the lanes of a job, and gives what is news of each: told once, with the first lane that shows it,
 * for all of them.
 */
export async function settleVanished(
  lanes: readonly LaneVanished[],
  store: Store,
): Promise<ReadonlyMap<LaneVanished, readonly VanishedNews[]>> {
  const news = new Set(
    await store.settleVanished(lanes.map((one) => ({ ...one, names: one.gone.map(({ name }) => name) }))),
  );
  const told = new Map<LaneVanished, readonly VanishedNews[]>();
  for (const one of lanes) {
    const first = one.gone.filter(({ name }) => news.delete(name));
    const toNews = (test: VanishedTest): VanishedNews => {
      const having = lanes.filter(({ gone }) => gone.some(({ name }) => name === test.name));
      return { ...test, nodeLines: [...new Set(having.map(({ lane }) => lane.nodeLine))] };
    };
    told.set(one, first.map(toNews));
  }
  return told;
}

/** Asks git whether a commit has a file of the measured folder. */
export function createFileFinder(repository: Repository): NonNullable<LaneToLookAt['hasFile']> {
  const folder = relative(repository.root, repository.folder).split(sep).join(posix.sep);
  return async (sha, path) => {
    const { exitCode } = await runGit(['cat-file', '-e', `${sha}:${posix.join(folder, path)}`], repository);
    return exitCode === 0;
  };
}
