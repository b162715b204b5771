/** The pages themselves, without data: built once per release, copied beside the data. */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { DATA_FOLDER } from './data-files.ts';
import { PublishError } from './publish-error.ts';
import { stageFile } from './site-folder.ts';

/** Files of the shell, relative to it, with `/`; scripts and styles before the pages that name them. */
export function listShell(shell: string): string[] {
  let names: string[];
  try {
    names = readdirSync(shell, { recursive: true, encoding: 'utf8' });
  } catch (cause) {
    throw new PublishError(`${shell}: the pages of the dashboard are not there.`, {
      code: 'dashboard/no-shell',
      hint: 'In a checkout `npm run build` makes them; an installed Tracey has them: install it again.',
      cause,
    });
  }
  return names
    .filter((name) => statSync(join(shell, name)).isFile())
    .map((name) => name.split(sep).join('/'))
    .filter((name) => !name.startsWith(`${DATA_FOLDER}/`))
    .sort((a, b) => Number(a.endsWith('.html')) - Number(b.endsWith('.html')) || (a < b ? -1 : 1));
}

/** Stages what differs; the files to be placed, in that order. */
export function stageShell(
  site: string,
  { shell, files }: { readonly shell: string; readonly files: readonly string[] },
): string[] {
  return files.flatMap((name) => {
    const file = join(site, name);
    const content = readFileSync(join(shell, name));
    if (isSame(file, content)) return [];
    stageFile(file, content);
    return [file];
  });
}

function isSame(file: string, content: Buffer): boolean {
  try {
    return readFileSync(file).equals(content);
  } catch {
    return false;
  }
}

/** Removes files of an earlier shell. */
export function removeOldShell(
  site: string,
  { old, files }: { readonly old: readonly string[]; readonly files: readonly string[] },
): void {
  for (const name of old) {
    // Names come from a file in the site: nothing outside it is touched.
    if (files.includes(name) || name.split('/').includes('..') || name.startsWith('/')) continue;
    rmSync(join(site, name), { force: true });
  }
}
