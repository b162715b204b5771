/** Sites made for tests, and read as the pages read them. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ScheduledRepo } from '../../core/config/due.ts';
import type { RunReport } from '../../core/model.ts';
import { openStore } from '../../core/store/open.ts';
import { decodeDeltas, decodeGappedDeltas } from '../../dashboard/columns.ts';
import type {
  ChangesFile,
  FailuresFile,
  IndexFile,
  NamesFile,
  NotesFile,
  OverviewFile,
  RepositoryFile,
  RunFile,
  RunnersFile,
  RunsFile,
  SeriesColumns,
  SeriesFile,
  ShardSet,
  SummaryFile,
  TestFileFile,
} from '../../dashboard/data-format.ts';
import { type Published, publishSite } from '../../dashboard/publish/publish.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const PAGES = { 'index.html': '<!doctype html><title>pages</title>', 'assets/page.js': 'export {};' };

/** Stores runs in a database. */
export async function storeRuns(file: string, runs: Iterable<RunReport>, keepDetailRuns = 5): Promise<void> {
  const store = openStore({ file, keepDetailRuns });
  for (const run of runs) await store.writeRun(run);
  await store.close();
}

/** A place for a database and a site, both not there yet, with pages that are not the real ones. */
export function makePlace(folder = makeTemporaryFolder()) {
  const shell = join(folder, 'shell');
  mkdirSync(join(shell, 'assets'), { recursive: true });
  for (const [name, text] of Object.entries(PAGES)) writeFileSync(join(shell, name), text);
  const database = join(folder, 'tracey.db');
  const site = join(folder, 'site');
  return {
    folder,
    shell,
    database,
    site,
    publish: (
      more: {
        readonly site?: string;
        readonly shell?: string;
        readonly traceyVersion?: string;
        readonly schedules?: readonly ScheduledRepo[];
      } = {},
    ) =>
      publishSite({
        database,
        site,
        shell,
        traceyVersion: '1.0.0',
        serverUrl: 'https://github.com',
        ...more,
      }) as Promise<Published>,
  };
}

/** Every file of a site by its path, apart from those that are named. */
export function listSite(site: string): Map<string, string> {
  const names = readdirSync(site, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(site.length + 1))
    .sort();
  return new Map(names.map((name) => [name, readFileSync(join(site, name), 'utf8')]));
}

/** Everything that the index of a site leads to. Throws when something of it is not there, or cut off. */
export function readSite(site: string) {
  const read = <Content>(name: string): Content => {
    reached.add(name);
    return JSON.parse(readFileSync(join(site, 'data', name), 'utf8')) as Content;
  };
  const reached = new Set<string>();
  const readShards = <Content>(kind: string, set: ShardSet | null): Content[] =>
    set === null ? [] : set.starts.map((_, shard) => read<Content>(`${kind}/${set.ref}/${shard}.json`));
  const index = read<IndexFile>('index.json');
  const repositories = index.repositories.map(({ name, file }) => {
    const repository = read<RepositoryFile>(`repository/${file}.json`);
    const environments = repository.environments.map((environment) => {
      const notes = environment.notes.flatMap((ref) => read<NotesFile>(`notes/${ref}.json`).notes);
      return {
        ...environment,
        runs: read<RunsFile>(`runs/${environment.runs}.json`),
        summary: read<SummaryFile>(`summary/${environment.summary}.json`),
        notes,
        runFiles: notes.map((note) => read<RunFile>(`run/${note.file}.json`)),
      };
    });
    const files = repository.files.map((entry) => {
      const file = read<TestFileFile>(`file/${entry.file}.json`);
      const places = file.series.map(({ environment, archives, recent, failures }) => ({
        environment,
        archive: archives
          .flatMap((archive) => readShards<SeriesFile>('series', archive))
          .flatMap(({ series }) => series),
        recent: readShards<SeriesFile>('series', recent).flatMap(({ series }) => series),
        failures: readShards<FailuresFile>('failures', failures).flatMap((shard) => shard.failures),
      }));
      return { ...file, places };
    });
    return {
      ...repository,
      name,
      environments,
      files,
      names: read<NamesFile>(`names/${repository.names}.json`),
      changes: read<ChangesFile>(`changes/${repository.changes}.json`).changes,
    };
  });
  const overview = read<OverviewFile>(`overview/${index.overview}.json`);
  const runners = read<RunnersFile>(`runners/${index.runners}.json`);
  return { index, repositories, overview, runners, reached };
}

export type ReadRepository = ReturnType<typeof readSite>['repositories'][number];

/** A series' values by run number, as `archive` and `recent` have them together. */
export function decodeSeries(
  repository: ReadRepository,
  of: { readonly path: string; readonly subject: number; readonly environment: number },
): Map<number, { durationNs: number | null; outcome: string; spread: number | null }> {
  const place = repository.files
    .find(({ path }) => path === of.path)
    ?.places.find(({ environment }) => environment === of.environment);
  const values = new Map<number, { durationNs: number | null; outcome: string; spread: number | null }>();
  const add = ({ first, unitNs, durations, outcomes, spreads }: SeriesColumns) => {
    decodeGappedDeltas(durations).forEach((units, at) => {
      const outcome = outcomes?.[at] ?? '0';
      if (outcome === '-') return;
      values.set(first + at, {
        durationNs: units === null ? null : units * unitNs,
        outcome,
        spread: spreads?.[at] ?? null,
      });
    });
  };
  for (const series of [...(place?.archive ?? []), ...(place?.recent ?? [])]) {
    if (series.subject === of.subject) add(series);
  }
  return values;
}

/** The numbers of a test file's subjects by their text. */
export function listSubjects(repository: ReadRepository, path: string): Map<string, number> {
  const table = repository.files.find((file) => file.path === path)?.subjects;
  if (table === undefined) return new Map();
  const numbers = decodeDeltas(table.numbers);
  const names = (at: number): string[] => {
    const parent = table.parents[at] ?? -1;
    return [...(parent > 0 ? names(parent) : []), table.names[at] ?? ''];
  };
  return new Map(numbers.map((number, at) => [`${table.kinds[at]} ${names(at).join(' > ')}`, number]));
}
