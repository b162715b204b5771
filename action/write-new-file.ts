/** Writes a file that must not be there yet, unless its writer said so, and the folders above it. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ConfigError, findSystemCode, formatThrown } from '../core/errors.ts';

/** @throws ConfigError `init/exists`, `init/unwritable` */
export async function writeNewFile(
  file: string,
  text: string,
  { isReplaced }: { readonly isReplaced: boolean },
): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text, { flag: isReplaced ? 'w' : 'wx' });
  } catch (cause) {
    // A file in the place of a folder is EEXIST to mkdir as well.
    const exists = findSystemCode(cause) === 'EEXIST' && (cause as NodeJS.ErrnoException).syscall === 'open';
    throw new ConfigError(
      `${file}: ${exists ? 'is there already' : `cannot be written: ${formatThrown(cause)}`}.`,
      {
        code: exists ? 'init/exists' : 'init/unwritable',
        hint: exists
          ? 'Look at what would be written with --print, or replace it with --force.'
          : 'Check the rights of the folder.',
        cause,
      },
    );
  }
}
