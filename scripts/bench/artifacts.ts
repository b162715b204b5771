/**
 * Artifacts over a real IPFS node on loopback: peak memory of packing and restoring as the artifact grows, and how long a
 * restore takes beside what it stands in for: `npm ci` from a warm cache, and `zstd -d | tar x` of the same bytes. A restore
 * ends when the tree is on the disk, so tar has to bring it there, too; npm does not.
 */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubo } from '../peers/kubo.ts';
import { type KuboDaemon, startKuboDaemon } from '../peers/kubo-daemon.ts';
import { findPeer } from '../peers/peer.ts';
import { type Bench, type BenchRow, summarise } from './bench.ts';
import { timeCommand } from './commands.ts';
import { computeDifferences, computeRatios, interleave } from './interleave.ts';
import { createPreloaded } from './memory.ts';
import { type BuiltTracey, buildTracey } from './tracey.ts';

const SIZES = {
  full: { megabytes: [50, 500], rounds: 5 },
  quick: { megabytes: [5], rounds: 1 },
} as const;

/** Half of what is written compresses away. */
const FILE_BYTES = 40_000;
const FILES_PER_FOLDER = 50;
/** A repo with few packages, and what express itself is developed with. */
const TREES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'express, mocha': { express: '4.21.2', mocha: '10.8.2' },
  "express's own": {
    after: '0.8.2',
    'connect-redis': '3.4.2',
    'cookie-parser': '1.4.6',
    'cookie-session': '2.0.0',
    ejs: '3.1.9',
    eslint: '8.47.0',
    'express-session': '1.17.2',
    express: '4.21.2',
    hbs: '4.2.0',
    marked: '0.7.0',
    'method-override': '3.0.0',
    mocha: '10.2.0',
    morgan: '1.10.0',
    nyc: '15.1.0',
    'pbkdf2-password': '1.2.1',
    supertest: '6.3.0',
    vhost: '3.0.2',
  },
};

/** npm needs its own settings, and the certificates that this machine trusts, to reach its registry. */
const NPM_ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) =>
    value !== undefined && /^(npm_config_|NODE_EXTRA_CA_CERTS$|https?_proxy$)/i.test(name)
      ? [[name, value]]
      : [],
  ),
);

interface Setting {
  readonly folder: string;
  readonly tracey: BuiltTracey;
  readonly daemon: KuboDaemon;
}

export const artifacts: Bench = {
  name: 'artifacts',
  about: 'packing and restoring node_modules over IPFS',
  async run({ size, folder, rounds: asked, tell }) {
    const found = await findPeer(kubo);
    if ('missing' in found) throw new Error(`kubo is not there: ${found.missing}`);
    const { megabytes } = SIZES[size];
    const rounds = asked ?? SIZES[size].rounds;
    const tracey = await buildTracey(folder);
    const daemon = await startKuboDaemon({ program: found.path, folder: join(folder, 'kubo') });
    try {
      const setting = { folder, tracey, daemon };
      // First, because ext4 makes files slowly for minutes where thousands were removed, as the memory's trees are.
      const speed: BenchRow[] = [];
      for (const name of Object.keys(TREES))
        speed.push(...(await measureSpeed(setting, { name, rounds, tell })));
      const memory = await measureMemory(setting, { megabytes, rounds: Math.min(rounds, 3), tell });
      return [...memory, ...speed];
    } finally {
      await daemon.kill();
    }
  },
};

async function measureMemory(
  setting: Setting,
  of: {
    readonly megabytes: readonly number[];
    readonly rounds: number;
    readonly tell: (line: string) => void;
  },
): Promise<BenchRow[]> {
  const peaks: Record<string, number[]> = {};
  for (const megabytes of of.megabytes) {
    const repo = createTree(join(setting.folder, `tree-${megabytes}`), megabytes);
    of.tell(`peak memory with an artifact of ${megabytes} MB, ${of.rounds} rounds`);
    const measure = (name: string, args: readonly string[]) => async () => {
      const peak = await runTracey(setting, repo, args);
      const row = `peak memory, ${name} ${megabytes} MB`;
      peaks[row] = [...(peaks[row] ?? []), peak];
      return peak;
    };
    const sides = {
      pack: measure('packing', ['pack']),
      restore: measure('restoring', ['restore', '--force']),
    };
    await interleave(of.rounds, sides);
    rmSync(repo, { recursive: true, force: true });
    setting.daemon.run('repo', 'gc');
  }
  const rows = Object.entries(peaks).map(([name, values]) => ({
    ...summarise(name, 'MB', values),
    target: '≤ 150',
  }));
  const [least, most] = [of.megabytes.at(0), of.megabytes.at(-1)];
  if (least === most) return rows;
  return rows.concat(
    ['packing', 'restoring'].map((name) => {
      const [small, large] = [least, most].map((size) => peaks[`peak memory, ${name} ${size} MB`] ?? []);
      const more = computeDifferences(large ?? [], small ?? []);
      return { ...summarise(`${name} ${most} MB over ${least} MB`, 'MB', more), target: '≤ 10' };
    }),
  );
}

/**
 * `npm ci` with the packages in npm's cache, the restore, and plain tools on the same bytes; each into a folder of its own,
 * as a job has it, because a disk on which much was just removed is slow to make anything. Before each the disk has written
 * what the one before left to it: who waits for the disk would wait for that, too.
 */
async function measureSpeed(
  setting: Setting,
  of: { readonly name: string; readonly rounds: number; readonly tell: (line: string) => void },
): Promise<BenchRow[]> {
  const { name, rounds, tell } = of;
  const repo = mkdtempSync(join(setting.folder, 'packages-'));
  const manifest = { name: 'packages', version: '1.0.0', dependencies: TREES[name] };
  writeFileSync(join(repo, 'package.json'), JSON.stringify(manifest));
  await timeCommand(createNpm(repo, 'install'));
  await runTracey(setting, repo, ['pack']);
  const archive = `${repo}.tar.zst`;
  await timeCommand(createShell(repo, `tar -c node_modules | zstd -q -6 -o '${archive}'`));
  tell(`${name}: npm ci, restore and tar, ${rounds} rounds`);
  const makeFresh = async () => {
    const fresh = mkdtempSync(join(setting.folder, 'fresh-'));
    for (const file of ['package.json', 'package-lock.json', 'artifact_hashes.txt']) {
      copyFileSync(join(repo, file), join(fresh, file));
    }
    await timeCommand(createShell(fresh, 'sync -f .'));
    return fresh;
  };
  const inner: number[] = [];
  const took = await interleave(rounds, {
    npm: async () => timeCommand(createNpm(await makeFresh(), 'ci', '--prefer-offline')),
    restore: async () => {
      const report = join(setting.folder, 'restored.json');
      const command = createCommand(setting, await makeFresh(), ['restore', '--json']);
      const tookMs = await timeCommand({ ...command, stdout: report });
      const { durationMs } = JSON.parse(readFileSync(report, 'utf8')) as { readonly durationMs: number };
      inner.push(durationMs);
      return tookMs;
    },
    tar: async () =>
      timeCommand(createShell(await makeFresh(), `zstd -dc '${archive}' | tar -x && sync -f .`)),
  });
  return [
    summarise(`${name}: npm ci, warm cache`, 'ms', took.npm),
    summarise(`${name}: tracey artifact restore, the whole command`, 'ms', took.restore),
    summarise(`${name}: the restore alone, as it reports it`, 'ms', inner),
    summarise(`${name}: zstd -d | tar x && sync -f`, 'ms', took.tar),
    {
      ...summarise(`${name}: npm ci ÷ restore command`, '×', computeRatios(took.npm, took.restore)),
      target: '≥ 3',
    },
    {
      ...summarise(`${name}: restore alone ÷ tar`, '×', computeRatios(inner, took.tar)),
      target: '≤ 1.5',
    },
  ];
}

function createNpm(cwd: string, ...args: readonly string[]) {
  return { command: 'npm', args: [...args, '--no-audit', '--no-fund'], cwd, env: NPM_ENVIRONMENT };
}

function createShell(cwd: string, script: string) {
  return { command: '/bin/sh', args: ['-c', script], cwd };
}

function createCommand(
  { tracey, daemon }: Setting,
  repo: string,
  args: readonly string[],
  flags: string[] = [],
) {
  return {
    command: process.execPath,
    args: [...flags, tracey.script, 'artifact', ...args, repo, '--ipfs', daemon.rpc],
    cwd: tracey.home,
    stderr: join(tracey.home, 'log'),
  };
}

/** Peak memory in MB. */
async function runTracey(setting: Setting, repo: string, args: readonly string[]): Promise<number> {
  const peak = join(setting.folder, 'peak');
  const preloaded = join(setting.folder, 'peak.cjs');
  writeFileSync(preloaded, createPreloaded(peak));
  await timeCommand(createCommand(setting, repo, args, ['--require', preloaded]));
  return Number(readFileSync(peak, 'utf8'));
}

/** A repo whose packages make an artifact of so many MB: text of which half is chance. */
function createTree(folder: string, megabytes: number): string {
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'tree', dependencies: { a: '1' } }));
  const files = Math.round((megabytes * 2e6) / FILE_BYTES);
  for (let index = 0; index < files; index += 1) {
    const own = join(folder, 'node_modules', `package-${Math.floor(index / FILES_PER_FOLDER)}`);
    if (index % FILES_PER_FOLDER === 0) mkdirSync(own, { recursive: true });
    writeFileSync(join(own, `file-${index}.js`), randomBytes(FILE_BYTES / 2).toString('hex'));
  }
  return folder;
}
