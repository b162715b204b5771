/**
 * Tests that a run has under another name than the run before: what is gone and what is new are one, where their bodies tell.
 * It only suggests: a line of the configuration accepts (`renames`), and until then each name has a history of its own.
 */
import type { Rename, RunTest, TestTitle } from '../store/rename-store.ts';
import type { TestPlace } from '../store/run-test-store.ts';
import type { Store } from '../store/store.ts';
import { compareText } from '../store/titles.ts';
import { formatTestName } from '../text.ts';

/** A line that the configuration could have. */
export interface RenameSuggestion extends Rename {
  /** How many tests it is about. */
  readonly tests: number;
}

/** A test with what it is called. */
export interface NamedTest extends RunTest, TestTitle {}

/** The same test in the run before and now. */
interface Pair {
  readonly before: NamedTest;
  readonly now: NamedTest;
}

/** A file is taken for another one when at least this share of its tests went there. */
const MOVED_SHARE = 0.5;

/** What two runs of a lane suggest, without what is accepted already. */
export async function suggestRenames(
  store: Store,
  { repository, before, now }: { readonly repository: string; readonly before: string; readonly now: string },
): Promise<readonly RenameSuggestion[]> {
  const lost = toNumbers(await store.listMissingTests(before, now));
  if (lost.size === 0) return [];
  const fresh = toNumbers(await store.listMissingTests(now, before));
  if (fresh.size === 0) return [];
  const [earlier, later] = [await store.readRunTests(before), await store.readRunTests(now)];
  const gone = earlier.filter(({ subjectId }) => lost.has(subjectId));
  const added = later.filter(({ subjectId }) => fresh.has(subjectId));
  const titles = await store.readTestTitles([...gone, ...added].map(({ subjectId }) => subjectId));
  const accepted = new Map(
    (await store.readRenames(repository)).map(({ subjectId, earlierId }) => [subjectId, earlierId]),
  );
  const name = (test: RunTest): NamedTest[] => {
    const found = titles.get(test.subjectId);
    return found === undefined ? [] : [{ ...test, ...found }];
  };
  return findRenames({
    gone: gone.flatMap(name),
    added: added.flatMap(name),
    stayed: later.filter(({ subjectId }) => !fresh.has(subjectId)),
    isAccepted: (one) => accepted.get(one.now.subjectId) === one.before.subjectId,
  });
}

/** Runs that are looked through for what is still to be accepted: of all repos, and of one branch of a lane. */
const RECENT = { runs: 1000, ofBranch: 20 } as const;

/** What the newest runs of each repository suggest, each run beside the one before it of its branch, by repository. */
export async function suggestRecentRenames(
  store: Store,
  { repository }: { readonly repository?: string },
): Promise<ReadonlyMap<string, readonly RenameSuggestion[]>> {
  const runs = await store.listRuns({ ...(repository !== undefined && { repository }), limit: RECENT.runs });
  const whole = runs.filter(({ interrupted, modified }) => !interrupted && !modified);
  const branches = Map.groupBy(whole, (run) =>
    JSON.stringify([
      run.repository,
      run.runner,
      run.role,
      run.nodeLine,
      run.jobType,
      run.isolation,
      run.branch,
    ]),
  );
  const found = new Map<string, readonly RenameSuggestion[]>();
  for (const ofBranch of branches.values()) {
    const ordered = ofBranch
      .slice(0, RECENT.ofBranch)
      .sort((a, b) => compareText(a.committedAt, b.committedAt) || compareText(a.id, b.id));
    for (const [at, now] of ordered.entries()) {
      const before = ordered[at - 1];
      if (before === undefined || before.commit === now.commit) continue;
      const pair = { repository: now.repository, before: before.id, now: now.id };
      const known = found.get(now.repository) ?? [];
      found.set(now.repository, mergeSuggestions([...known, ...(await suggestRenames(store, pair))]));
    }
  }
  return found;
}

function toNumbers(tests: readonly TestPlace[]): ReadonlySet<number> {
  return new Set(tests.map(({ subjectId }) => subjectId));
}

/** Lines for tests that are gone in one place and new in another; whole files first. */
export function findRenames({
  gone,
  added,
  stayed,
  isAccepted = () => false,
}: {
  readonly gone: readonly NamedTest[];
  readonly added: readonly NamedTest[];
  readonly stayed: readonly RunTest[];
  readonly isAccepted?: (pair: Pair) => boolean;
}): RenameSuggestion[] {
  const moves = findMovedFiles({ gone, added, stayed });
  const moved = moves.flatMap(({ pairs }) => pairs);
  const used = new Set(moved.flatMap(({ before, now }) => [before, now]));
  // A moved file is the same place as before.
  const places = new Map(moves.map(({ from, to }) => [from.fileId, to.fileId]));
  const pairs = pairWithin({
    gone: gone.filter((test) => !used.has(test)),
    added: added.filter((test) => !used.has(test)),
    stayed,
    findPlace: ({ fileId }) => places.get(fileId) ?? fileId,
  });
  const lines = moves.flatMap(({ from, to, pairs: ofFile }) =>
    ofFile.every(isAccepted) ? [] : [{ from: from.path, to: to.path, tests: ofFile.length }],
  );
  return [
    ...lines,
    ...foldSuites(
      pairs.filter((pair) => !isAccepted(pair)),
      gone,
    ),
  ];
}

interface MovedFile {
  readonly from: NamedTest;
  readonly to: NamedTest;
  readonly pairs: readonly Pair[];
}

/** Files of which nothing stayed, and where most of their tests are now, with their titles and bodies. */
function findMovedFiles({
  gone,
  added,
  stayed,
}: {
  readonly gone: readonly NamedTest[];
  readonly added: readonly NamedTest[];
  readonly stayed: readonly RunTest[];
}): MovedFile[] {
  const living = new Set(stayed.map(({ fileId }) => fileId));
  const [from, to] = [gone, added].map((tests) =>
    Map.groupBy(
      tests.filter(({ fileId }) => !living.has(fileId)),
      ({ fileId }) => fileId,
    ),
  ) as [Map<number, NamedTest[]>, Map<number, NamedTest[]>];
  const taken = new Set<number>();
  return [...from.values()].flatMap((tests): MovedFile[] => {
    const candidates = [...to]
      .filter(([fileId]) => !from.has(fileId) && !taken.has(fileId))
      .map(([fileId, others]) => ({ fileId, pairs: pairSame(tests, others) }))
      .sort((a, b) => b.pairs.length - a.pairs.length);
    const [best, second] = candidates;
    const [first] = best?.pairs ?? [];
    if (best === undefined || first === undefined) return [];
    const isSure =
      best.pairs.length >= MOVED_SHARE * tests.length && best.pairs.length > (second?.pairs.length ?? 0);
    if (!isSure) return [];
    taken.add(best.fileId);
    return [{ from: first.before, to: first.now, pairs: best.pairs }];
  });
}

/** Tests with the same titles and the same body. */
function pairSame(gone: readonly NamedTest[], added: readonly NamedTest[]): Pair[] {
  const key = ({ title, occurrence, body }: NamedTest) => JSON.stringify([title, occurrence, body]);
  const targets = new Map(added.map((test) => [key(test), test]));
  return gone.flatMap((before) => {
    const now = before.body === null ? undefined : targets.get(key(before));
    return now === undefined ? [] : [{ before, now }];
  });
}

interface Unpaired {
  readonly gone: readonly NamedTest[];
  readonly added: readonly NamedTest[];
  readonly stayed: readonly RunTest[];
  readonly findPlace: (test: RunTest) => number;
}

/**
 * What is gone and new in the same place: by body and own title first, as when a suite was renamed; then by body alone, if no
 * other test of the place has it. Tests made in a loop have one body together, which tells nothing.
 */
function pairWithin({ gone, added, stayed, findPlace }: Unpaired): Pair[] {
  const byTitle = pairUnique({ gone, added }, (test) => [findPlace(test), test.body, test.title.at(-1)]);
  const used = new Set(byTitle.flatMap(({ before, now }) => [before, now]));
  const keyOf = (test: RunTest) => JSON.stringify([findPlace(test), test.body]);
  const shared = new Set([...stayed, ...used].map(keyOf));
  const isOwn = (test: NamedTest) => !used.has(test) && !shared.has(keyOf(test));
  const byBody = pairUnique({ gone: gone.filter(isOwn), added: added.filter(isOwn) }, (test) => [
    findPlace(test),
    test.body,
  ]);
  return [...byTitle, ...byBody];
}

/** Pairs of those that have a key for themselves on both sides. */
function pairUnique(
  { gone, added }: Pick<Unpaired, 'gone' | 'added'>,
  computeKey: (test: NamedTest) => readonly unknown[],
): Pair[] {
  const group = (tests: readonly NamedTest[]) =>
    Map.groupBy(
      tests.filter(({ body }) => body !== null),
      (test) => JSON.stringify(computeKey(test)),
    );
  const targets = group(added);
  return [...group(gone)].flatMap(([key, [before, ...others]]) => {
    const [now, ...namesakes] = targets.get(key) ?? [];
    if (before === undefined || now === undefined || others.length > 0 || namesakes.length > 0) return [];
    return [{ before, now }];
  });
}

/** One line for a suite all of whose tests went to the same other one; a line for each other test. */
function foldSuites(pairs: readonly Pair[], gone: readonly NamedTest[]): RenameSuggestion[] {
  const groups = Map.groupBy(pairs, (pair) => {
    const suites = findSuites(pair);
    return suites === null ? '' : JSON.stringify(suites);
  });
  return [...groups].flatMap(([key, some]) => {
    const [suites] = some.map(findSuites);
    if (key === '' || !suites || !isWholeSuite(suites.from, some, gone)) return some.map(toLine);
    return [{ ...suites, tests: some.length }];
  });
}

/** The suites that differ, by their names, where nothing else of the titles does; null otherwise. */
function findSuites({ before, now }: Pair): Rename | null {
  if (before.title.length !== now.title.length || before.occurrence > 1 || now.occurrence > 1) return null;
  const differing = before.title.flatMap((title, at) => (title === now.title[at] ? [] : [at]));
  const [depth] = differing;
  if (depth === undefined || differing.length > 1 || depth === before.title.length - 1) return null;
  return {
    from: [before.path, ...before.title.slice(0, depth + 1)].join(' > '),
    to: [now.path, ...now.title.slice(0, depth + 1)].join(' > '),
  };
}

function isWholeSuite(suite: string, pairs: readonly Pair[], gone: readonly NamedTest[]): boolean {
  const beneath = gone.filter((test) => toName(test).startsWith(`${suite} > `));
  return beneath.length === pairs.length;
}

function toLine({ before, now }: Pair): RenameSuggestion {
  return { from: toName(before), to: toName(now), tests: 1 };
}

function toName({ path, title, occurrence }: TestTitle): string {
  return formatTestName(path, { title, occurrence: occurrence > 1 ? occurrence : undefined });
}

/** Each line once, whichever environments suggest it. */
export function mergeSuggestions(suggestions: readonly RenameSuggestion[]): RenameSuggestion[] {
  const merged = new Map<string, RenameSuggestion>();
  for (const one of suggestions) {
    const key = JSON.stringify([one.from, one.to]);
    const known = merged.get(key);
    if (known === undefined || known.tests < one.tests) merged.set(key, one);
  }
  return [...merged.values()];
}

/**
 * The line for `renames` of `.tracey.yml`, as YAML: titles are texts of tested code, and hold quotes, variables and controls
 * as they like.
 */
export function formatRenameLine({ from, to }: Rename): string {
  return `  - { from: ${quote(from)}, to: ${quote(to)} }`;
}

function quote(text: string): string {
  // A function, for `$$` in a replacement is a `$`.
  return JSON.stringify(text.replaceAll('${', () => '$${')).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => {
      const code = (character.codePointAt(0) ?? 0).toString(16);
      return code.length > 4 ? `\\U${code.padStart(8, '0')}` : `\\u${code.padStart(4, '0')}`;
    },
  );
}
