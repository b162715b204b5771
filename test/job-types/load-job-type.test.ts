import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatError } from '../../action/error-text.ts';
import { loadJobType } from '../../action/load-job-type.ts';
import { makeTemporaryFolder } from '../temporary-folder.ts';

const LOADER = new URL('../../action/load-job-type.ts', import.meta.url).href;
const WHOLE = "{ name: 'load-test', parseSettings: (raw) => raw, run: async () => ({}) }";

function makeFolder(files: Readonly<Record<string, string>>): string {
  const folder = makeTemporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const load = (folder: string, path: string) => loadJobType('load-test', { path, place: { folder } });

/** What a user is told when a module is loaded as the job type load-test. */
async function readProblem(text: string, file = 'own.mjs'): Promise<string> {
  const folder = makeFolder({ [file]: text });
  return load(folder, `./${file}`).then(() => 'fine', formatError);
}

/** The same as Node itself has it, without the test runner's own way of loading. */
function readProblemOfNode(text: string, file: string): string {
  const folder = makeFolder({ [file]: text });
  const options = { path: `./${file}`, place: { folder } };
  const script = `
    import { loadJobType } from ${JSON.stringify(LOADER)};
    await loadJobType('load-test', ${JSON.stringify(options)}).catch((thrown) => console.log(thrown.message));`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' });
}

describe('a job type from outside is found', () => {
  it.each([
    ['JavaScript', './own.mjs', { 'own.mjs': `export default ${WHOLE}` }],
    ['CommonJS', './own.cjs', { 'own.cjs': `module.exports = ${WHOLE}` }],
    ['TypeScript', './own.ts', { 'own.ts': `const own: object = ${WHOLE};\nexport default own;` }],
    ['a path without its ending', './lib/own', { 'lib/own.mjs': `export default ${WHOLE}` }],
    ['a folder', './own', { 'own/index.mjs': `export default ${WHOLE}` }],
    [
      'a package',
      '@example/load-test',
      {
        'node_modules/@example/load-test/package.json': '{"main":"own.cjs"}',
        'node_modules/@example/load-test/own.cjs': `module.exports = ${WHOLE}`,
      },
    ],
    [
      'a package that can be imported only',
      'load-test',
      {
        'node_modules/load-test/package.json': '{"exports":{".":{"import":"./own.mjs"}}}',
        'node_modules/load-test/own.mjs': `export default ${WHOLE}`,
      },
    ],
  ])('as %s', async (_kind, path, files) => {
    const jobType = await load(makeFolder(files as Record<string, string>), path);
    expect(jobType.name).toBe('load-test');
    expect(await jobType.run({} as never, {} as never)).toEqual({});
  });
});

describe('a job type from outside that cannot be used is told as such', () => {
  it.each([
    ['export const other = 1', 'has no default export'],
    ['export default 7', 'its default export is no object'],
    ['export default {}', 'has no `name`; has no function `parseSettings`; has no function `run`.'],
    [WHOLE.replace('load-test', 'other'), 'its `name` is "other", and job_types names it "load-test"'],
    [WHOLE.replace('async () => ({})', '7'), 'its `run` is no function'],
    [WHOLE.replace('run:', 'resolveNode: 1, run:'), 'its `resolveNode` is no function'],
    [WHOLE.replace('run:', 'openSuite: 1, run:'), 'its `openSuite` is no function'],
  ])('%s', async (text, problem) => {
    const told = await readProblem(text.startsWith('export') ? text : `export default ${text}`);
    expect(told).toContain(`Job type load-test (./own.mjs): ${problem}`);
    expect(told).toContain('{ name, parseSettings, run }');
  });

  it('by a module that throws or is no JavaScript', async () => {
    expect(await readProblem("throw new Error('not today')")).toContain(
      'Job type load-test (./own.mjs): cannot be loaded: Error: not today',
    );
    expect(readProblemOfNode('export default {', 'own.mjs')).toContain('cannot be loaded: SyntaxError');
    expect(readProblemOfNode('enum A { b }\nexport default A', 'own.ts')).toContain(
      'TypeScript enum is not supported',
    );
  });

  it('by a path where nothing is, or that leads out of the folder of the configuration', async () => {
    const folder = makeFolder({ 'inside/a.txt': '', 'own.mjs': `export default ${WHOLE}` });
    const inside = join(folder, 'inside');
    symlinkSync(join(folder, 'own.mjs'), join(inside, 'link.mjs'));
    await expect(load(inside, './nothing')).rejects.toMatchObject({ code: 'job-type/not-found' });
    await expect(load(inside, '../own.mjs')).rejects.toMatchObject({ code: 'job-type/outside-repo' });
    await expect(load(inside, './link.mjs')).rejects.toMatchObject({ code: 'job-type/outside-repo' });
    await expect(load(inside, 'no-such-package')).rejects.toMatchObject({ code: 'job-type/not-found' });
  });

  it('where its code must not run, and is not run', async () => {
    const folder = makeFolder({ 'own.mjs': "throw new Error('it ran')" });
    expect(folder).not.toBe('');
    const place = { refusal: 'the pull request comes from a fork' };
    const refused = loadJobType('load-test', { path: './own.mjs', place });
    await expect(refused).rejects.toMatchObject({
      code: 'job-type/refused',
      message:
        'Job type load-test (./own.mjs): its code is not loaded, because the pull request comes from a fork.',
    });
  });
});

it('what a job type may leave out stays where it is there', async () => {
  const more = WHOLE.replace('run:', "resolveNode: async () => 'node', openSuite: async () => 'suite', run:");
  const jobType = await load(makeFolder({ 'own.mjs': `export default ${more}` }), './own.mjs');
  expect(await jobType.resolveNode?.('24', {}, {} as never)).toBe('node');
  expect(await jobType.openSuite?.({} as never, {} as never)).toBe('suite');
  const least = await load(makeFolder({ 'own.mjs': `export default ${WHOLE}` }), './own.mjs');
  expect(Object.keys(least)).toEqual(['name', 'parseSettings', 'run']);
});

it('no job type from outside takes the place of a built-in one', async () => {
  const folder = makeFolder({ 'own.mjs': WHOLE });
  const jobType = await loadJobType('happn-protocol', { path: './own.mjs', place: { folder } });
  expect(jobType.parseSettings({})).toEqual({ versions: [], deadlineSeconds: 15 });
});

it('a name that nobody bears is told with those that there are', async () => {
  const place = { folder: '/' };
  await expect(loadJobType('nosuch', { path: null, place })).rejects.toMatchObject({
    code: 'config/unknown-job-type',
    message: 'There is no job type "nosuch".',
    hint: expect.stringContaining('performance-tracker-lite, happn-protocol'),
  });
});

describe('while a job type from outside works', () => {
  const adopt = async (members: string) =>
    load(
      makeFolder({
        'own.mjs': `export default { name: 'load-test', parseSettings: (raw) => raw, ${members} }`,
      }),
      './own.mjs',
    );
  const host = { record: () => undefined, describe: () => undefined } as never;

  it('a mistake in its settings is one of the configuration, in its words', async () => {
    const jobType = await adopt(
      "parseSettings() { throw new TypeError('settings.rounds is missing') }, run() {}",
    );
    expect(() => jobType.parseSettings({})).toThrow('Job type load-test: settings.rounds is missing.');
    const slow = await adopt('async parseSettings() {}, run() {}');
    expect(() => slow.parseSettings({})).toThrow('its `parseSettings` gives a promise');
  });

  it.each([
    ["run: async () => 'done'", '`run` gave a result that does not fit: it:'],
    ['run: async () => ({ files: [{ name: 1 }] })', '`run` gave a result that does not fit: files.0.name:'],
    [
      "run: async () => ({ files: [{ name: '../x', mediaType: 'a', content: '' }] })",
      '"../x" is no name for a file of a job',
    ],
    [
      "async run(job, host) { host.record({ path: 'a' }) }",
      'host.record was given a measurement that does not fit: outcome:',
    ],
    ['async run(job, host) { host.describe({}) }', 'host.describe was given a method that does not fit:'],
  ])('what it hands over is checked: %s', async (members, problem) => {
    const jobType = await adopt(members);
    await expect(jobType.run({} as never, host)).rejects.toThrow(problem);
  });

  it('a failure that it expected says what to do, and one that it did not stays what it is', async () => {
    const expected = await adopt(
      "async run() { throw Object.assign(new Error('no server'), { code: 'own/no-server', hint: 'Start it.' }) }",
    );
    await expect(expected.run({} as never, host)).rejects.toMatchObject({
      name: 'JobError',
      code: 'own/no-server',
      message: 'Job type load-test: no server',
      hint: 'Start it.',
    });
    const defect = await adopt('async run() { undefinedFunction() }');
    await expect(defect.run({} as never, host)).rejects.toThrow(ReferenceError);
  });
});
