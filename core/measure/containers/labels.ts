/** The marks by which our containers are found again when nobody remembers them, and removing them. */
import type Docker from 'dockerode';
import { ask, findStatus } from './engine.ts';

/** Bears the scope of the lock under which a container was made. */
const SCOPE_LABEL = 'tracey.lock';
const RUN_LABEL = 'tracey.run';

/** Labels of whatever is made under a lock for a run. */
export function computeLabels(lockScope: string, run: string): Readonly<Record<string, string>> {
  return { [SCOPE_LABEL]: lockScope, [RUN_LABEL]: run };
}

/**
 * Removes every container that was made under a lock.
 *
 * @returns how many
 * @throws JobError as openEngine
 */
export async function removeLabelled(engine: Docker, socketPath: string, lockScope: string): Promise<number> {
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
