/** What a bench is, its rows, and the table that they make. */

export interface Bench {
  /** As on the command line. */
  readonly name: string;
  readonly about: string;
  readonly run: (context: BenchContext) => Promise<BenchRow[]>;
}

export interface BenchContext {
  /** `quick` is for seeing that a bench works: a few seconds, and figures worth little. */
  readonly size: 'full' | 'quick';
  /** A private folder, removed afterwards. */
  readonly folder: string;
  /** Real repos to measure besides what is generated; absolute. */
  readonly repos: readonly string[];
  /** How often whatever is compared takes its turn, where that was asked for. */
  readonly rounds: number | null;
  /** Only what has this in its name is wanted, where a bench has parts; empty for all. */
  readonly only: string;
  /** One line to the person who waits. */
  readonly tell: (line: string) => void;
}

/** One measured figure: the median, and the quartiles around it where it was measured more than once. */
export interface BenchRow {
  readonly name: string;
  readonly unit: string;
  readonly median: number;
  readonly quartiles?: readonly [number, number];
  /** What it should be, in words; left out where there is no target. */
  readonly target?: string;
}

/** The row of a figure that was measured several times. */
export function summarise(name: string, unit: string, values: readonly number[]): BenchRow {
  const sorted = values.toSorted((a, b) => a - b);
  /** Linear between neighbours: definition 7 of Hyndman and Fan, Sample quantiles, 1996. */
  const compute = (share: number): number => {
    const at = share * (sorted.length - 1);
    const below = sorted[Math.floor(at)] ?? Number.NaN;
    const above = sorted[Math.ceil(at)] ?? Number.NaN;
    return below + (above - below) * (at % 1);
  };
  return { name, unit, median: compute(0.5), quartiles: [compute(0.25), compute(0.75)] };
}

/** The rows as text in columns. */
export function formatRows(rows: readonly BenchRow[]): string {
  const cells = rows.map(({ name, unit, median, quartiles, target }) => [
    name,
    formatFigure(median),
    unit,
    quartiles === undefined ? '' : `${formatFigure(quartiles[0])} to ${formatFigure(quartiles[1])}`,
    target ?? '',
  ]);
  const table = [['what', 'median', 'unit', 'quartiles', 'target'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((line) => line[column]?.length ?? 0)));
  return table
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function formatFigure(value: number): string {
  return Math.abs(value) >= 1000 || Number.isInteger(value)
    ? String(Math.round(value))
    : value.toPrecision(3);
}
