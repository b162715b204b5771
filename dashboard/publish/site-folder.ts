/** The folder that a site is published to: whose it is, and putting a file in place of another. */
import { existsSync, mkdirSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PublishError } from './publish-error.ts';
import { STATE_FILE } from './state.ts';

/** What may be in a folder beside a site: what Git and GitHub Pages keep there, and what is hidden. */
function isForeign(name: string): boolean {
  return !name.startsWith('.') && name !== 'CNAME';
}

/** Makes the folder. Throws a PublishError unless it is a site of ours, or has nothing in it. */
export function prepareSite(site: string): void {
  if (existsSync(site) && !statSync(site).isDirectory()) {
    throw new PublishError(`${site}: the site must be a folder, this is a file.`, {
      code: 'dashboard/not-a-folder',
      hint: 'Name another folder with --out; it is made when it is not there.',
    });
  }
  mkdirSync(site, { recursive: true });
  if (existsSync(join(site, STATE_FILE))) return;
  const foreign = readdirSync(site).filter(isForeign);
  if (foreign.length === 0) return;
  const shown = foreign.slice(0, 3).map((name) => JSON.stringify(name));
  const more = foreign.length > shown.length ? ` and ${foreign.length - shown.length} more` : '';
  throw new PublishError(
    `${site}: this folder is not a site of Tracey, it holds ${shown.join(', ')}${more}.`,
    {
      code: 'dashboard/not-ours',
      hint: 'Name an empty folder with --out, or one that does not exist; what was published once is known again.',
    },
  );
}

/** Writes what is to take the place of a file, beside it. */
export function stageFile(file: string, content: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, content);
}

/** Puts what was staged in the place of a file, so that nobody ever sees half of it. */
export function placeFile(file: string): void {
  renameSync(`${file}.new`, file);
}

export function replaceFile(file: string, content: string | Uint8Array): void {
  stageFile(file, content);
  placeFile(file);
}
