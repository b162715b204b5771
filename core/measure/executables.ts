/**
 * Where commands are: looks along a PATH that was handed in. It starts nothing.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The executable files of that name along `path`, in its order: looked for no further than they are taken, one after the other,
 * which for the few folders before the first is over sooner than asking for them in turn. Relative entries are not looked
 * into.
 */
export function* findExecutables(name: string, path: string | undefined): Generator<string, void> {
  for (const folder of new Set((path ?? '').split(delimiter))) {
    if (!isAbsolute(folder)) continue;
    const candidate = join(folder, name);
    if (isExecutable(candidate)) yield candidate;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
