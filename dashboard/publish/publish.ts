/**
 * Publishing: from a database and the built pages to a folder of plain files. Writes only what is new; until the last
 * step, a rename of the index, whoever opens the site sees the one that was there before.
 */

import { join, resolve } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { openFlushing } from '../../core/artifacts/flush.ts';
import type { ScheduledRepo } from '../../core/config/due.ts';
import type { BulkReader, RunnerRun } from '../../core/store/bulk-reader.ts';
import { openBulkReader } from '../../core/store/open.ts';
import { DATA_FORMAT, type IndexFile, type OverviewRow } from '../data-format.ts';
import { DATA_FOLDER, type DataFiles, openDataFiles } from './data-files.ts';
import { composeOverviewRow } from './overview.ts';
import { translateWriteError } from './publish-error.ts';
import { type PublishedRepository, publishRepository } from './repository.ts';
import { composeRunner } from './runners.ts';
import { listShell, removeOldShell, stageShell } from './shell.ts';
import { placeFile, prepareSite, replaceFile, stageFile } from './site-folder.ts';
import { findState, type SiteState, STATE_FILE } from './state.ts';

export interface PublishOptions {
  readonly database: string;
  /** Path of better-sqlite3's compiled part, where it cannot find it by itself. */
  readonly nativeBinding?: string;
  /** Folder of the site; made when it is not there. */
  readonly site: string;
  /** Folder of the built pages. */
  readonly shell: string;
  readonly traceyVersion: string;
  /** Web address of what has the repositories: `https://github.com`. */
  readonly serverUrl: string;
  /** What is measured by schedule, to say what is overdue. */
  readonly schedules?: readonly ScheduledRepo[];
  readonly signal?: AbortSignal;
  /** What is being worked on now. */
  readonly onProgress?: (label: string) => void;
}

export interface Published {
  readonly site: string;
  readonly repositories: number;
  readonly environments: number;
  readonly runs: number;
  /** Files that were written, of the pages and of the data; those that were there already; old ones removed. */
  readonly files: { readonly written: number; readonly kept: number; readonly removed: number };
}

/**
 * Publishes what the database holds at this moment.
 *
 * @throws PublishError when the folder is not ours or cannot be written, or the pages are missing
 * @throws StoreError when the database cannot be read
 */
export async function publishSite(options: PublishOptions): Promise<Published> {
  const site = resolve(options.site);
  const { nativeBinding } = options;
  const reader = openBulkReader({
    file: options.database,
    ...(nativeBinding !== undefined && { nativeBinding }),
  });
  try {
    return await publish(reader, { ...options, site });
  } catch (thrown) {
    throw translateWriteError(site, thrown);
  } finally {
    reader.close();
  }
}

async function publish(reader: BulkReader, options: PublishOptions): Promise<Published> {
  const { site, shell, traceyVersion } = options;
  const shellFiles = listShell(shell);
  prepareSite(site);
  const known = findState(site, traceyVersion);
  // From here on the folder is ours, whatever becomes of this.
  if (known === undefined) replaceFile(join(site, STATE_FILE), '{}\n');
  const data = openDataFiles(site);
  const pages = stageShell(site, { shell, files: shellFiles });
  const repositories = await publishRepositories(reader, { ...options, data, known });
  const index = composeIndex(reader, {
    data,
    repositories,
    traceyVersion,
    schedules: options.schedules ?? [],
  });
  const indexFile = join(site, DATA_FOLDER, 'index.json');
  stageFile(indexFile, JSON.stringify(index));
  // What gets a name now must not be hollow after a power cut.
  if (pages.length + data.counts.written > 0) await openFlushing(site).finish();
  for (const file of [...pages, indexFile]) placeFile(file);
  const state: SiteState = {
    format: DATA_FORMAT,
    traceyVersion,
    shell: shellFiles,
    repositories: Object.fromEntries(repositories.map(({ name, state }) => [name, state])),
  };
  replaceFile(join(site, STATE_FILE), JSON.stringify(state));
  removeOldShell(site, { old: known?.shell ?? [], files: shellFiles });
  const removed = data.sweep();
  const lanes = repositories.flatMap((repository) => repository.lanes);
  return {
    site,
    repositories: repositories.length,
    environments: lanes.length,
    runs: lanes.reduce((sum, { runs }) => sum + runs.length, 0),
    files: { written: data.counts.written + pages.length, kept: data.counts.kept, removed },
  };
}

async function publishRepositories(
  reader: BulkReader,
  options: PublishOptions & { readonly data: DataFiles; readonly known: SiteState | undefined },
): Promise<PublishedRepository[]> {
  const published: PublishedRepository[] = [];
  const pause = async () => {
    // Lets Ctrl-C through.
    await setImmediate();
    options.signal?.throwIfAborted();
  };
  for (const repository of reader.listRepositories()) {
    const known = options.known?.repositories;
    const done = await publishRepository({
      reader,
      data: options.data,
      repository,
      serverUrl: options.serverUrl,
      known: known && Object.hasOwn(known, repository.name) ? known[repository.name] : undefined,
      onLane: (label) => options.onProgress?.(label),
      pause,
    });
    if (done !== undefined) published.push(done);
  }
  return published;
}

function composeIndex(
  reader: BulkReader,
  of: {
    readonly data: DataFiles;
    readonly repositories: readonly PublishedRepository[];
    readonly traceyVersion: string;
    readonly schedules: readonly ScheduledRepo[];
  },
): IndexFile {
  const { data, repositories, traceyVersion, schedules } = of;
  return {
    format: DATA_FORMAT,
    traceyVersion,
    overview: data.writeJson('overview', { rows: listRows(repositories, schedules) }),
    runners: data.writeJson('runners', { runners: listRunners(reader, repositories) }),
    repositories: repositories.map(({ name, file }) => ({ name, file })),
  };
}

function listRows(
  repositories: readonly PublishedRepository[],
  schedules: readonly ScheduledRepo[],
): OverviewRow[] {
  return repositories.flatMap(({ name, lanes, changes }) =>
    lanes
      .flatMap(
        (lane, number) => composeOverviewRow({ ...lane, repository: name, number, changes, schedules }) ?? [],
      )
      .sort(compareRows),
  );
}

function compareRows(a: OverviewRow, b: OverviewRow): number {
  if (a.runner !== b.runner) return a.runner < b.runner ? -1 : 1;
  const byLine = b.nodeLine.localeCompare(a.nodeLine, 'en', { numeric: true });
  return byLine || a.environment - b.environment;
}

function listRunners(reader: BulkReader, repositories: readonly PublishedRepository[]) {
  const places = new Map<string, { readonly repository: string; readonly environment: number }>();
  const names = new Set<string>();
  for (const { name, lanes } of repositories) {
    lanes.forEach(({ lane }, environment) => {
      places.set(`${lane.repositoryId} ${lane.environmentId}`, { repository: name, environment });
      names.add(lane.runner);
    });
  }
  const findPlace = (run: RunnerRun) => places.get(`${run.repositoryId} ${run.environmentId}`);
  return [...names].sort().map((name) => composeRunner(reader, { name, findPlace }));
}
