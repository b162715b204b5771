import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { makePlace, storeRuns } from './site.ts';

describe('publishing refuses', () => {
  it('a folder that holds something else, and leaves it as it was', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, []);
    mkdirSync(site);
    writeFileSync(join(site, 'thesis.txt'), 'years of work');
    await expect(publish()).rejects.toMatchObject({
      code: 'dashboard/not-ours',
      message: `${site}: this folder is not a site of Tracey, it holds "thesis.txt".`,
    });
    expect(readdirSync(site)).toEqual(['thesis.txt']);
    expect(readFileSync(join(site, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('a file in place of a folder', async () => {
    const { database, site, publish } = makePlace();
    await storeRuns(database, []);
    writeFileSync(site, '');
    await expect(publish()).rejects.toMatchObject({ code: 'dashboard/not-a-folder' });
  });

  it('a database that is not there, or of a newer Tracey, before it makes any folder', async () => {
    const { database, site, publish } = makePlace();
    await expect(publish()).rejects.toMatchObject({ code: 'store/missing' });
    await storeRuns(database, []);
    const newer = new SQLite(database);
    newer.pragma('user_version = 999');
    newer.close();
    await expect(publish()).rejects.toMatchObject({ code: 'store/newer-version' });
    expect(existsSync(site)).toBe(false);
  });

  it('to publish without the pages', async () => {
    const { database, folder, site, publish } = makePlace();
    await storeRuns(database, []);
    await expect(publish({ shell: join(folder, 'nowhere') })).rejects.toMatchObject({
      code: 'dashboard/no-shell',
      hint: expect.stringContaining('npm run build'),
    });
    expect(existsSync(site)).toBe(false);
  });
});
