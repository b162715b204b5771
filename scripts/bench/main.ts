/** `npm run bench`: runs the benches that are named, or all, and prints a table for each. */
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

const HELP = `Usage: npm run bench -- [options] [bench...]

Runs the benches that are named, or all of them, one after the other, and prints a table for each.

Options:
  --list            what benches there are
  --quick           shows that they work, in a minute; the figures are worth little
  --rounds <count>  how often whatever is compared takes its turn
  --only <text>     of a bench, the parts that have this in their names
  --repo <path>     a real repo to measure besides; for detect, the scorer's folder; more than once for more
  -h, --help        this

Examples:
  npm run bench -- overhead --only "light, mocha 12" --rounds 9
  npm run bench -- confirm --only slower
  npm run bench -- overhead busy-loop --repo ../express`;

const asked = parseAsked();
if (typeof asked === 'string') {
  tell(`bench: ${asked}\nAdd --help for what is possible.`);
  process.exitCode = 2;
} else if (asked.help) {
  console.log(HELP);
} else if (asked.list) {
  for (const { name, about } of BENCHES) console.log(`${name.padEnd(15)} ${about}`);
} else {
  await runBenches(asked);
}

/** What the command line asks for; what is wrong with it, in words, where something is. */
function parseAsked() {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        list: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        only: { type: 'string', default: '' },
        repo: { type: 'string', multiple: true, default: [] },
      },
    });
    const unknown = positionals.filter((name) => BENCHES.every((bench) => bench.name !== name));
    if (unknown.length > 0) {
      return `there is no bench ${unknown.join(', ')}; there are ${BENCHES.map(({ name }) => name).join(', ')}.`;
    }
    const { rounds } = values;
    if (rounds !== undefined && !/^[1-9]\d{0,3}$/.test(rounds)) {
      return `--rounds takes a whole number from 1 on, not "${rounds}".`;
    }
    const benches = BENCHES.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
    return { ...values, rounds: rounds === undefined ? null : Number(rounds), benches };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function runBenches(wanted: {
  readonly benches: readonly Bench[];
  readonly quick: boolean;
  readonly rounds: number | null;
  readonly only: string;
  readonly repo: readonly string[];
}): Promise<void> {
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
  const size = wanted.quick ? 'quick' : 'full';
  console.log(`${cpuModel} × ${cpuCount}, ${Math.round(memoryBytes / 1e9)} GB, ${os}, kernel ${kernel}`);
  console.log(`Node ${process.versions.node}, ${size} benches`);
  for (const bench of wanted.benches) {
    const own = join(folder, bench.name);
    mkdirSync(own);
    const repos = wanted.repo.map((path) => resolve(path));
    const rows = await bench.run({
      size,
      folder: own,
      repos,
      rounds: wanted.rounds,
      only: wanted.only,
      tell: (line) => tell(`${bench.name}: ${line}`),
    });
    console.log(`\n${bench.name}: ${bench.about}\n${formatRows(rows)}`);
    rmSync(own, { recursive: true, force: true });
  }
  await lock.release();
}
