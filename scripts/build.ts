/**
 * Makes `dist/`: the command line as ES modules that need no `node_modules`, the parts that run inside tested
 * processes as files of their own, and SQLite's prebuilt binaries beside them.
 */
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const DIST = join(ROOT, 'dist');

/** Files that are never bundled, and where they are found from a chunk in `dist/`. */
const COPIED: readonly (readonly [from: string, to: string])[] = [
  ['core/measure/probe/recorder.cjs', 'probe/recorder.cjs'],
  ['core/measure/frameworks/mocha/probe.cjs', 'frameworks/mocha/probe.cjs'],
  ['core/machine/calibration-workload.js', 'calibration-workload.js'],
  ['node_modules/better-sqlite3/prebuilds/linux-x64.node', 'prebuilds/linux-x64.node'],
  ['node_modules/better-sqlite3/prebuilds/linux-arm64.node', 'prebuilds/linux-arm64.node'],
];

await rm(DIST, { recursive: true, force: true });
const bundle = await rolldown({
  input: { cli: join(ROOT, 'action/cli.ts') },
  platform: 'node',
  external: [/^node:/],
});
await bundle.write({
  dir: DIST,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunk-[name]-[hash].js',
  minify: false,
});
await bundle.close();
for (const [from, to] of COPIED) {
  await mkdir(dirname(join(DIST, to)), { recursive: true });
  await copyFile(join(ROOT, from), join(DIST, to));
}
const { name, version, license } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
await writeFile(
  join(DIST, 'package.json'),
  `${JSON.stringify({ name, version, license, type: 'module', bin: { tracey: 'cli.js' } }, null, 2)}\n`,
);
process.stderr.write(`dist/ is built: ${DIST}\n`);
