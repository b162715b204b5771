/**
 * The histories but for their newest runs: what the blocks of an environment have, in volumes of so many blocks. A volume that
 * is full is never written again, so that another block costs the same however long the history is. Nor is the last one
 * written again in one go: the newest block is a volume by itself at first, and with every run after it some test files have
 * it joined to the volume before. No publishing has much more to write than another, and no page fetches many parts.
 */
import { ABSENT, type BulkReader } from '../../core/store/bulk-reader.ts';
import type { ShardSet } from '../data-format.ts';
import { type DataFiles, SHARD_BYTES } from './data-files.ts';
import { encodeSeries } from './series-columns.ts';
import type { TestFile } from './subjects.ts';
import type { BlockOfRuns, RunSplit } from './window.ts';

/** Blocks of a volume: the more, the fewer files a page fetches; the fewer, the less is written with another block. */
const VOLUME_BLOCKS = 8;

/** Runs after a block within which all files have it joined; less than a block, so that no second one ever waits. */
const JOINING_RUNS = 32;

/** Bytes of a shard of a block by itself, which a page fetches besides all others. */
const BLOCK_SHARD_BYTES = SHARD_BYTES / 2;

/** Consecutive blocks, and the test files whose histories are in one volume for them. */
export interface Volume {
  readonly blocks: readonly BlockOfRuns[];
  readonly files: readonly TestFile[];
}

/** Every volume, oldest first; which ones there are depends on what there is to publish, never on what was published. */
export function planVolumes({ runs, folded, blocks }: RunSplit, files: readonly TestFile[]): Volume[] {
  const full = Math.floor(Math.max(0, blocks.length - 1) / VOLUME_BLOCKS) * VOLUME_BLOCKS;
  const volumes: Volume[] = [];
  for (let from = 0; from < full; from += VOLUME_BLOCKS)
    volumes.push({ blocks: blocks.slice(from, from + VOLUME_BLOCKS), files });
  const [last, newest] = [blocks.slice(full), blocks.slice(-1)];
  if (last.length < 2) return [...volumes, { blocks: last, files }].filter(hasContent);
  const joined = new Set(listJoined(files, runs.length - folded));
  const waiting = files.filter((file) => !joined.has(file));
  return [
    ...volumes,
    { blocks: last, files: files.filter((file) => joined.has(file)) },
    { blocks: last.slice(0, -1), files: waiting },
    { blocks: newest, files: waiting },
  ].filter(hasContent);
}

function hasContent({ blocks, files }: Volume): boolean {
  return blocks.length > 0 && files.length > 0;
}

/** Files that have the newest block joined when there are so many runs after it: the oldest first, as many with each run. */
function listJoined(files: readonly TestFile[], runsSince: number): TestFile[] {
  // By number, for those of later files are higher: nobody's turn changes when another file appears.
  const inOrder = files.toSorted((a, b) => a.id - b.id);
  return inOrder.filter((_, place) => place % JOINING_RUNS < runsSince);
}

export interface VolumeContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  /** Called between files. */
  readonly pause: () => Promise<void>;
}

/** Writes the histories of some files in these blocks, one series in memory at a time; by file, null where there is none. */
export async function publishVolume(
  context: VolumeContext,
  { blocks, files }: Volume,
): Promise<[number, ShardSet | null][]> {
  const { reader, data } = context;
  const firstRun = blocks[0]?.firstRun ?? 0;
  const runs = blocks.reduce((sum, { runIds }) => sum + runIds.length, 0);
  const readColumns = reader.openColumns(blocks);
  const columns = {
    outcomes: new Uint8Array(runs),
    durationsNs: new Float64Array(runs),
    spreads: new Int16Array(runs),
  };
  const sets: [number, ShardSet | null][] = [];
  for (const file of files) {
    const shards = data.openShards('series', blocks.length === 1 ? BLOCK_SHARD_BYTES : SHARD_BYTES);
    for (const { id } of file.subjects) {
      columns.outcomes.fill(ABSENT);
      columns.durationsNs.fill(Number.NaN);
      columns.spreads.fill(-1);
      readColumns(id, columns);
      const series = encodeSeries({ subject: id, firstRun, runs, ...columns });
      if (series !== undefined) shards.add(id, JSON.stringify(series));
    }
    sets.push([file.id, shards.finish()]);
    await context.pause();
  }
  return sets;
}
