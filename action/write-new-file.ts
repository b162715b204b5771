/** Writes a file that must not be there yet, unless its writer said so. */
import { writeFile } from 'node:fs/promises';
import { ConfigError, findSystemCode, formatThrown } from '../core/errors.ts';

/** @throws ConfigError `init/exists`, `init/unwritable` */
export async function writeNewFile(
  file: string,
  text: string,
  { isReplaced }: { readonly isReplaced: boolean },
): Promise<void> {
  try {
    await writeFile(file, text, { flag: isReplaced ? 'w' : 'wx' });
  } catch (cause) {
    const exists = findSystemCode(cause) === 'EEXIST';
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
