/**
 * The files that a job type wrote for people, in the job's output folder: the newest of each name. Each is there whole or
 * not at all. Their names are a job type's, and never lead out of the folder.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { findSystemCode, formatThrown, JobError } from './errors.ts';
import type { EarlierFiles } from './measure/host.ts';
import type { Document } from './model.ts';
import { formatUntrusted } from './text.ts';

/** Where a job's output folder is, when nobody says. */
export function computeOutputFolder(
  root: string,
  { repository, jobType }: { readonly repository: string; readonly jobType: string },
): string {
  const parts = [...repository.split('/'), jobType];
  return join(root, ...parts.map((part) => (/^[\w.@-]+$/.test(part) && !/^\.+$/.test(part) ? part : '_')));
}

/** What is in an output folder; one that is not there is empty. */
export function openEarlierFiles(folder: string): EarlierFiles {
  return {
    async list() {
      try {
        const entries = await readdir(folder, { recursive: true, withFileTypes: true });
        return entries
          .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
          .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join('/'))
          .sort();
      } catch (thrown) {
        if (findSystemCode(thrown) === 'ENOENT') return [];
        throw createProblem(folder, thrown);
      }
    },
    async read(name) {
      if (!isFileName(name)) return null;
      try {
        return await readFile(join(folder, name), 'utf8');
      } catch (thrown) {
        if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(findSystemCode(thrown) ?? '')) return null;
        throw createProblem(folder, thrown);
      }
    },
  };
}

/**
 * Writes files; what is there already with the same bytes stays untouched.
 *
 * @returns the names of those that are new or changed
 * @throws JobError `output/bad-name`, `output/unwritable`
 */
export async function writeOutput(folder: string, files: readonly Document[]): Promise<string[]> {
  for (const { name } of files) checkFileName(name);
  const earlier = openEarlierFiles(folder);
  const changed: string[] = [];
  for (const { name, content } of files) {
    if ((await earlier.read(name)) === content) continue;
    await writeWhole(join(folder, name), content);
    changed.push(name);
  }
  return changed;
}

/**
 * A relative path that stays where it belongs.
 *
 * @throws JobError `output/bad-name`
 */
export function checkFileName(name: string): void {
  if (isFileName(name)) return;
  throw new JobError(`Output: "${formatUntrusted(name)}" is no name for a file of a job.`, {
    code: 'output/bad-name',
    hint: 'A job type names its files with relative paths of letters, digits and ". _ @ + -", e.g. "v4/protocol.md".',
  });
}

function isFileName(name: string): boolean {
  return name.length <= 200 && /^[\w@+-][\w.@+-]*(\/[\w@+-][\w.@+-]*)*$/.test(name);
}

async function writeWhole(path: string, content: string): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}`);
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, path);
  } catch (thrown) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw createProblem(path, thrown);
  }
}

function createProblem(path: string, cause: unknown): JobError {
  return new JobError(`${path}: the job's files cannot be kept there: ${formatThrown(cause)}.`, {
    code: 'output/unwritable',
    hint: 'Make it a folder in which Tracey may write; the files are stored with the run all the same ("tracey show").',
    cause,
  });
}
