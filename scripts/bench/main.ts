/**
 * `npm run bench`: runs the benches that are named, or all, and prints a table for each.
 *
 *   node scripts/bench/main.ts [--list] [--quick] [--rounds <count>] [--only <text>] [--repo <path>]… [name…]
 *
 * `--rounds` is for `overhead`, `artifacts` and `containers`, `--only`, a part by its name, for `overhead`.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readMachineFacts } from '../../core/machine/facts.ts';
import { acquireLock, findLockPlace } from '../../core/machine/lock.ts';
import { artifacts } from './artifacts.ts';
import { type Bench, formatRows } from './bench.ts';
import { busyLoop } from './busy-loop.ts';
import { confirm } from './confirm.ts';
import { containers } from './containers.ts';
import { dashboard } from './dashboard.ts';
import { dashboardSite } from './dashboard-site.ts';
import { detect } from './detect.ts';
import { memory } from './memory.ts';
import { overhead } from './overhead.ts';
import { startup } from './startup.ts';
import { store } from './store.ts';

const BENCHES: readonly Bench[] = [
  startup,
  overhead,
  busyLoop,
  containers,
  confirm,
  memory,
  store,
  detect,
  artifacts,
  dashboard,
  dashboardSite,
];

/** One bench at a time on a machine; real jobs have another lock, and do not wait for this. */
const LOCK_NAME = 'bench';
const LONGEST_WAIT_MS = 60 * 60_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    list: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    repo: { type: 'string', multiple: true, default: [] },
  },
});

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

if (values.list) {
  for (const { name, about } of BENCHES) console.log(`${name.padEnd(15)} ${about}`);
} else {
  const unknown = positionals.filter((name) => BENCHES.every((bench) => bench.name !== name));
  if (unknown.length > 0) {
    tell(`There is no bench ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}.`);
    process.exitCode = 2;
  } else {
    await runBenches(BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name)));
  }
}

async function runBenches(benches: readonly Bench[]): Promise<void> {
  const lock = await acquireLock({
    place: findLockPlace({ name: LOCK_NAME, folder: tmpdir(), platform: process.platform }),
    job: 'benchmarks',
    deadlineMs: LONGEST_WAIT_MS,
    onWait: ({ holder }) => tell(`waiting for another bench${holder ? `, process ${holder.pid}` : ''}`),
  });
  const folder = mkdtempSync(join(tmpdir(), 'tracey-bench-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(130));
  const { os, kernel, cpuModel, cpuCount, memoryBytes } = readMachineFacts();
  const size = values.quick ? 'quick' : 'full';
  console.log(`${cpuModel} × ${cpuCount}, ${Math.round(memoryBytes / 1e9)} GB, ${os}, kernel ${kernel}`);
  console.log(`Node ${process.versions.node}, ${size} benches`);
  for (const bench of benches) {
    const own = join(folder, bench.name);
    mkdirSync(own);
    const repos = values.repo.map((path) => resolve(path));
    const rows = await bench.run({
      size,
      folder: own,
      repos,
      rounds: values.rounds === undefined ? null : Math.max(1, Number.parseInt(values.rounds, 10)),
      only: values.only,
      tell: (line) => tell(`${bench.name}: ${line}`),
    });
    console.log(`\n${bench.name}: ${bench.about}\n${formatRows(rows)}`);
    rmSync(own, { recursive: true, force: true });
  }
  await lock.release();
}
