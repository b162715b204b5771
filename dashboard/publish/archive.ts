/**
 * The histories but for their newest runs: what the blocks of an environment have, in volumes of so many blocks. A volume that
 * is full is never written again, so that another block costs the same however long the history is.
 */
import { ABSENT, type BulkReader } from '../../core/store/bulk-reader.ts';
import type { ShardSet } from '../data-format.ts';
import type { DataFiles } from './data-files.ts';
import { encodeSeries } from './series-columns.ts';
import type { ShardSets } from './state.ts';
import type { TestFile } from './subjects.ts';
import type { BlockOfRuns } from './window.ts';

/** Blocks of a volume: the more, the fewer files a page fetches; the fewer, the less is written with another block. */
const VOLUME_BLOCKS = 8;

/** The blocks of each volume. */
export function groupByVolume(blocks: readonly BlockOfRuns[]): BlockOfRuns[][] {
  return Array.from({ length: Math.ceil(blocks.length / VOLUME_BLOCKS) }, (_, volume) =>
    blocks.slice(volume * VOLUME_BLOCKS, (volume + 1) * VOLUME_BLOCKS),
  );
}

export interface VolumeContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  readonly files: readonly TestFile[];
  /** Called between files. */
  readonly pause: () => Promise<void>;
}

/** Writes the histories of all files in these blocks, one series in memory at a time. */
export async function publishVolume(
  context: VolumeContext,
  blocks: readonly BlockOfRuns[],
): Promise<ShardSets> {
  const { reader, data, files } = context;
  const firstRun = blocks[0]?.firstRun ?? 0;
  const runs = blocks.reduce((sum, { runIds }) => sum + runIds.length, 0);
  const readColumns = reader.openColumns(blocks);
  const columns = {
    outcomes: new Uint8Array(runs),
    durationsNs: new Float64Array(runs),
    spreads: new Int16Array(runs),
  };
  const sets: Record<string, ShardSet> = {};
  for (const file of files) {
    const shards = data.openShards('series');
    for (const { id } of file.subjects) {
      columns.outcomes.fill(ABSENT);
      columns.durationsNs.fill(Number.NaN);
      columns.spreads.fill(-1);
      readColumns(id, columns);
      const series = encodeSeries({ subject: id, firstRun, runs, ...columns });
      if (series !== undefined) shards.add(id, JSON.stringify(series));
    }
    const set = shards.finish();
    if (set !== null) sets[file.id] = set;
    await context.pause();
  }
  return sets;
}
