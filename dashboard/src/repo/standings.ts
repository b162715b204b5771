/** Where every file and test of an environment stands now, decoded from its summary. Pure. */
import { decodeDeltas } from '../../columns.ts';
import type { OutcomeWord, SubjectNumber, SummaryFile } from '../../data-format.ts';
import { decodeOutcome } from '../data/runs.ts';

export interface Standing {
  readonly subject: SubjectNumber;
  readonly outcome: OutcomeWord | null;
  readonly levelMs: number | null;
  /** 0.05 = about 5 %. */
  readonly noise: number | null;
  /** 1.08 = a slow-down of 8 % would be told of. */
  readonly smallestRatio: number | null;
  /** Newest against first of the runs that are looked at: 1.08 = 8 % slower. */
  readonly growth: number | null;
  /** Runs that failed or were aborted, and how often it went from passed to not passed or back. */
  readonly broken: number;
  readonly turns: number;
}

export function decodeSummary(summary: SummaryFile): {
  readonly standings: Standing[];
  readonly trends: ReadonlyMap<SubjectNumber, readonly (number | null)[]>;
} {
  const unsteady = new Map(
    summary.unsteady.map(([position, broken, turns]) => [position, { broken, turns }]),
  );
  const thousandths = (value: number | null | undefined) =>
    value === null || value === undefined ? null : value / 1000;
  const ratio = (value: number | null | undefined) =>
    value === null || value === undefined ? null : 1 + value / 1000;
  const standings = decodeDeltas(summary.subjects).map((subject, position) => ({
    subject,
    outcome: decodeOutcome(summary.outcomes[position]),
    levelMs: summary.levelMs[position] ?? null,
    noise: thousandths(summary.noise[position]),
    smallestRatio: ratio(summary.smallest[position]),
    growth: ratio(summary.growth[position]),
    broken: unsteady.get(position)?.broken ?? 0,
    turns: unsteady.get(position)?.turns ?? 0,
  }));
  return {
    standings,
    trends: new Map(summary.trends.files.map(({ subject, durationsMs }) => [subject, durationsMs])),
  };
}

/** The first by a value, largest first; those without one, or of nought, are left out. */
export function rank<Item>(
  items: readonly Item[],
  value: (item: Item) => number | null,
  most: number,
): Item[] {
  return items
    .map((item) => ({ item, by: value(item) }))
    .filter((one): one is { item: Item; by: number } => one.by !== null && one.by > 0)
    .sort((a, b) => b.by - a.by)
    .slice(0, most)
    .map(({ item }) => item);
}
