/**
 * Fetches data files, each once. `data/index.json` is asked for anew with each page; all others are named by their content,
 * so a browser may keep them. What goes wrong is told as a `DataError` that a page can show.
 */
import { DATA_FORMAT, type IndexFile } from '../../data-format.ts';

/** `gone`: the site was published again since its index was read. */
export type DataErrorKind =
  | 'nothing-published'
  | 'gone'
  | 'unreachable'
  | 'unreadable'
  | 'other-version'
  | 'unknown';

export class DataError extends Error {
  readonly kind: DataErrorKind;

  constructor(kind: DataErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

const files = new Map<string, Promise<unknown>>();

/** @throws DataError also when it is of another version than these pages */
export async function loadIndex(): Promise<IndexFile> {
  const index = (await loadOnce('index.json', 'no-cache')) as Partial<IndexFile> | null;
  if (index === null || typeof index !== 'object' || index.format !== DATA_FORMAT) {
    const found = typeof index?.format === 'string' ? index.format : 'something else';
    throw new DataError('other-version', `These pages show ${DATA_FORMAT}, and the data is ${found}.`);
  }
  return index as IndexFile;
}

/**
 * A data file by its path below `data/`.
 *
 * @throws DataError when it cannot be had
 */
export async function loadFile<File>(path: string): Promise<File> {
  return (await loadOnce(path, 'default')) as File;
}

function loadOnce(path: string, cache: RequestCache): Promise<unknown> {
  const known = files.get(path);
  if (known !== undefined) return known;
  const loading = load(path, cache);
  files.set(path, loading);
  loading.catch(() => files.delete(path));
  return loading;
}

async function load(path: string, cache: RequestCache): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(`./data/${path}`, { cache, credentials: 'same-origin' });
  } catch (cause) {
    throw new DataError('unreachable', `data/${path} could not be fetched: the server does not answer.`, {
      cause,
    });
  }
  if (response.status === 404) {
    if (path === 'index.json')
      throw new DataError('nothing-published', 'There is no data/index.json beside these pages.');
    throw new DataError('gone', `data/${path} is not there any more.`);
  }
  if (!response.ok)
    throw new DataError('unreachable', `data/${path}: the server answers ${response.status}.`);
  try {
    return await response.json();
  } catch (cause) {
    throw new DataError('unreadable', `data/${path} is no complete JSON.`, { cause });
  }
}
