/** Series that go on where others ended, under another name: put together as if there had been one. */
import type {
  EnvironmentNumber,
  RepositoryFile,
  RunNumber,
  SubjectNumber,
  TestFileFile,
} from '../../data-format.ts';
import type { Runs } from './runs.ts';
import { loadSeries, type SeriesHistory } from './series.ts';
import { loadTestFile } from './site.ts';

/** A series in an environment with what it was called before; null when the environment never had it. */
export async function loadNamedSeries(
  repository: RepositoryFile,
  of: {
    readonly testFile: TestFileFile;
    readonly subject: SubjectNumber;
    readonly environment: EnvironmentNumber;
    readonly runs: Runs;
  },
): Promise<SeriesHistory | null> {
  const { runs, environment } = of;
  let history: SeriesHistory | null = null;
  let [testFile, subject] = [of.testFile, of.subject];
  const seen = new Set<SubjectNumber>();
  for (;;) {
    seen.add(subject);
    const place = testFile.series.find((one) => one.environment === environment);
    const own = place === undefined ? null : await loadSeries(place, subject, runs.count);
    history = history === null || own === null ? (history ?? own) : joinEarlier(history, own, runs.order);
    const before = repository.renamed.find((one) => one.subject === subject);
    if (before === undefined || seen.has(before.earlier)) return history;
    subject = before.earlier;
    if (before.path !== testFile.path) testFile = await loadTestFile(repository, before.path);
  }
}

/** A history that begins, in the order of commits, with what an earlier one has until then. */
export function joinEarlier(
  now: SeriesHistory,
  earlier: SeriesHistory,
  order: readonly RunNumber[],
): SeriesHistory {
  const begin = order.findIndex((run) => now.outcomes[run] !== null || now.durationsMs[run] !== null);
  const before = new Set(order.slice(0, begin < 0 ? order.length : begin));
  const pick = <Value>(own: readonly Value[], others: readonly Value[]) =>
    own.map((value, run) => (before.has(run) ? (others[run] as Value) : value));
  return {
    durationsMs: pick(now.durationsMs, earlier.durationsMs),
    outcomes: pick(now.outcomes, earlier.outcomes),
    spreads: pick(now.spreads, earlier.spreads),
    present: now.present,
    edited: [...earlier.edited.filter((run) => before.has(run)), ...now.edited],
  };
}
