/**
 * What people have said about changes beforehand or in their repo: the list in the repo, and trailers of commits. What
 * somebody set with `tracey changes` stays, unless the repo says otherwise.
 */
import { type Decision, matchesPattern } from '../config/decisions.ts';
import { type Repository, runGit } from '../repository/git.ts';
import type { ChangeUpdate, StoredChange } from '../store/change-store.ts';
import type { Store } from '../store/store.ts';
import { cutText } from '../text.ts';

/** `Tracey-Expect: slower <pattern>` at the end of a commit's message. */
interface Expectation {
  readonly sha: string;
  readonly pattern: string;
}

const TRAILER = 'Tracey-Expect';
const REASON_LENGTH = 200;

/** Notes what the list in the repo says of changes that are known already. */
export async function applyList(
  changes: readonly StoredChange[],
  { store, decisions }: { readonly store: Store; readonly decisions: readonly Decision[] },
): Promise<void> {
  for (const change of changes) {
    const state = findDecision(change, decisions);
    if (state !== null && isNews(state, change)) await store.updateChange(change.id, { state });
  }
}

/** The changes as they are after what people have decided was noted. */
export async function applyDecisions(
  changes: readonly StoredChange[],
  {
    store,
    repository,
    decisions,
  }: { readonly store: Store; readonly repository: Repository; readonly decisions: readonly Decision[] },
): Promise<readonly StoredChange[]> {
  const decided: StoredChange[] = [];
  const expectations = new Map<string, readonly Expectation[]>();
  for (const change of changes) {
    const range = `${change.base}..${change.head}`;
    const known = expectations.get(range) ?? (await readExpectations(repository, range));
    expectations.set(range, known);
    const state = findDecision(change, decisions) ?? findExpectation(change, known);
    if (state === null || !isNews(state, change)) {
      decided.push(change);
      continue;
    }
    await store.updateChange(change.id, { state });
    decided.push({ ...change, state: state.state, stateReason: state.reason, stateBy: state.by });
  }
  return decided;
}

type State = NonNullable<ChangeUpdate['state']>;

/** What is over is over, whatever was said of it before. */
function isNews({ state, reason }: State, change: StoredChange): boolean {
  return change.state !== 'recovered' && (state !== change.state || reason !== change.stateReason);
}

function findDecision(change: StoredChange, decisions: readonly Decision[]): State | null {
  // What stands further down is newer.
  const found = decisions.findLast(
    ({ test, commit, node }) =>
      matchesPattern(change.subject.text, test) &&
      (commit === null || [change.head, change.verdict?.head].some((sha) => sha?.startsWith(commit))) &&
      (node === null || node === change.nodeLine),
  );
  return found ? { state: found.state, reason: found.reason, by: 'file' } : null;
}

function findExpectation(change: StoredChange, expectations: readonly Expectation[]): State | null {
  if (change.direction !== 'slower') return null;
  const found = expectations.find(({ pattern }) => matchesPattern(change.subject.text, pattern));
  if (!found) return null;
  const reason = cutText(`${TRAILER}: slower ${found.pattern} (${found.sha.slice(0, 10)})`, REASON_LENGTH);
  return { state: 'expected', reason, by: 'trailer' };
}

/** What the commits of a range say that they make slower; nothing when git does not know them. */
async function readExpectations(repository: Repository, range: string): Promise<Expectation[]> {
  const format = `%H%x1f%(trailers:key=${TRAILER},valueonly,unfold,separator=%x1e)%x00`;
  const { exitCode, stdout } = await runGit(
    ['log', '--encoding=UTF-8', `--format=${format}`, '--end-of-options', range, '--'],
    repository,
  );
  if (exitCode !== 0) return [];
  return stdout.split('\0').flatMap((record) => {
    const [sha = '', values = ''] = record.trim().split('\x1f');
    return values.split('\x1e').flatMap((value) => {
      const [, pattern] = /^\s*slower(?:\s+(.*))?$/is.exec(value.trim()) ?? [];
      if (!/^\s*slower\b/i.test(value)) return [];
      return [{ sha, pattern: pattern?.trim() || '*' }];
    });
  });
}
