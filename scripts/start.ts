/**
 * `npm start`: the main job on embedded defaults. Measures a sample repo that ships with Tracey over several of
 * its commits and shows what a user would look at, each step as the command that a user would type. The last one shows the
 * dashboard until Ctrl-C; where nobody sits before it, it is only published.
 */
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EXIT } from '../action/context.ts';
import { buildPages } from './build-pages.ts';
import { createSampleRepo } from './sample-repo.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDER = '.tracey/sample';
const DATABASE = '.tracey/sample.db';
const SITE = '.tracey/site';
const PAGES = join(ROOT, 'dist', 'dashboard');

function tell(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Shows a command and runs it; its failure ends everything with its exit code. */
function runTracey(args: readonly string[]): void {
  const shown = args.map((arg) => (/^[\w./:,=-]+$/.test(arg) ? arg : `"${arg}"`)).join(' ');
  tell(`\n$ tracey ${shown}`);
  const { status, signal } = spawnSync(process.execPath, ['action/cli.ts', ...args], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'tracey') },
  });
  // Of the sample some commit is proven to be slower: that is what it is for.
  if (status === 0 || status === EXIT.slower) return;
  if (signal !== null) tell(`ended by ${signal}`);
  process.exit(status ?? 1);
}

// A terminal's Ctrl-C reaches the command, too: it stops, keeps what finished, and its exit code becomes ours.
process.on('SIGINT', () => undefined);

const commits = createSampleRepo(join(ROOT, FOLDER));
for (const suffix of ['', '-wal', '-shm']) rmSync(join(ROOT, DATABASE + suffix), { force: true });
tell(`Tracey measures a small sample library over ${commits.length} of its commits.`);
tell(
  'The library and its history are in .tracey/sample; every test is timed 5 times at each commit, and what',
);
tell('seems to have become slower is run again, by turns with the commit before, for a minute at most.');

const store = ['--database', DATABASE];
const shas = commits.map((sha) => sha.slice(0, 10));
runTracey(['run', FOLDER, '--commit', ...shas, '--samples', '5', '--confirm', '1', ...store]);
runTracey(['show', 'latest', ...store]);
runTracey(['history', 'adds 1500 documents', ...store]);

tell('\nBuilding the pages of the dashboard.');
rmSync(PAGES, { recursive: true, force: true });
buildPages(PAGES);
runTracey(['dashboard', 'build', '--out', SITE, ...store]);

tell(`The results are in ${join(ROOT, DATABASE)}`);
tell('Now measure a library of yours, from a checkout of it:');
tell('  npm run --silent tracey -- run ../my-library --samples 3');
tell('  npm run --silent tracey -- --help');
if (process.stdout.isTTY && !process.env['CI']) runTracey(['dashboard', 'serve', ...store]);
else tell(`To look at the dashboard: npm run --silent tracey -- dashboard serve --database ${DATABASE}`);
