/**
 * The bench of the dashboard's pages in Chromium: what a first visit transfers, how soon pages can be used, how fast the
 * search answers and the chart follows, and the first visit against the page of github-action-benchmark, where a checkout of
 * that is named. It takes the browser of the tests: `node scripts/peers/main.ts chromium`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { openStore } from '../../core/store/open.ts';
import { publishSite } from '../../dashboard/publish/publish.ts';
import { openSiteServer } from '../../dashboard/serve/static-server.ts';
import { buildPages } from '../build-pages.ts';
import { chromium } from '../peers/chromium.ts';
import { findPeer } from '../peers/peer.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { findBenchmarkAction, serveFolder, writeBenchmarkActionPage } from './benchmark-action-page.ts';
import { createDashboardRuns, type DashboardShape, writeDashboardDatabase } from './dashboard-data.ts';

const REPO = 'repo=happner%2Fsample';

const SIZES = {
  full: { runs: 1000, small: 25, large: 500, rounds: 9, lanes: 10 },
  quick: { runs: 70, small: 4, large: 8, rounds: 2, lanes: 3 },
} as const;

/** Typed one after another; a letter more each time, as somebody types. */
const TYPED = [
  'r',
  'ru',
  'rul',
  'rule',
  'rule 1',
  'rule 19',
  'module-7 rule',
  'nothing has this name',
  'part 1',
];

export const dashboardSite: Bench = {
  name: 'dashboard-site',
  about:
    'the dashboard in a browser: first visit, repo page, chart; --repo a checkout of github-action-benchmark',
  async run({ size, folder, tell, only, repos }) {
    const { runs, small, large, rounds, lanes } = SIZES[size];
    const shell = join(folder, 'shell');
    buildPages(shell);
    const server = await openSiteServer({ site: folder, port: 0 });
    const browser = await openBrowser();
    try {
      const publish = async (name: string, write: (database: string) => Promise<void>) => {
        tell(`making ${name}`);
        const database = join(folder, `${name}.db`);
        await write(database);
        const site = join(folder, name);
        await publishSite({
          database,
          site,
          shell,
          traceyVersion: '0',
          serverUrl: 'https://github.com',
          schedules: [],
        });
        return `${server.address}${name}/`;
      };
      const shape = { runs, testsPerFile: 20, environments: 1, samples: 1 };
      const parts: Readonly<Record<string, () => Promise<BenchRow[]>>> = {
        'first visit': async () => {
          const smaller = { ...shape, files: small };
          const address = await publish('smaller', (file) => writeDashboardDatabase(file, smaller));
          const checkout = findBenchmarkAction(repos);
          if (checkout === undefined)
            tell(
              'without github-action-benchmark: name a checkout of it with --repo to compare with its page',
            );
          const theirs = join(folder, 'theirs');
          if (checkout !== undefined) writeBenchmarkActionPage(theirs, { checkout, shape: smaller });
          const measured = { browser, address, rounds, name: `${runs} × ${small * 20}` };
          return measureFirstVisit(measured, checkout === undefined ? null : theirs);
        },
        'repo page': async () => {
          const address = await publish('larger', (file) =>
            writeDashboardDatabase(file, { ...shape, files: large }),
          );
          return measureRepo({ browser, address, rounds, name: `${runs} × ${large * 20}` });
        },
        chart: async () => {
          const address = await publish('wide', (file) =>
            writeLanes(file, { ...shape, files: 1, testsPerFile: 2 }, lanes),
          );
          return measureChart({ browser, address, rounds, lanes, runs });
        },
      };
      const rows: BenchRow[] = [];
      for (const [name, measure] of Object.entries(parts))
        if (name.includes(only)) rows.push(...(await measure()));
      return rows;
    } finally {
      await browser.close();
      await server.close();
    }
  },
};

async function openBrowser(): Promise<Browser> {
  const found = await findPeer(chromium);
  if ('missing' in found) throw new Error(`There is no browser: ${found.missing}`);
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return playwright.launch({ executablePath: found.path, headless: true, args });
}

/** Several machines that measure the same commits. */
async function writeLanes(file: string, shape: DashboardShape, lanes: number): Promise<void> {
  const store = openStore({ file });
  for (const run of createDashboardRuns(shape)) {
    for (let lane = 0; lane < lanes; lane += 1) {
      const id = run.id.replace(/.{4}$/, lane.toString(16).padStart(4, '0'));
      await store.writeRun({ ...run, id, runner: `runner-${lane}` });
    }
  }
  await store.close();
}

interface Measured {
  readonly browser: Browser;
  readonly address: string;
  readonly rounds: number;
  readonly name: string;
}

/** Remembers when the page had what it shows. */
const WATCH = `new MutationObserver(() => {
  if (document.documentElement.dataset.ready && window.usableMs === undefined) window.usableMs = performance.now();
}).observe(document, { attributes: true, subtree: true, attributeFilter: ['data-ready'] })`;

interface Visit {
  readonly page: Page;
  readonly usableMs: number;
  /** As sent, and as they are. */
  readonly bytes: number;
  readonly unpackedBytes: number;
  /** CPU time of the page's main thread so far, which other work on the machine does not lengthen. */
  readonly readCpuMs: () => Promise<number>;
}

/** A visit with nothing in the browser's cache. */
async function visit(browser: Browser, address: string): Promise<Visit> {
  const context = await browser.newContext({ viewport: { width: 1366, height: 850 } });
  const page = await context.newPage();
  await page.addInitScript(WATCH);
  const session = await context.newCDPSession(page);
  await session.send('Network.enable');
  await session.send('Performance.enable', { timeDomain: 'threadTicks' });
  let bytes = 0;
  let unpackedBytes = 0;
  session.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  session.on('Network.dataReceived', ({ dataLength }) => {
    unpackedBytes += dataLength;
  });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  return {
    page,
    bytes,
    unpackedBytes,
    usableMs: await page.evaluate<number>('window.usableMs'),
    async readCpuMs() {
      const { metrics } = await session.send('Performance.getMetrics');
      return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? Number.NaN) * 1000;
    },
  };
}

/** A page of theirs is visited less often, it takes its time. */
const THEIR_ROUNDS = 3;

/** `theirs`: the folder of github-action-benchmark's page with the same history. */
async function measureFirstVisit(
  { browser, address, rounds, name }: Measured,
  theirs: string | null,
): Promise<BenchRow[]> {
  const other = theirs === null ? null : { folder: theirs, server: await serveFolder(theirs) };
  const ours: Record<'usable' | 'kilobytes' | 'unpacked' | 'heap', number[]> = {
    usable: [],
    kilobytes: [],
    unpacked: [],
    heap: [],
  };
  const their: Record<'usable' | 'heap', number[]> = { usable: [], heap: [] };
  for (let round = 0; round < rounds; round += 1) {
    const { page, usableMs, bytes, unpackedBytes } = await visit(browser, `${address}index.html`);
    ours.unpacked.push(unpackedBytes / 1000);
    ours.usable.push(usableMs);
    ours.kilobytes.push(bytes / 1000);
    ours.heap.push(await readHeap(page));
    await page.context().close();
    if (other === null || round >= THEIR_ROUNDS) continue;
    const visited = await visitTheirs(browser, other.server.address);
    their.usable.push(visited.usableMs);
    their.heap.push(visited.heap);
  }
  await other?.server.close();
  const usable = summarise(`${name}: first page usable`, 'ms', ours.usable);
  const transferred = summarise(`${name}: first page transferred`, 'kB', ours.kilobytes);
  const heap = summarise(`${name}: first page, its heap`, 'MB', ours.heap);
  const rows = [{ ...usable, target: '≤ 1000' }, { ...transferred, target: '≤ 300' }, heap];
  if (other === null) return rows;
  const theirUsable = summarise(`${name}: github-action-benchmark, usable`, 'ms', their.usable);
  const files = ['index.html', 'Chart.min.js', 'data.js'].map((file) =>
    readFileSync(join(other.folder, file)),
  );
  const size = (weigh: (content: Buffer) => number) =>
    files.reduce((sum, content) => sum + weigh(content), 0) / 1000;
  const compressed = size((content) => gzipSync(content).length);
  const whole = size(({ length }) => length);
  const unpacked = summarise(`${name}: first page, unpacked`, 'kB', ours.unpacked);
  const times = (value: number) => ({ unit: 'times', median: value });
  return [
    ...rows,
    unpacked,
    theirUsable,
    { name: `${name}: github-action-benchmark, its files`, unit: 'kB', median: whole },
    { name: `${name}: the same, compressed`, unit: 'kB', median: compressed },
    summarise(`${name}: github-action-benchmark, its heap`, 'MB', their.heap),
    { name: `${name}: ours sooner`, ...times(theirUsable.median / usable.median), target: '≥ 20' },
    {
      name: `${name}: ours smaller, both compressed`,
      ...times(compressed / transferred.median),
    },
    { name: `${name}: ours smaller, both unpacked`, ...times(whole / unpacked.median), target: '≥ 100' },
  ];
}

/** Until the frame after its charts were made; that they then come in by an animation is not counted. */
async function visitTheirs(browser: Browser, address: string) {
  const context = await browser.newContext({ viewport: { width: 1366, height: 850 } });
  const page = await context.newPage();
  page.setDefaultTimeout(300_000);
  await page.goto(address, { timeout: 300_000 });
  const usableMs = await page.evaluate<number>(
    'new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(performance.now()))))',
  );
  const charts = await page.locator('canvas').count();
  if (charts === 0) throw new Error('the page of github-action-benchmark shows nothing.');
  const heap = await readHeap(page);
  await context.close();
  return { usableMs, heap };
}

/** In MB. */
async function readHeap(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / 1e6;
}

async function measureRepo({ browser, address, rounds, name }: Measured): Promise<BenchRow[]> {
  const usable: number[] = [];
  const cpu: number[] = [];
  const answers: number[] = [];
  const answersCpu: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const { page, usableMs, readCpuMs } = await visit(browser, `${address}repo.html?${REPO}`);
    usable.push(usableMs);
    cpu.push(await readCpuMs());
    await page.locator('input[type=search]').fill('warm');
    // Names are loaded when the field is first used; from then on letters are what is measured.
    await page.locator('.found .told', { hasText: /found|No test|The first/ }).waitFor();
    const before = await readCpuMs();
    for (const typed of TYPED) answers.push(await page.evaluate<number>(type(typed)));
    answersCpu.push(((await readCpuMs()) - before) / TYPED.length);
    await page.context().close();
  }
  return [
    { ...summarise(`${name}: repo page usable`, 'ms', usable), target: '≤ 1500' },
    summarise(`${name}: repo page, CPU of its main thread`, 'ms', cpu),
    { ...summarise(`${name}: search answers, until it is seen`, 'ms', answers), target: '≤ 50' },
    summarise(`${name}: search, CPU of an answer`, 'ms', answersCpu),
    {
      name: `${name}: search answers, slowest of ${answers.length}`,
      unit: 'ms',
      median: Math.max(...answers),
    },
  ];
}

/** From a letter typed to the frame that shows what was found. */
function type(text: string): string {
  return `new Promise((resolve) => {
    const field = document.querySelector('input[type=search]');
    field.value = ${JSON.stringify(text)};
    const from = performance.now();
    field.dispatchEvent(new Event('input'));
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
  })`;
}

async function measureChart(
  of: Omit<Measured, 'name'> & { readonly lanes: number; readonly runs: number },
): Promise<BenchRow[]> {
  const { browser, address, rounds, lanes, runs } = of;
  const others = Array.from(
    { length: lanes - 1 },
    (_, lane) => `runner-${lane + 1}/24/performance-tracker-lite/file`,
  );
  const query = `series.html?${REPO}&file=test%2Fmodule-0.test.js&runner=runner-0&node=24&with=${encodeURIComponent(others.join(' '))}`;
  const { page, readCpuMs } = await visit(browser, `${address}${query}`);
  const name = `${lanes} × ${runs} points`;
  const measure = async (what: string, scripts: readonly string[]): Promise<BenchRow[]> => {
    const waits: number[] = [];
    const cpu: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      for (const script of scripts) {
        const before = await readCpuMs();
        waits.push(await page.evaluate<number>(script));
        cpu.push((await readCpuMs()) - before);
      }
    }
    return [
      { ...summarise(`${name}: ${what}, until it is seen`, 'ms', waits), target: '≤ 50' },
      summarise(`${name}: ${what}, CPU of the main thread`, 'ms', cpu),
    ];
  };
  return [
    ...(await measure('zoom', ['+', '+', '+', '-', '-', '0'].map(press))),
    ...(await measure('pointing', ['ArrowRight', 'ArrowRight', 'ArrowRight'].map(press))),
    ...(await measure('filter', [choose('branch', 1), choose('branch', 0)])),
  ];
}

/** From a key to the frame that shows what it did. */
function press(key: string): string {
  return `new Promise((resolve) => {
    const canvas = document.querySelector('canvas');
    const from = performance.now();
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key: ${JSON.stringify(key)} }));
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
  })`;
}

/** From a choice to the frame that shows the chart with it; the page tells by its legend, which is made last. */
function choose(name: string, index: number): string {
  return `new Promise((resolve) => {
    const select = document.querySelector('select[name=${name}]');
    select.selectedIndex = ${index};
    const from = performance.now();
    const observer = new MutationObserver(() => {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - from)));
    });
    observer.observe(document.querySelector('.legend').parentElement, { childList: true });
    select.dispatchEvent(new Event('change'));
  })`;
}
