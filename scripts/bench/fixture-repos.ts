/** Repos for the benches: generated, the same each time, with the mocha of one's choice. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { BENCH_ENVIRONMENT } from './commands.ts';

export interface FixtureRepo {
  readonly folder: string;
  /** Its test files, relative. */
  readonly files: readonly string[];
  /** How many tests they have. */
  readonly tests: number;
}

/** Texts of a repo's files, by their path. */
type Sources = Readonly<Record<string, string>>;

interface Shape {
  readonly folder: string;
  readonly files: number;
  /** The mocha to link: its folder, and its command's file. */
  readonly mocha: { readonly folder: string; readonly command: string };
}

const TESTS_PER_FILE = 10;
const HEAVY_MODULES = 40;

/**
 * Small files of quick tests, of the shapes that suites have: nested suites, two of the same name, and a test
 * outside any suite.
 */
export function createLightRepo(shape: Shape): FixtureRepo {
  return createRepo(shape, { tests: TESTS_PER_FILE, createTestFile: createLightFile, modules: {} });
}

/** Files that load dozens of modules each, with asynchronous tests and tests of some milliseconds. */
export function createHeavyRepo(shape: Shape): FixtureRepo {
  const names = Array.from({ length: HEAVY_MODULES }, (_, number) => `lib/module-${number}.js`);
  const modules = Object.fromEntries(names.map((name, number) => [name, createModule(number)]));
  return createRepo(shape, { tests: TESTS_PER_FILE, createTestFile: createHeavyFile, modules });
}

/** Tests that do next to nothing, as many as are asked for. */
export function createManyTestsRepo(shape: Shape & { readonly testsPerFile: number }): FixtureRepo {
  const { testsPerFile } = shape;
  const createTestFile = (file: number) =>
    [
      `describe('part ${file} of a large suite', function () {`,
      `  for (let test = 0; test < ${testsPerFile}; test += 1) {`,
      "    it('holds what rule ' + test + ' says about it', function () {});",
      '  }',
      '});\n',
    ].join('\n');
  return createRepo(shape, { tests: testsPerFile, createTestFile, modules: {} });
}

/** A repo of one file that was written elsewhere. */
export function createOneFileRepo(shape: Omit<Shape, 'files'>, source: string): FixtureRepo {
  return createRepo({ ...shape, files: 1 }, { tests: Number.NaN, createTestFile: () => source, modules: {} });
}

function createRepo(
  { folder, files, mocha }: Shape,
  of: {
    readonly tests: number;
    readonly createTestFile: (file: number) => string;
    readonly modules: Sources;
  },
): FixtureRepo {
  const names = Array.from(
    { length: files },
    (_, file) => `test/part-${String(file).padStart(3, '0')}.test.js`,
  );
  const packageJson = {
    name: 'bench-fixture',
    version: '1.0.0',
    scripts: { test: 'mocha "test/*.test.js"' },
    devDependencies: { mocha: '*' },
  };
  writeSources(folder, {
    'package.json': JSON.stringify(packageJson),
    '.gitignore': 'node_modules\n',
    ...of.modules,
    ...Object.fromEntries(names.map((name, file) => [name, of.createTestFile(file)])),
  });
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(mocha.folder, join(folder, 'node_modules/mocha'));
  symlinkSync(`../mocha/${mocha.command}`, join(folder, 'node_modules/.bin/mocha'));
  for (const args of [
    ['init', '--quiet'],
    ['add', '--all'],
    ['commit', '--quiet', '--message', 'Fixture'],
  ]) {
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', ...args], {
      cwd: folder,
      env: { ...BENCH_ENVIRONMENT, GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1' },
      stdio: 'ignore',
    });
  }
  return { folder, files: names, tests: files * of.tests };
}

function writeSources(folder: string, sources: Sources): void {
  for (const [name, text] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

function createLightFile(file: number): string {
  return `'use strict';
const assert = require('assert');

it('outside any suite, ${file}', function () {
  assert.ok(true);
});

describe('light ${file}', function () {
  for (let n = 0; n < 5; n += 1) {
    it('adds ' + n, function () {
      assert.strictEqual(n + 1, 1 + n);
    });
  }
  describe('when empty', function () {
    it('has no length', function () {
      assert.strictEqual([].length, 0);
    });
    it('joins to nothing', function () {
      assert.strictEqual([].join(), '');
    });
  });
  it('after a nested suite', function () {
    assert.deepStrictEqual({ a: [1] }, { a: [1] });
  });
  describe('when empty', function () {
    it('has no keys', function () {
      assert.strictEqual(Object.keys({}).length, 0);
    });
  });
});
`;
}

function createHeavyFile(file: number): string {
  return `'use strict';
const assert = require('assert');
const modules = [];
for (let n = 0; n < ${HEAVY_MODULES}; n += 1) modules.push(require('../lib/module-' + n + '.js'));

describe('heavy ${file}', function () {
  beforeEach(function () {
    this.module = modules[${file} % modules.length];
  });
  for (let n = 0; n < 3; n += 1) {
    it('computes for some ms, ' + n, function () {
      assert.ok(this.module.compute(1e5 * (n + 1)) >= 0);
    });
    it('waits for timers, ' + n, function (done) {
      setTimeout(done, 2);
    });
    it('awaits promises, ' + n, async function () {
      for (let k = 0; k < 50; k += 1) assert.strictEqual(await Promise.resolve(k), k);
    });
  }
  it('is quick', function () {
    assert.ok(modules.length > 1);
  });
});
`;
}

/** A module of some 6 kB that needs another one, as modules do. */
function createModule(number: number): string {
  const needed = number === 0 ? '' : `require('./module-${Math.floor((number - 1) / 2)}.js');\n`;
  const parts = Array.from(
    { length: 40 },
    (_, part) => `
/** Part ${part}: a sum over remainders. */
exports.part${part} = function (count, divisor) {
  let sum = ${number};
  for (let n = 0; n < count; n += 1) sum += (n * ${part + 1}) % (divisor || 7);
  return sum;
};`,
  );
  const compute = `
exports.compute = function (count) {
  let sum = 0;
  for (let n = 1; n < count; n += 1) sum = (sum * 31 + n * ${number + 1}) % 65521;
  return sum;
};`;
  return `'use strict';\n${needed}${parts.join('\n')}\n${compute}\n`;
}
