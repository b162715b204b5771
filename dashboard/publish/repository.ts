/** One repository: its environments, then what they have in common. */
import { createHash } from 'node:crypto';
import type { BulkReader, BulkSubject } from '../../core/store/bulk-reader.ts';
import type { ChangeEntry, ProfileFile, Ref, RepositoryFile, SeriesPlace } from '../data-format.ts';
import { countOpen, formatChange, type OpenChanges } from './changes.ts';
import type { DataFiles } from './data-files.ts';
import { type PublishedLane, publishLane } from './lane.ts';
import type { RepositoryState } from './state.ts';
import { formatSubjectTable, gatherFiles, type TestFile } from './subjects.ts';

/** Older releases than so many are not told of. */
const MOST_RELEASES = 1000;

export interface RepositoryContext {
  readonly reader: BulkReader;
  readonly data: DataFiles;
  readonly repository: { readonly id: number; readonly name: string };
  /** Web address of what has the repositories: `https://github.com`. */
  readonly serverUrl: string;
  readonly known: RepositoryState | undefined;
  readonly onLane: (label: string) => void;
  readonly pause: () => Promise<void>;
}

export interface PublishedRepository {
  readonly name: string;
  readonly file: Ref;
  readonly lanes: readonly PublishedLane[];
  readonly changes: readonly ChangeEntry[];
  readonly state: RepositoryState;
}

/** Writes all files of one repository; undefined when it has no runs. */
export async function publishRepository(
  context: RepositoryContext,
): Promise<PublishedRepository | undefined> {
  const { reader, data, repository } = context;
  const lanes = reader.listLanes(repository.id);
  if (lanes.length === 0) return undefined;
  const names = reader.listSubjects(repository.id);
  const known = isSame(names, context.known) ? context.known : undefined;
  const files = gatherFiles(names);
  const subjects = new Map(names.map((subject) => [subject.id, subject]));
  const machineChanges = reader.listMachineChanges(repository.name);
  const published: PublishedLane[] = [];
  for (const lane of lanes) {
    context.onLane(`${repository.name} on ${lane.runner}, Node ${lane.nodeLine}`);
    published.push(
      await publishLane({
        ...context,
        lane,
        files,
        subjects,
        machineChanges: machineChanges.filter(({ environmentId }) => environmentId === lane.environmentId),
        known: known?.lanes[nameLane(lane.environmentId)],
      }),
    );
  }
  const changes = listChanges(context, published);
  const file = data.writeJson('repository', compose(context, { files, published, changes }));
  return {
    name: repository.name,
    file,
    lanes: published,
    changes,
    state: {
      subjects: names.length,
      subjectsKey: computeSubjectsKey(names),
      lanes: Object.fromEntries(published.map(({ lane, state }) => [nameLane(lane.environmentId), state])),
    },
  };
}

/** Keys of objects that are numbers would be put into another order. */
function nameLane(environmentId: number): string {
  return `e${environmentId}`;
}

/** Whether the numbers that the last site used still mean the same names. */
function isSame(names: readonly BulkSubject[], known: RepositoryState | undefined): boolean {
  return known !== undefined && computeSubjectsKey(names.slice(0, known.subjects)) === known.subjectsKey;
}

function computeSubjectsKey(names: readonly BulkSubject[]): string {
  const hash = createHash('sha256');
  for (const { id, kind, fileId, parentId, name, occurrence } of names)
    hash.update(`${JSON.stringify([id, kind, fileId, parentId, name, occurrence])}\n`);
  return hash.digest('hex').slice(0, 20);
}

function listChanges(
  { reader, data, repository }: RepositoryContext,
  lanes: readonly PublishedLane[],
): ChangeEntry[] {
  const writeProfile = (profile: ProfileFile) => data.writeJson('profile', profile);
  const places = new Map(
    lanes.map(({ lane, runs }, environment) => {
      const numbers = new Map(runs.map(({ uid }, number) => [uid, number]));
      return [lane.environmentId, { environment, findRun: (uid: string) => numbers.get(uid), writeProfile }];
    }),
  );
  return reader.listChanges(repository.name).flatMap((change) => {
    const place = places.get(change.environmentId);
    if (place === undefined) return [];
    // Only an experiment leaves any.
    const documents = change.verdict === null ? [] : reader.listChangeDocuments(change.id);
    return [formatChange(change, documents, place)];
  });
}

interface Parts {
  readonly files: readonly TestFile[];
  readonly published: readonly PublishedLane[];
  readonly changes: readonly ChangeEntry[];
}

function compose(context: RepositoryContext, { files, published, changes }: Parts): RepositoryFile {
  const { data, repository, serverUrl } = context;
  const tables = files.map((file) => ({ path: file.path, subjects: formatSubjectTable(file) }));
  const openChanges: OpenChanges = countOpen(changes);
  return {
    name: repository.name,
    url: /^[\w.-]+\/[\w.-]+$/.test(repository.name) ? `${serverUrl}/${repository.name}` : null,
    environments: published.map(({ environment }) => environment),
    files: files.map((file, at) => ({
      path: file.path,
      file: data.writeJson('file', { ...tables[at], series: listPlaces(file, published) }),
    })),
    names: data.writeJson('names', { files: tables }),
    changes: data.writeJson('changes', { changes }),
    openChanges,
    releases: context.reader
      .listTags(repository.id)
      .slice(-MOST_RELEASES)
      .map(({ name, commitNumber }) => ({ name, commit: commitNumber })),
    renamed: listRenamed(context, files),
  };
}

/** Subjects whose histories begin under another name; results stay where they are. */
function listRenamed(
  { reader, repository }: RepositoryContext,
  files: readonly TestFile[],
): RepositoryFile['renamed'] {
  const renames = reader.listRenames(repository.id);
  if (renames.size === 0) return [];
  const earlier = new Set(renames.values());
  const paths = new Map(
    files.flatMap(({ path, subjects }) =>
      subjects.flatMap(({ id }) => (earlier.has(id) ? [[id, path] as const] : [])),
    ),
  );
  return [...renames].map(([subject, before]) => ({
    subject,
    earlier: before,
    path: paths.get(before) ?? '',
  }));
}

function listPlaces(file: TestFile, published: readonly PublishedLane[]): SeriesPlace[] {
  return published.flatMap(({ state }, environment) => {
    const archives = state.volumes.flatMap((volume) => volume.archives[file.id] ?? []);
    const recent = state.recents[file.id] ?? null;
    const failures = state.failures[file.id] ?? null;
    return archives.length === 0 && recent === null ? [] : [{ environment, archives, recent, failures }];
  });
}
