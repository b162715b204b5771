/**
 * The page of github-action-benchmark with the same made-up history as ours, to hold the two side by side: its page as it lies
 * in a checkout that somebody names, the version of Chart.js that it asks for from npm, and runs in its format. None of its
 * code is kept here.
 */
import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { RunReport } from '../../core/model.ts';
import { createDashboardRuns, type DashboardShape } from './dashboard-data.ts';

const PAGE_SOURCE = 'src/default_index_html.ts';

/** The checkout among folders; undefined when none is one. */
export function findBenchmarkAction(folders: readonly string[]): string | undefined {
  return folders.find((folder) => existsSync(join(folder, PAGE_SOURCE)));
}

/** Writes page, script and data to a folder. Throws when the page is not what it was, or npm gives no Chart.js. */
export function writeBenchmarkActionPage(
  folder: string,
  { checkout, shape }: { readonly checkout: string; readonly shape: DashboardShape },
): void {
  mkdirSync(folder, { recursive: true });
  const source = readFileSync(join(checkout, PAGE_SOURCE), 'utf8');
  const page = /String\.raw`(.*)`/s.exec(source)?.[1];
  const asked = /https:\/\/[^"]*chart\.js@([\d.]+)\/dist\/Chart\.min\.js/.exec(page ?? '');
  if (page === undefined || asked?.[1] === undefined)
    throw new Error(`${checkout}: its page is not as it was in release 1.22.`);
  writeFileSync(join(folder, 'index.html'), page.replace(asked[0], 'Chart.min.js'));
  unpackChart(folder, asked[1]);
  writeData(join(folder, 'data.js'), shape);
}

function unpackChart(folder: string, version: string): void {
  const options: ExecFileSyncOptions = { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] };
  execFileSync('npm', ['pack', '--silent', `chart.js@${version}`], options);
  const script = 'package/dist/Chart.min.js';
  execFileSync('tar', ['-xzf', `chart.js-${version}.tgz`, '--strip-components=2', script], options);
}

/** As its action writes it: one document, indented, every commit with everything that was measured of it. */
function writeData(file: string, shape: DashboardShape): void {
  const descriptor = openSync(file, 'w');
  const frame = { lastUpdate: 0, repoUrl: 'https://github.com/happner/sample', entries: { Tests: [] } };
  const [head = '', tail = ''] = JSON.stringify(frame, null, 2).split('[]');
  writeSync(descriptor, `window.BENCHMARK_DATA = ${head}[`);
  let separator = '\n';
  for (const run of createDashboardRuns(shape)) {
    const text = JSON.stringify(toEntry(run), null, 2).replaceAll('\n', '\n      ');
    writeSync(descriptor, `${separator}      ${text}`);
    separator = ',\n';
  }
  writeSync(descriptor, `\n    ]${tail}`);
  closeSync(descriptor);
}

function toEntry({ commitDetails, startedAt, files }: RunReport) {
  const { sha, author, subject, committedAt } = commitDetails;
  const person = { email: 'a@example.org', name: author, username: 'maintainer' };
  return {
    commit: {
      author: person,
      committer: person,
      distinct: true,
      id: sha,
      message: subject,
      timestamp: committedAt,
      tree_id: sha,
      url: `https://github.com/happner/sample/commit/${sha}`,
    },
    date: Date.parse(startedAt),
    tool: 'customSmallerIsBetter',
    benches: files.flatMap(({ path, tests }) =>
      tests.flatMap(({ title, durationMs }) =>
        durationMs === null ? [] : [{ name: [path, ...title].join(' > '), value: durationMs, unit: 'ms' }],
      ),
    ),
  };
}

/** Serves the folder on loopback, as it is: our own server allows no inline scripts. */
export async function serveFolder(
  folder: string,
): Promise<{ readonly address: string; readonly close: () => Promise<void> }> {
  const server = createServer((request, response) => {
    const file = join(folder, (request.url ?? '/').replace(/^\/$/, '/index.html').replaceAll('..', ''));
    if (!existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    const content = readFileSync(file);
    const type = file.endsWith('.html') ? 'text/html' : 'text/javascript';
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': content.length }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
