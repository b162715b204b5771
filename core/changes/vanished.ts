/**
 * Tests that a run no longer has though runs of earlier commits of its line had them: nobody misses a test that is not there.
 * What cannot be known is not told — the file crashed or failed, only some files were run — nor what is there under another
 * name, nor a test that came and went before, such as one with a date in its title.
 */
import { posix, relative, sep } from 'node:path';
import type { Outcome } from '../model.ts';
import { type Repository, runGit } from '../repository/git.ts';
import type { CommitLine } from '../repository/line.ts';
import type { LaneName } from '../store/change-store.ts';
import type { LaneRun } from '../store/lane-store.ts';
import type { Store, StoredRun } from '../store/store.ts';
import { formatTestName } from '../text.ts';
import { describeCommit } from './commit-text.ts';
import { pickRuns } from './screen-lane.ts';
import type { VanishedNews, VanishedTest } from './vanished-test.ts';

/** What is gone of one lane, as its last run of a job has it. */
export interface LaneVanished {
  readonly lane: LaneName;
  readonly branch: string | null;
  readonly runId: string;
  readonly gone: readonly VanishedTest[];
  /** Whether the last run has what was noted to be gone, by its name. */
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
  const readTests = createTestReader(store);
  const gone = new Map<string, VanishedTest>();
  let newest: LaneRun | undefined;
  for (const [at, run] of runs.entries()) {
    if (!runIds.has(run.id)) continue;
    newest = run;
    const earlier = runs.slice(Math.max(0, at - LOOKED), at).reverse();
    for (const one of await compareRun({ run, earlier, readTests, ...task })) gone.set(one.name, one);
  }
  if (newest === undefined) return null;
  const asked = [...gone.keys(), ...(await store.listVanished(lane, newest.branch))];
  const present = await findPresent(asked, { store, run: newest, readTests });
  const isPresent = (name: string) => present.has(name);
  return {
    lane,
    branch: newest.branch,
    runId: newest.id,
    gone: [...gone.values()].filter(({ name }) => !isPresent(name)),
    isPresent,
  };
}

/** The hash of the body by the test's name; undefined where it is not known. */
type TestBodies = ReadonlyMap<string, string | undefined>;

/** Reads the tests that a run had in a file. */
type ReadTests = (run: LaneRun, path: string) => Promise<TestBodies>;

function createTestReader(store: Store): ReadTests {
  const opened = new Map<string, Promise<StoredRun>>();
  return async ({ id }, path) => {
    const opening = opened.get(id) ?? store.readRun(id);
    opened.set(id, opening);
    const tests = new Map<string, string | undefined>();
    for (const test of (await (await opening).findFile(path))?.tests ?? []) {
      tests.set(formatTestName(path, test), test.body);
    }
    return tests;
  };
}

/** Which of these names the tests and files of a run have. */
async function findPresent(
  names: readonly string[],
  { store, run, readTests }: { readonly store: Store; readonly run: LaneRun; readonly readTests: ReadTests },
): Promise<ReadonlySet<string>> {
  if (names.length === 0) return new Set();
  const present = new Set<string>();
  for (const { path } of await store.listRunFiles(run.id)) {
    const ofFile = names.filter((name) => name.startsWith(path));
    const tests = ofFile.some((name) => name !== path) ? await readTests(run, path) : new Map();
    for (const name of ofFile) if (name === path || tests.has(name)) present.add(name);
  }
  return present;
}

/** Files by their paths, and whether their end was reached and nothing went wrong: what is not in one then is not there. */
type WholeFiles = ReadonlyMap<string, boolean>;

const WHOLE: readonly Outcome[] = ['passed', 'skipped'];

async function readFiles(store: Store, { id }: LaneRun): Promise<WholeFiles> {
  return new Map((await store.listRunFiles(id)).map(({ path, outcome }) => [path, WHOLE.includes(outcome)]));
}

/** What one run has no longer. */
async function compareRun({
  run,
  earlier,
  readTests,
  ...task
}: LaneToLookAt & {
  readonly run: LaneRun;
  /** Newest first. */
  readonly earlier: readonly LaneRun[];
  readonly readTests: ReadTests;
}): Promise<VanishedTest[]> {
  const { store, lane } = task;
  const now = await readFiles(store, run);
  const seen = await gatherSeen(earlier, { now, store });
  const missing = await listMissing(seen, { store, run, now });
  // Nearly always: what is there and what was measured of it need not be read.
  if (missing.size === 0) return [];
  // What the configuration says to have another name is not gone; what only seems to is known by its body.
  const renamed = new Set((await store.readRenames(lane.repository)).map(({ from }) => from));
  const takeMove = await createMoves(seen, { store, run, now, missing, readTests });
  const head = describeCommit(run);
  const gone: VanishedTest[] = [];
  for (const [path, [last, before]] of seen) {
    if (!missing.has(path)) continue;
    const has = now.has(path) ? await readTests(run, path) : null;
    const had = await readTests(last.run, path);
    const hadBefore = before === undefined ? had : await readTests(before.run, path);
    const lost = [...had.keys()].filter((name) => !has?.has(name) && hadBefore.has(name));
    const left = lost.filter((name) => !renamed.has(name) && !takeMove(had.get(name)));
    const place = { isThere: false, base: describeCommit(last.run), head };
    const isWhole = has === null && left.length === had.size;
    if (has === null && left.length > 0) {
      const isThere = await findWhetherThere(path, { run, last, now, task });
      if (isThere === null) continue;
      if (isWhole) gone.push({ ...place, name: path, tests: had.size, isThere });
    }
    if (!isWhole) gone.push(...left.map((name) => ({ ...place, name, tests: null })));
  }
  return gone;
}

/** A file in a run that had it whole. */
interface Seen {
  readonly run: LaneRun;
  /** All of that run. */
  readonly files: WholeFiles;
}

/** By path: the newest earlier run that had the file whole, and the one before that which had it so. */
type SeenFiles = ReadonlyMap<string, readonly [Seen, Seen?]>;

async function gatherSeen(
  earlier: readonly LaneRun[],
  { now, store }: { readonly now: WholeFiles; readonly store: Store },
): Promise<SeenFiles> {
  const seen = new Map<string, Seen[]>();
  for (const [index, run] of earlier.entries()) {
    const files = await readFiles(store, run);
    for (const [path, isWhole] of files) {
      const known = seen.get(path) ?? [];
      if (isWhole && known.length < STEADY) seen.set(path, [...known, { run, files }]);
    }
    const isEnough = [...now.keys()].every((path) => (seen.get(path)?.length ?? 0) >= STEADY);
    if (index + 1 >= STEADY && isEnough) break;
  }
  return seen as unknown as SeenFiles;
}

interface ComparedRun {
  readonly store: Store;
  readonly run: LaneRun;
  readonly now: WholeFiles;
}

/** Files whose tests are not all there any more, as far as that can be known. */
async function listMissing(seen: SeenFiles, { store, run, now }: ComparedRun): Promise<ReadonlySet<string>> {
  const missing = new Set<string>();
  for (const last of listNewest(seen)) {
    for (const { path } of await store.listMissingTests(last.id, run.id)) {
      if (seen.get(path)?.[0].run === last && now.get(path) !== false) missing.add(path);
    }
  }
  return missing;
}

/** The runs that files were seen in last: nearly always one. */
function listNewest(seen: SeenFiles): ReadonlySet<LaneRun> {
  return new Set([...seen.values()].map(([{ run }]) => run));
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
    readonly now: WholeFiles;
    readonly task: Pick<LaneToLookAt, 'isPartial' | 'hasFile'>;
  },
): Promise<boolean | null> {
  if (isPartial || hasFile === undefined) return null;
  if (!(await hasFile(run.commit, path))) return false;
  // Runs of other files, as somebody chose them then, are no runs of this suite.
  const before = [...last.files.keys()];
  const kept = before.filter((one) => now.has(one)).length;
  return kept >= LEAST_SHARE * before.length ? true : null;
}

/** Takes a test that is new and has such a body for the same one under another name, each once. */
async function createMoves(
  seen: SeenFiles,
  {
    store,
    run,
    now,
    missing,
    readTests,
  }: ComparedRun & { readonly missing: ReadonlySet<string>; readonly readTests: ReadTests },
): Promise<(body: string | undefined) => boolean> {
  const changed = new Set([...missing, ...[...now.keys()].filter((path) => !seen.has(path))]);
  for (const last of listNewest(seen)) {
    for (const { path } of await store.listMissingTests(run.id, last.id)) changed.add(path);
  }
  const fresh = new Map<string, number>();
  for (const path of changed) {
    if (!now.has(path)) continue;
    const [last] = seen.get(path) ?? [];
    const known = last === undefined ? new Map() : await readTests(last.run, path);
    for (const [name, body] of await readTests(run, path)) {
      if (body !== undefined && !known.has(name)) fresh.set(body, (fresh.get(body) ?? 0) + 1);
    }
  }
  return (body) => {
    const left = body === undefined ? 0 : (fresh.get(body) ?? 0);
    if (body !== undefined && left > 0) fresh.set(body, left - 1);
    return left > 0;
  };
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
