/** One series as the pages use it: by run number, archives and newest runs put together. Pure but for the loading. */
import { decodeGappedDeltas } from '../../columns.ts';
import type {
  OutcomeWord,
  RunNumber,
  SeriesColumns,
  SeriesFile,
  SeriesPlace,
  SeriesPresent,
  SubjectNumber,
} from '../../data-format.ts';
import { loadFile } from './load.ts';
import { decodeOutcome } from './runs.ts';
import { findShard } from './site.ts';

/** Columns by run number, as long as there are runs; null where there is nothing. */
export interface SeriesHistory {
  readonly durationsMs: readonly (number | null)[];
  readonly outcomes: readonly (OutcomeWord | null)[];
  /** Relative robust standard deviation of a run's samples, 0–1. */
  readonly spreads: readonly (number | null)[];
  readonly present: SeriesPresent | null;
  /** Runs from which on the test's body is another one, in commit order. */
  readonly edited: readonly RunNumber[];
}

/** Puts the parts of a series together; later parts win. `count` is the number of runs of the environment. */
export function joinSeries(parts: readonly SeriesColumns[], count: number): SeriesHistory {
  const durationsMs = new Array<number | null>(count).fill(null);
  const outcomes = new Array<OutcomeWord | null>(count).fill(null);
  const spreads = new Array<number | null>(count).fill(null);
  let present: SeriesPresent | null = null;
  let edited: readonly RunNumber[] = [];
  for (const part of parts) {
    const units = decodeGappedDeltas(part.durations);
    for (const [index, value] of units.entries()) {
      const run = part.first + index;
      if (run >= count) break;
      durationsMs[run] = value === null ? null : (value * part.unitNs) / 1e6;
      outcomes[run] = part.outcomes === undefined ? 'passed' : decodeOutcome(part.outcomes[index]);
      const spread = part.spreads?.[index];
      spreads[run] = spread === null || spread === undefined ? null : spread / 1000;
    }
    present = part.present ?? present;
    edited = part.edited ?? edited;
  }
  return { durationsMs, outcomes, spreads, present, edited };
}

/** A series' history; null when the environment never had it. */
export async function loadSeries(
  place: SeriesPlace,
  subject: SubjectNumber,
  count: number,
): Promise<SeriesHistory | null> {
  const paths = [...place.archives, place.recent]
    .map((shards) => findShard(shards, subject))
    .filter((path) => path !== null);
  const files = await Promise.all(paths.map((path) => loadFile<SeriesFile>(`series/${path}.json`)));
  const parts = files.flatMap(({ series }) => series.filter((one) => one.subject === subject));
  return parts.length === 0 ? null : joinSeries(parts, count);
}
