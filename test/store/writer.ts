/** Another process that writes a database without end. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { SuiteShape } from '../../scripts/bench/runs.ts';

/** Writes one run after the other, going on where the database ends, and says each id once it is stored. */
const WRITER = `
  const [openPath, runsPath, file, shape] = process.argv.slice(1);
  const { openStore } = await import(openPath);
  const { createRun } = await import(runsPath);
  const { writeSync } = await import('node:fs');
  const store = openStore({ file, keepDetailRuns: 1e6 });
  let index = (await store.listRuns({ limit: 1e6 })).length;
  for (;;) {
    const run = createRun(JSON.parse(shape), index++);
    await store.writeRun(run);
    writeSync(1, run.id + '\\n');
  }
`;

/** Starts it; its stdout has a line for each run, which is committed by then. */
export function startWriter(file: string, shape: SuiteShape): ChildProcessByStdio<null, Readable, null> {
  const paths = ['../../core/store/open.ts', '../../scripts/bench/runs.ts'].map(
    (path) => new URL(path, import.meta.url).href,
  );
  return spawn(
    process.execPath,
    ['--input-type=module', '-e', WRITER, ...paths, file, JSON.stringify(shape)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
}
