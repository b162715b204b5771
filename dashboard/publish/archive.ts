/** The histories but for their newest runs: what the blocks of an environment have, written again when there is another block. */
import { ABSENT, type BulkReader } from '../../core/store/bulk-reader.ts';
import type { ShardSet } from '../data-format.ts';
import type { DataFiles } from './data-files.ts';
import { encodeSeries } from './series-columns.ts';
import type { ShardSets } from './state.ts';
import type { TestFile } from './subjects.ts';
import type { RunSplit } from './window.ts';

export interface ArchiveContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  readonly files: readonly TestFile[];
  readonly split: RunSplit;
  /** Called between files. */
  readonly pause: () => Promise<void>;
}

/** Writes the histories of all files, one series in memory at a time. */
export async function publishArchives(context: ArchiveContext): Promise<ShardSets> {
  const { reader, data, files, split } = context;
  const runs = split.folded;
  if (runs === 0) return {};
  const places = split.blocks.map((block) => ({
    at: block.firstRun,
    place: reader.locate(block.blockId, block.runIds),
  }));
  const columns = {
    outcomes: new Uint8Array(runs),
    durationsNs: new Float64Array(runs),
    spreads: new Int16Array(runs),
  };
  const archives: Record<string, ShardSet> = {};
  for (const file of files) {
    const shards = data.openShards('series');
    for (const { id } of file.subjects) {
      columns.outcomes.fill(ABSENT);
      columns.durationsNs.fill(Number.NaN);
      columns.spreads.fill(-1);
      for (const { at, place } of places) reader.readBlockColumn(place, id, { at, ...columns });
      const series = encodeSeries({ subject: id, firstRun: 0, runs, ...columns });
      if (series !== undefined) shards.add(id, JSON.stringify(series));
    }
    const set = shards.finish();
    if (set !== null) archives[file.id] = set;
    await context.pause();
  }
  return archives;
}
