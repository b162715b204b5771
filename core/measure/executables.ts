/**
 * Where commands are: looks along a PATH that was handed in. It starts nothing.
 */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Every executable file of that name along `path`, in its order; relative entries are not looked into. */
export async function findExecutables(name: string, path: string | undefined): Promise<string[]> {
  const found: string[] = [];
  for (const folder of new Set((path ?? '').split(delimiter))) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) found.push(candidate);
  }
  return found;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}
