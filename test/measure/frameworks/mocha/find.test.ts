import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findFramework } from '../../../../core/measure/frameworks/index.ts';
import { makeTemporaryFolder } from '../../../temporary-folder.ts';
import { MOCHA, makeRepo, measureFiles, measureRepo, writeFiles } from '../../measure-fixture.ts';

describe('mocha', () => {
  it('is found with its version where the repo has it installed', async () => {
    const found = await findFramework(makeRepo({}));
    expect(found).toMatchObject({ name: 'mocha', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  });

  it("is found in a parent folder's node_modules, as in a workspace", async () => {
    const root = makeTemporaryFolder();
    mkdirSync(join(root, 'node_modules'));
    symlinkSync(MOCHA, join(root, 'node_modules', 'mocha'));
    const repo = join(root, 'packages', 'one');
    writeFiles(repo, {
      'package.json': '{"scripts":{"test":"mocha"}}',
      'test/a.js': `it('passes', () => {});`,
    });
    const files = await measureRepo(repo);
    expect(files.map((file) => [file.path, file.outcome])).toEqual([['test/a.js', 'passed']]);
  });

  it('that is listed and not installed is an error that says so', async () => {
    const repo = makeRepo({});
    rmSync(join(repo, 'node_modules'), { recursive: true });
    await expect(findFramework(repo)).rejects.toMatchObject({
      code: 'mocha/missing',
      message: `${repo}: its tests need mocha, and mocha is not installed.`,
      hint: expect.stringContaining('npm install'),
    });
  });

  it('that the script starts without listing it is missing, too', async () => {
    const repo = makeTemporaryFolder();
    writeFiles(repo, { 'package.json': '{"scripts":{"test":"mocha"}}' });
    await expect(findFramework(repo)).rejects.toMatchObject({ code: 'mocha/missing' });
  });

  it('older than 2 is refused', async () => {
    const repo = makeTemporaryFolder();
    writeFiles(repo, {
      'package.json': '{"devDependencies":{"mocha":"1"}}',
      'node_modules/mocha/package.json': '{"name":"mocha","version":"1.21.5"}',
    });
    await expect(findFramework(repo)).rejects.toMatchObject({
      code: 'mocha/too-old',
      message: `${join(repo, 'node_modules', 'mocha')}: mocha 1.21.5 is too old.`,
    });
  });

  it('that the repo does not use is no framework of it', async () => {
    const repo = makeRepo({ 'package.json': '{"scripts":{"test":"tap"}}' });
    await expect(findFramework(repo)).rejects.toMatchObject({
      code: 'framework/none',
      message: `${repo}: no test framework found that Tracey knows (mocha).`,
    });
  });
});

describe('listing files', () => {
  it('that fails tells what mocha printed', async () => {
    const failing = measureFiles({ '.mocharc.json': '{ broken', 'test/a.js': '' });
    await expect(failing).rejects.toMatchObject({
      code: 'mocha/list-failed',
      message: expect.stringMatching(
        /: mocha could not list its test files: it ended with exit code 1\.\n[\s\S]*\.mocharc\.json/,
      ),
    });
  });

  it('that fails shows nothing that would act on a terminal', async () => {
    const failing = measureFiles({
      '.mocharc.js': 'throw new Error("\\u001b[31mred\\u0007");',
      'test/a.js': '',
    });
    await expect(failing).rejects.toMatchObject({
      message: expect.stringMatching(/^[\P{Cc}\n]*red[\P{Cc}\n]*$/u),
    });
  });

  it('that finds none is an error, and says how to name them', async () => {
    await expect(measureFiles({})).rejects.toMatchObject({
      code: 'suite/no-files',
      message: expect.stringMatching(/: mocha found no test files\.$/),
      hint: expect.stringContaining('--spec'),
    });
  });

  it('that finds none for what was asked names it', async () => {
    const asking = measureFiles({ 'test/a.js': '' }, { settings: { spec: ['nowhere', '*.none'] } });
    await expect(asking).rejects.toMatchObject({
      code: 'suite/no-files',
      message: expect.stringMatching(/: mocha found no test files for "nowhere", "\*\.none"\.$/),
    });
  });
});
