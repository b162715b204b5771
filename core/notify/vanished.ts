/** Tests that are gone, in words, and as findings: one for each commit that they are gone with. */
import type { VanishedNews } from '../changes/vanished-test.ts';
import { formatCount } from '../units.ts';
import { type CommitRef, formatProblemKey, type Place, type VanishedFinding } from './finding.ts';

/** What it is besides its name: empty for a test, `a file with 12 tests`, `12 tests: it is there, and nothing runs it`. */
export function describeVanished({ tests, isThere }: Pick<VanishedNews, 'tests' | 'isThere'>): string {
  if (tests === null) return '';
  const count = formatCount(tests, 'test');
  return isThere ? `${count}: the file is there, and was not run` : `a file with ${count}`;
}

/** How many tests are gone, those of files included. */
export function countVanished(vanished: readonly Pick<VanishedNews, 'tests'>[]): number {
  return vanished.reduce((sum, { tests }) => sum + (tests ?? 1), 0);
}

export function computeVanishedFindings(
  vanished: readonly VanishedNews[],
  where: Omit<Place, 'node'>,
): VanishedFinding[] {
  const groups = Map.groupBy(vanished, ({ base, head, nodeLines }) =>
    JSON.stringify([base.sha, head.sha, nodeLines]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const place: Place = { ...where, node: first.nodeLines.join(', ') };
    return [
      {
        kind: 'vanished',
        id: formatProblemKey('vanished', place, first.head.sha),
        place,
        tests: group.map(({ name, tests, isThere }) => ({ name, tests, isThere })),
        base: pickRef(first.base),
        commit: pickRef(first.head),
      } as const,
    ];
  });
}

function pickRef({ sha, subject, author }: CommitRef): CommitRef {
  return { sha, subject, author };
}
