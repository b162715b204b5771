/**
 * What a killed job may have left because of its containers: containers on an engine, and installations that were not
 * done. Each is noted on the disk before it is made, and the note goes when that is gone or done; only for the holder of the
 * machine's lock, whose job is the only one at work.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { formatThrown } from '../../errors.ts';
import { formatScope, isScopeOver } from '../../lock-scope.ts';
import { z } from '../../zod.ts';
import { openEngine } from './engine.ts';
import { removeLabelled } from './labels.ts';

/** In the folder of jobs; no repo's owner begins like this. */
const NOTES = '.containers';
/** An engine may still be making what it was asked for when whoever asked is gone, and nothing is to be found yet. */
const SETTLING_MS = 60_000;

const noteSchema = z.object({
  scope: z.string(),
  lockScope: z.string(),
  left: z.union([z.object({ socketPath: z.string() }), z.object({ folder: z.string() })]),
});
type Note = z.infer<typeof noteSchema>;

/** The job that makes something. */
export interface Owner {
  /** Scope of the machine's lock, which it holds. */
  readonly lockScope: string;
  readonly jobsFolder: string;
}

/**
 * Notes, before it is made, that there may be a container on an engine, or a folder that is only of use when it is complete.
 *
 * @returns forgets it
 */
export function noteTrace({ lockScope, jobsFolder }: Owner, left: Note['left']): () => void {
  const folder = join(jobsFolder, NOTES);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, randomUUID());
  const note: Note = { scope: formatScope(lockScope), lockScope, left };
  writeFileSync(file, JSON.stringify(note), { flag: 'wx', mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/**
 * Removes what killed jobs left. Where that does not work, as with an engine that does not answer, it is told and stays
 * noted.
 *
 * @returns how many containers were removed
 */
export async function removeTraces(
  { lockScope, jobsFolder }: Owner,
  onWarning: (text: string) => void,
): Promise<number> {
  const engines = new Map<string, string[]>();
  for (const { file, note } of readNotes(join(jobsFolder, NOTES))) {
    if (!isScopeOver(note.scope, lockScope)) continue;
    if ('folder' in note.left) {
      await rm(note.left.folder, { recursive: true, force: true, maxRetries: 3 });
      rmSync(file, { force: true });
    } else {
      const engine = JSON.stringify([note.left.socketPath, note.lockScope]);
      engines.set(engine, [...(engines.get(engine) ?? []), file]);
    }
  }
  let removed = 0;
  for (const [key, files] of engines) {
    const [socketPath, scope] = JSON.parse(key) as [string, string];
    try {
      removed += await removeLabelled(await openEngine(socketPath), socketPath, scope);
      for (const file of files.filter(isSettled)) rmSync(file, { force: true });
    } catch (thrown) {
      onWarning(
        `containers that a killed job may have left were not removed: ${formatThrown(thrown)} Every job tries again, as long as ${files.join(', ')} is there.`,
      );
    }
  }
  return removed;
}

function readNotes(folder: string): { readonly file: string; readonly note: Note }[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  return names.flatMap((name) => {
    const file = join(folder, name);
    try {
      return [{ file, note: noteSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) }];
    } catch {
      // Killed while it was written, before anything was made.
      rmSync(file, { force: true });
      return [];
    }
  });
}

function isSettled(file: string): boolean {
  return Date.now() - statSync(file).mtimeMs > SETTLING_MS;
}
