/**
 * The marks by which our containers are found again when nobody remembers them, and where engines are noted that may have
 * some. Only the holder of the machine's lock removes what bears its scope.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { formatThrown } from '../../errors.ts';
import { ask, findStatus, openEngine } from './engine.ts';

/** Bears the scope of the lock under which a container was made. */
const SCOPE_LABEL = 'tracey.lock';
const RUN_LABEL = 'tracey.run';
const NOTES = '.engines';

/** Labels of whatever is made under a lock for a run. */
export function computeLabels(lockScope: string, run: string): Readonly<Record<string, string>> {
  return { [SCOPE_LABEL]: lockScope, [RUN_LABEL]: run };
}

/** Notes, before anything is made there, that an engine may have containers of ours. */
export function noteEngine(jobsFolder: string, socketPath: string): void {
  const folder = join(jobsFolder, NOTES);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(join(folder, createHash('sha256').update(socketPath).digest('hex')), socketPath);
}

/**
 * Removes the containers that a killed job left on any engine that was noted. An engine that does not answer is told of
 * and stays noted.
 *
 * @returns how many were removed
 */
export async function removeStaleContainers(
  jobsFolder: string,
  lockScope: string,
  onWarning: (text: string) => void,
): Promise<number> {
  let removed = 0;
  for (const note of listNotes(jobsFolder)) {
    try {
      const socketPath = readFileSync(note, 'utf8');
      const engine = await openEngine(socketPath);
      removed += await removeLabelled(engine, socketPath, lockScope);
      rmSync(note, { force: true });
    } catch (thrown) {
      onWarning(`containers that an earlier job may have left were not removed: ${formatThrown(thrown)}`);
    }
  }
  return removed;
}

function listNotes(jobsFolder: string): string[] {
  const folder = join(jobsFolder, NOTES);
  try {
    return readdirSync(folder).map((name) => join(folder, name));
  } catch {
    return [];
  }
}

async function removeLabelled(engine: Docker, socketPath: string, lockScope: string): Promise<number> {
  const filters = { label: [`${SCOPE_LABEL}=${lockScope}`] };
  const found = await ask(socketPath, 'looking for containers that were left', () =>
    engine.listContainers({ all: true, filters }),
  );
  for (const { Id } of found) await removeContainer(engine, { socketPath, id: Id });
  return found.length;
}

/** Removes a container with whatever runs in it; one that is gone, or just going, is fine. */
export async function removeContainer(
  engine: Docker,
  { socketPath, id }: { readonly socketPath: string; readonly id: string },
): Promise<void> {
  try {
    await ask(socketPath, 'removing a container', () =>
      engine.getContainer(id).remove({ force: true, v: true }),
    );
  } catch (thrown) {
    const status = findStatus(thrown);
    if (status !== 404 && status !== 409) throw thrown;
  }
}
