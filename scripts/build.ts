/**
 * Makes `dist/`, or the folder that is named: both ways in as ES modules that need no `node_modules`, the parts
 * that run inside tested processes as files of their own, SQLite's prebuilt binaries beside them, and the pages of the
 * dashboard.
 */
import { copyFile, glob, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChunkingContext, type CodeSplittingNameFunction, type Plugin, rolldown } from 'rolldown';
import { buildPages } from './build-pages.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = resolve(process.argv[2] ?? join(ROOT, 'dist'));

/** What is started, or loaded by its path: its name in `dist/`, and where it is. What they share becomes chunks. */
const ENTRIES: Readonly<Record<string, string>> = {
  cli: 'action/cli.ts',
  main: 'action/main.ts',
  post: 'action/post.ts',
  'job-type': 'action/job-type.ts',
  'job-type-test': 'action/job-type-test.ts',
  protocol: 'action/protocol.ts',
  guard: 'action/runner-hook.ts',
  'string-width': 'action/string-width.js',
};

/** Entries for authors of job types; `tsc -p tsconfig.types.json` adds the declarations of their types. */
const AUTHORS = ['job-type', 'job-type-test', 'protocol'];

/** Files that are never bundled, and the folder that they keep their relative paths to, in `dist/` as in the source. */
const COPIED: readonly (readonly [pattern: string, from: string])[] = [
  ['{probe,frameworks}/**/*.cjs', 'core/measure'],
  ['calibration-workload.js', 'core/machine'],
  // Beside the bundle, as all that is found by a module of ours.
  ['*.cjs', 'job-types/protocol'],
  ['*.cjs', 'job-types/happn-protocol'],
  ['*.cjs', 'job-types/happner-protocol'],
  ['prebuilds/linux-{x64,arm64}.node', 'node_modules/better-sqlite3'],
];

/** What dockerode takes to build images and to reach engines through SSH, neither of which is done: 5 MB and native parts. */
const LEFT_OUT = /^(ssh2|protobufjs|@grpc\/grpc-js|@grpc\/proto-loader|@balena\/dockerignore|tar-fs)$/;
const NOTHING = '\0nothing';
const leaveOut: Plugin = {
  name: 'leave-out',
  resolveId: (source) => (LEFT_OUT.test(source) ? NOTHING : null),
  load: (id) => (id === NOTHING ? 'export {};' : null),
};

/** What is to start quickly, and who needs some of its modules and is to load no others for that. */
const QUICK = 'action/commands/run.ts';
const OTHERS = [
  ...Object.values(ENTRIES),
  'action/github/main-step.ts',
  'action/program.ts',
  'action/terminal.ts',
  'action/commands/show.ts',
  'action/commands/history.ts',
  'action/commands/export.ts',
  'action/commands/changes.ts',
  'action/commands/detect.ts',
  'action/commands/config.ts',
  'action/commands/init.ts',
];

/**
 * Names the chunk of a module that `tracey run` loads after those of the others that need it, too. Left alone, the bundler
 * makes a chunk for each set of all who import something: twice as many files, each of which takes Node half a ms and
 * more to find and to link.
 */
function createNaming(): CodeSplittingNameFunction {
  const reached = new Map<string, ReadonlySet<string>>();
  return (module, context) => {
    const isNeededBy = (file: string) => {
      const known = reached.get(file) ?? findReached(join(ROOT, file), context);
      reached.set(file, known);
      return known.has(module);
    };
    if (!isNeededBy(QUICK)) return null;
    const others = OTHERS.filter(isNeededBy).map((file) => basename(file, extname(file)));
    return ['run', ...others].join('-');
  };
}

/** A module, and all that it imports, directly or not, as soon as it is loaded. */
function findReached(module: string, context: ChunkingContext): ReadonlySet<string> {
  const reached = new Set([module]);
  for (const one of reached)
    for (const imported of context.getModuleInfo(one)?.importedIds ?? []) reached.add(imported);
  return reached;
}

await rm(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  input: Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, join(ROOT, file)])),
  platform: 'node',
  external: [/^node:/],
  plugins: [leaveOut],
  // An entry may export more than it says, to chunks of our own making.
  preserveEntrySignatures: 'allow-extension',
  // Of @actions/core a few functions are wanted, not the HTTP client behind others, which takes a tenth of a second.
  treeshake: { moduleSideEffects: [{ test: /node_modules\/@actions\//, sideEffects: false }] },
});
await bundle.write({
  dir: DIST,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name]-[hash].js',
  codeSplitting: {
    groups: [{ name: createNaming(), debugName: 'run', includeDependenciesRecursively: false }],
  },
  // To load it is an eighth of what Tracey does for a small suite. Names stay: errors tell them.
  minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
});
await bundle.close();
for (const [pattern, from] of COPIED) {
  for await (const file of glob(pattern, { cwd: join(ROOT, from) })) {
    await mkdir(dirname(join(DIST, file)), { recursive: true });
    await copyFile(join(ROOT, from, file), join(DIST, file));
  }
}
const { name, version, license, dependencies } = JSON.parse(
  await readFile(join(ROOT, 'package.json'), 'utf8'),
);
await writeFile(
  join(DIST, 'package.json'),
  `${JSON.stringify(
    {
      name,
      version,
      license,
      type: 'module',
      bin: { tracey: 'cli.js' },
      exports: Object.fromEntries(
        AUTHORS.map((entry) => [
          `./${entry}`,
          { types: `./types/action/${entry}.d.ts`, default: `./${entry}.js` },
        ]),
      ),
      // Of which its types speak.
      dependencies: { zod: dependencies.zod },
    },
    null,
    2,
  )}\n`,
);
buildPages(join(DIST, 'dashboard'));
process.stderr.write(`dist/ is built: ${DIST}\n`);
