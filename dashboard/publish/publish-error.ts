/** What can be expected to go wrong with a site. */
import { findSystemCode, formatThrown, TraceyError } from '../../core/errors.ts';

/** The site cannot be published or shown. Exit code 3. */
export class PublishError extends TraceyError {}

const MEANINGS: Readonly<Record<string, readonly [code: string, what: string, hint: string]>> = {
  ENOSPC: [
    'dashboard/disk-full',
    'there is no room left on the disk; the site that was there is still whole',
    'Free some space, or name a folder on another disk with --out.',
  ],
  EDQUOT: [
    'dashboard/disk-full',
    'this user may not store more; the site that was there is still whole',
    'Free some space, or name another folder with --out.',
  ],
  EACCES: [
    'dashboard/unwritable',
    'this user may not write here',
    'Give this user the right to write the folder, or name another one with --out.',
  ],
  EPERM: [
    'dashboard/unwritable',
    'this user may not write here',
    'Give this user the right to write the folder, or name another one with --out.',
  ],
  EROFS: ['dashboard/unwritable', 'this file system can only be read', 'Name another folder with --out.'],
};

/** A failure to write the site as a PublishError; anything else as it is. */
export function translateWriteError(site: string, thrown: unknown): unknown {
  const meaning = thrown instanceof TraceyError ? undefined : MEANINGS[findSystemCode(thrown) ?? ''];
  if (meaning === undefined) return thrown;
  const [code, what, hint] = meaning;
  return new PublishError(`${site}: ${what} (${formatThrown(thrown)}).`, { code, hint, cause: thrown });
}
