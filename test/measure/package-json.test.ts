import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findPackageJson } from '../../core/measure/package-json.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

function makeFolder(content: string): string {
  const folder = makeTemporaryFolder();
  writeFileSync(join(folder, 'package.json'), content);
  return folder;
}

describe('a package.json', () => {
  it('that is not there is none', async () => {
    const folder = makeTemporaryFolder();
    expect(await findPackageJson(folder)).toBeUndefined();
    expect(await findPackageJson(join(folder, 'nowhere'))).toBeUndefined();
  });

  it('is read part by part; what does not fit is as good as absent', async () => {
    const folder = makeFolder('\uFEFF{"version":7,"scripts":["mocha"],"devDependencies":{"mocha":"*"}}');
    expect(await findPackageJson(folder)).toMatchObject({
      version: undefined,
      scripts: {},
      devDependencies: { mocha: '*' },
    });
  });

  it.each([
    ['{ broken', /package\.json: cannot be read: Expected property name/],
    ['[]', /package\.json: cannot be read: it is not a JSON object\.$/],
    ['', /package\.json: cannot be read: Unexpected end of JSON input\.$/],
  ])('that holds %j is an error that says where', async (content, message) => {
    await expect(findPackageJson(makeFolder(content))).rejects.toMatchObject({
      code: 'package-json/unreadable',
      message: expect.stringMatching(message),
    });
  });

  it('that is a folder is an error, too', async () => {
    const folder = makeTemporaryFolder();
    mkdirSync(join(folder, 'package.json'));
    await expect(findPackageJson(folder)).rejects.toMatchObject({ code: 'package-json/unreadable' });
  });
});
